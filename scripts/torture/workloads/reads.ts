/** Reads of one key, and those that workloads end with, when all is healed: each until it is answered. */
import { waitFor } from '../../bench/wait.ts';
import type { Outcome } from '../client.ts';
import type { WorkloadContext } from '../workload.ts';
import { endingOfRead, kvPath } from './answers.ts';
import { Worker } from './worker.ts';

const READERS = 4;
const ANSWER_LIMIT_MS = 30_000;
const AGAIN_MS = 100;

/** Of a value that is JSON. */
export function readKey(worker: Worker, key: string, query = ''): Promise<Outcome> {
  const request = { method: 'GET', path: kvPath(key, query) } as const;
  return worker.call({ f: 'read', key, value: null }, request, (outcome) => endingOfRead(outcome));
}

/** Every key of the history, once more. */
export async function readEveryKey(context: WorkloadContext): Promise<void> {
  const keys = new Set(context.recorder.events.map(({ key }) => key));
  await askAll(context, [...keys], (worker, key) => readKey(worker, key));
}

/** Several at a time, each item until it is answered. */
export async function askAll<T>(
  context: WorkloadContext,
  items: readonly T[],
  ask: (worker: Worker, item: T) => Promise<Outcome>,
): Promise<void> {
  const left = [...items];
  const one = async (index: number): Promise<void> => {
    const worker = new Worker(context, index);
    for (let item = left.pop(); item !== undefined; item = left.pop()) {
      const wanted = item;
      await untilAnswered(() => ask(worker, wanted));
    }
  };
  await Promise.all(Array.from({ length: READERS }, (_, index) => one(index)));
}

/** Asks again until the answer says something of the state. A wrong answer is thrown on. */
export async function untilAnswered(ask: () => Promise<Outcome>): Promise<Outcome> {
  const asked = await waitFor(
    async () => {
      const outcome = await orThrown(ask);
      const isAnswer = 'thrown' in outcome || outcome.type === 'ok' || outcome.type === 'refused';
      return isAnswer ? outcome : undefined;
    },
    { what: 'answer though all is healed', limitMs: ANSWER_LIMIT_MS, everyMs: AGAIN_MS },
  );
  if ('thrown' in asked) throw asked.thrown;
  return asked;
}

/** `waitFor` would ask again after what is thrown. */
async function orThrown(
  ask: () => Promise<Outcome>,
): Promise<Outcome | { readonly thrown: unknown }> {
  try {
    return await ask();
  } catch (thrown) {
    return { thrown };
  }
}
