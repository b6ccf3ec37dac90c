/**
 * W1: registers, one key each, that are read, written, created and compared-and-set. Every register
 * must be linearizable. Half the clients only read. After some calls on a register the clients go on
 * to a fresh one, so that each history stays short enough to be decided, and dense with overlaps.
 */
import { registerModel } from '../../../src/verify/register.ts';
import type { Outcome } from '../client.ts';
import type { Workload, WorkloadContext } from '../workload.ts';
import { endingOfWrite, kvPath, LOCAL, revisionOf, TEXT_BODY } from './answers.ts';
import { checkEnough, checkLinearizable } from './history-check.ts';
import { USUAL_PACE, type Pace } from './pace.ts';
import { readEveryKey, readKey } from './reads.ts';
import { Rotation, type Used } from './rotation.ts';
import { runWorkers, type Worker } from './worker.ts';

const EACH = { atOnce: 8, callsEach: 180, unknownEach: 16 };
/** Of the calls of clients that write. */
const READS = 0.2;
const WRITES = 0.4;
const LEAST = { read: 50, write: 20, cas: 20 };

export function registerWorkload(pace: Pace = USUAL_PACE): Workload {
  const name = `${pace.prefix}register`;
  return {
    name,
    id: 'W1',
    title: 'Registers are linearizable, each',
    run: (context) => new Registers(context, name, pace).run(),
    finish: readEveryKey,
    check: (events, isLenient) => [
      checkLinearizable(`${name}: linearizable`, events, registerModel),
      checkEnough(events, { name, least: LEAST, pace, isLenient }),
    ],
  };
}

interface Seen {
  readonly value: number;
  readonly revision: number;
}

interface Register extends Used {
  readonly key: string;
  last: Seen | undefined;
}

class Registers {
  readonly #context: WorkloadContext;
  readonly #pace: Pace;
  readonly #registers: Rotation<Register>;
  /** Each value is written once, so that an answer tells which write it saw. */
  #values = 0;

  constructor(context: WorkloadContext, name: string, pace: Pace) {
    this.#context = context;
    this.#pace = pace;
    this.#registers = new Rotation({
      ...EACH,
      make: (number) => ({ key: `${name}/${number}`, calls: 0, unknown: 0, last: undefined }),
    });
  }

  run(): Promise<void> {
    return runWorkers(this.#context, { pace: this.#pace }, async (worker) => {
      const register = this.#registers.draw(this.#context.random, this.#pace);
      const outcome = await this.#call(worker, register);
      if (outcome.type === 'unknown') register.unknown += 1;
    });
  }

  #call(worker: Worker, register: Register): Promise<Outcome> {
    const choice = this.#context.random.next();
    const { last } = register;
    const isReader = worker.index % 2 === 1;
    if (isReader || choice < READS) return this.#read(worker, register);
    if (choice < READS + WRITES) return this.#write(worker, register);
    return last === undefined ? this.#create(worker, register) : this.#cas(worker, register, last);
  }

  async #read(worker: Worker, register: Register): Promise<Outcome> {
    const query = this.#context.sabotage.has('localReads') ? LOCAL : '';
    const outcome = await readKey(worker, register.key, query);
    if (outcome.type === 'ok') {
      register.last = { value: Number(outcome.body), revision: revisionOf(outcome) };
    }
    return outcome;
  }

  #write(worker: Worker, { key }: Register): Promise<Outcome> {
    const value = ++this.#values;
    return worker.call({ f: 'write', key, value }, putOf(key, value), endingOfWrite);
  }

  #create(worker: Worker, { key }: Register): Promise<Outcome> {
    const value = ++this.#values;
    const request = putOf(key, value, { 'if-none-match': '*' });
    return worker.call({ f: 'cas', key, value: [null, value] }, request, endingOfWrite);
  }

  /** No value is written twice: it has the revision that was seen, or another value. */
  async #cas(worker: Worker, register: Register, from: Seen): Promise<Outcome> {
    const { key } = register;
    const value = ++this.#values;
    const request = putOf(key, value, { 'if-match': `"${from.revision}"` });
    const call = { f: 'cas', key, value: [from.value, value] };
    const outcome = await worker.call(call, request, endingOfWrite);
    if (outcome.type === 'ok') register.last = { value, revision: revisionOf(outcome) };
    return outcome;
  }
}

function putOf(key: string, value: number, conditions: Readonly<Record<string, string>> = {}) {
  const headers = { ...TEXT_BODY, ...conditions };
  return { method: 'PUT', path: kvPath(key), headers, body: String(value) } as const;
}
