/** What workloads do when all is healed: each read is asked until it is answered. */
import { waitFor } from '../../bench/wait.ts';
import type { Outcome } from '../client.ts';
import type { WorkloadContext } from '../workload.ts';
import { USUAL_PACE } from './pace.ts';
import { Worker } from './worker.ts';

const READERS = 4;
const ANSWER_LIMIT_MS = 30_000;
const AGAIN_MS = 100;

/** Several at a time, each item by one of the readers. */
export async function readAll<T>(
  context: WorkloadContext,
  items: readonly T[],
  read: (worker: Worker, item: T) => Promise<Outcome>,
): Promise<void> {
  const left = [...items];
  const one = async (index: number): Promise<void> => {
    const worker = new Worker(context, index, USUAL_PACE);
    for (let item = left.pop(); item !== undefined; item = left.pop()) {
      const wanted = item;
      await untilAnswered(() => read(worker, wanted));
    }
  };
  await Promise.all(Array.from({ length: READERS }, (_, index) => one(index)));
}

/** Asks again until the answer says something of the state. An answer that should not be throws. */
export async function untilAnswered(ask: () => Promise<Outcome>): Promise<Outcome> {
  const what = 'answer though all is healed';
  const asked = await waitFor(
    async () => {
      const outcome = await orThrown(ask);
      if ('thrown' in outcome) return outcome;
      return outcome.type === 'fail' || outcome.type === 'unknown' ? undefined : outcome;
    },
    { what, limitMs: ANSWER_LIMIT_MS, everyMs: AGAIN_MS },
  );
  if ('thrown' in asked) throw asked.thrown;
  return asked;
}

/** `waitFor` asks again after what is thrown; a wrong answer is to end the run. */
async function orThrown(
  ask: () => Promise<Outcome>,
): Promise<Outcome | { readonly thrown: unknown }> {
  try {
    return await ask();
  } catch (thrown) {
    return { thrown };
  }
}
