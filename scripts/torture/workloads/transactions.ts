/**
 * W2: transactions on small groups of keys, with guards, and reads of whole groups: there must be
 * one order of all of them (strict serializability). A group is left for a fresh one after some
 * calls, so that there is little enough of each to be decided.
 */
// oxlint-disable no-thenable -- the name is the API's, and none of these objects is awaited
import { mapModel } from '../../../src/verify/map.ts';
import type { Outcome } from '../client.ts';
import type { Workload, WorkloadContext } from '../workload.ts';
import { checkEnough, checkLinearizable } from './history-check.ts';
import { USUAL_PACE, type Pace } from './pace.ts';
import { askAll, readKey } from './reads.ts';
import { Rotation, type Used } from './rotation.ts';
import { endingOf, requestOf, resultOf, type Transaction } from './transaction.ts';
import { drawTransaction, type Known } from './transaction-draw.ts';
import { runWorkers, type Worker } from './worker.ts';

/** The search may double with each call that took effect or did not. */
const EACH = { atOnce: 3, callsEach: 90, unknownEach: 5 };
const MIN_KEYS = 2;
const MAX_KEYS = 5;
const SINGLE_READS = 0.15;
const SNAPSHOTS = 0.25;
const LEAST = { txn: 100, read: 20 };

export function transactionsWorkload(pace: Pace = USUAL_PACE): Workload {
  const name = `${pace.prefix}transactions`;
  return {
    name,
    id: 'W2',
    title: 'Transactions of several keys have one order',
    run: (context) => new Groups(context, name, pace).run(),
    finish: async (context) => {
      const calls = context.recorder.events.filter(({ f }) => f === 'txn');
      const groups = new Set(calls.map(({ key }) => key));
      await askAll(context, [...groups], (worker, group) => transact(worker, group, all(group)));
    },
    check: (events, isLenient) => [
      checkLinearizable(`${name}: strictly serializable`, events, mapModel),
      checkEnough(events, { name, least: LEAST, pace, isLenient }),
    ],
  };
}

interface Group extends Used {
  readonly name: string;
  readonly keys: readonly string[];
  /** What a key was last seen to hold; null: absent. */
  readonly known: Known;
}

class Groups {
  readonly #context: WorkloadContext;
  readonly #pace: Pace;
  readonly #groups: Rotation<Group>;
  #values = 0;

  constructor(context: WorkloadContext, name: string, pace: Pace) {
    this.#context = context;
    this.#pace = pace;
    this.#groups = new Rotation({ ...EACH, make: (number) => freshGroup(`${name}/${number}`) });
  }

  run(): Promise<void> {
    return runWorkers(this.#context, { pace: this.#pace }, async (worker) => {
      const group = this.#groups.draw(this.#context.random, this.#pace);
      const outcome = await this.#call(worker, group);
      if (outcome.type === 'unknown') group.unknown += 1;
    });
  }

  async #call(worker: Worker, { name, keys, known }: Group): Promise<Outcome> {
    const { random } = this.#context;
    const choice = random.next();
    if (choice < SINGLE_READS) return readKey(worker, random.pick(keys));
    const newValue = (): number => ++this.#values;
    const transaction =
      choice < SINGLE_READS + SNAPSHOTS
        ? all(name)
        : drawTransaction({ random, keys, known, newValue });
    const outcome = await transact(worker, name, transaction);
    if (outcome.type === 'ok') learn(known, transaction, outcome);
    return outcome;
  }
}

function freshGroup(name: string): Group {
  return { name, keys: keysOf(name), known: new Map(), calls: 0, unknown: 0 };
}

function learn(
  known: Known,
  transaction: Transaction,
  outcome: Extract<Outcome, { type: 'ok' }>,
): void {
  const { succeeded, results } = resultOf(outcome, transaction);
  const actions = (succeeded ? transaction.then : transaction.else) ?? [];
  for (const [index, action] of actions.entries()) {
    const told = action.op === 'put' ? action.value : (results[index] ?? null);
    known.set(action.key, action.op === 'delete' ? null : told);
  }
}

function transact(worker: Worker, key: string, value: Transaction): Promise<Outcome> {
  return worker.call({ f: 'txn', key, value }, requestOf(value), (outcome) =>
    endingOf(outcome, value),
  );
}

function all(group: string): Transaction {
  return { then: keysOf(group).map((key) => ({ op: 'get', key })) };
}

/** Of a group, by the number that its name ends with. */
function keysOf(group: string): readonly string[] {
  const number = Number(group.slice(group.lastIndexOf('/') + 1));
  const count = MIN_KEYS + (number % (MAX_KEYS - MIN_KEYS + 1));
  return Array.from({ length: count }, (_, index) => `${group}/${index}`);
}
