/**
 * W1: registers, one key each, that are read, written, created and compared-and-set. Every register
 * must be linearizable. Half the clients only read. After some calls on a register the clients go on
 * to a fresh one, so that each history stays short enough to be decided, and dense with overlaps.
 */
import { registerModel } from '../../../src/verify/register.ts';
import type { Outcome } from '../client.ts';
import type { Workload, WorkloadContext } from '../workload.ts';
import {
  endingOfRead,
  endingOfWrite,
  jsonOf,
  kvPath,
  LOCAL,
  revisionOf,
  TEXT_BODY,
} from './answers.ts';
import { readAll } from './final-reads.ts';
import { checkEnough, checkLinearizable, type Enough } from './history-check.ts';
import { drawPlace, USUAL_PACE, type Pace } from './pace.ts';
import { runWorkers, type Worker } from './worker.ts';

const REGISTERS_AT_ONCE = 8;
const CALLS_EACH = 180;
/** Calls whose outcome nobody knows stay open for good: a register with so many is left. */
const UNKNOWN_EACH = 16;
/** Of the calls of clients that write. */
const READS = 0.2;
const WRITES = 0.4;
const ENOUGH: Enough = { read: 50, write: 20, cas: 20 };

export function registerWorkload(pace: Pace = USUAL_PACE): Workload {
  const name = `${pace.prefix}register`;
  return {
    name,
    id: 'W1',
    title: 'Registers are linearizable, each',
    run: (context) => new Registers(context, name, pace).run(),
    finish: async (context) => {
      const keys = new Set(context.recorder.events.map(({ key }) => key));
      await readAll(context, [...keys], (worker, key) => read(worker, key));
    },
    check: (events, isLenient) => [
      checkLinearizable(`${name}: linearizable`, events, registerModel),
      checkEnough(`${name}: enough happened`, events, ENOUGH, isLenient),
    ],
  };
}

interface Seen {
  readonly value: number;
  readonly revision: number;
}

interface Register {
  readonly key: string;
  calls: number;
  unknown: number;
  last: Seen | undefined;
}

class Registers {
  readonly #context: WorkloadContext;
  readonly #name: string;
  readonly #pace: Pace;
  readonly #registers: Register[] = [];
  #made = 0;
  /** Each value is written once, so that an answer tells which write it saw. */
  #values = 0;

  constructor(context: WorkloadContext, name: string, pace: Pace) {
    this.#context = context;
    this.#name = name;
    this.#pace = pace;
    for (let place = 0; place < REGISTERS_AT_ONCE; place++) this.#registers.push(this.#fresh());
  }

  run(): Promise<void> {
    return runWorkers(this.#context, this.#pace, async (worker) => {
      const register = this.#draw();
      const outcome = await this.#call(worker, register);
      if (outcome.type === 'unknown') register.unknown += 1;
    });
  }

  #draw(): Register {
    const place = drawPlace(this.#context.random, REGISTERS_AT_ONCE, this.#pace);
    let register = this.#registers[place] ?? this.#fresh();
    if (register.calls >= CALLS_EACH || register.unknown >= UNKNOWN_EACH) register = this.#fresh();
    this.#registers[place] = register;
    register.calls += 1;
    return register;
  }

  #fresh(): Register {
    return { key: `${this.#name}/${this.#made++}`, calls: 0, unknown: 0, last: undefined };
  }

  #call(worker: Worker, register: Register): Promise<Outcome> {
    const { random, sabotage } = this.#context;
    const choice = random.next();
    const { last } = register;
    const isReader = worker.index % 2 === 1;
    if (isReader || choice < READS) return this.#read(worker, register, sabotage.has('localReads'));
    if (choice < READS + WRITES) return this.#write(worker, register);
    return last === undefined ? this.#create(worker, register) : this.#cas(worker, register, last);
  }

  async #read(worker: Worker, register: Register, isLocal: boolean): Promise<Outcome> {
    const outcome = await read(worker, register.key, isLocal ? LOCAL : '');
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

function read(worker: Worker, key: string, query = ''): Promise<Outcome> {
  const request = { method: 'GET', path: kvPath(key, query) } as const;
  return worker.call({ f: 'read', key, value: null }, request, (outcome) =>
    endingOfRead(outcome, ({ body }) => jsonOf(body)),
  );
}

function putOf(key: string, value: number, conditions: Readonly<Record<string, string>> = {}) {
  const headers = { ...TEXT_BODY, ...conditions };
  return { method: 'PUT', path: kvPath(key), headers, body: String(value) } as const;
}
