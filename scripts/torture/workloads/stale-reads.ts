/**
 * W8: reads that may be old. Half the clients write; the others read what a replica has by itself,
 * with and without a bound on its age, and older revisions. A value must have been there at the
 * revision that its answer claims, and no session goes back: neither that of one connection, nor that
 * of a client that goes from replica to replica and says what it saw last (`Min-Revision`).
 */
import { checkStaleness } from '../../../src/verify/staleness.ts';
import type { Workload, WorkloadContext } from '../workload.ts';
import { checkEnough, checkPromise } from './history-check.ts';
import { drawPlace, USUAL_PACE, type Pace } from './pace.ts';
import { askAll, untilAnswered } from './reads.ts';
import { madeRevision, put, remove } from './revision-writes.ts';
import { ConnectedReader, readAt, Traveller, type Reader } from './stale-readers.ts';
import { runWorkers, type Worker } from './worker.ts';

const KEYS = 6;
const DELETES = 0.2;
/** Of the readers, every so many-th goes from replica to replica. */
const TRAVELS_EACH = 2;
const LEAST = { put: 50, delete: 5, read: 100 };

export function staleReadsWorkload(pace: Pace = USUAL_PACE): Workload {
  const name = `${pace.prefix}stale-reads`;
  return {
    name,
    id: 'W8',
    title: 'Reads that may be old are of a revision that was, and sessions never go back',
    run: (context) => runStaleReads(context, name, pace),
    finish: (context) => finish(context, name),
    check: (events, isLenient) => [
      checkPromise(`${name}: what is old was true`, checkStaleness(events)),
      checkEnough(events, { name, least: LEAST, pace, isLenient }),
    ],
  };
}

async function runStaleReads(context: WorkloadContext, name: string, pace: Pace): Promise<void> {
  const readers = new Map<Worker, Reader>();
  /** The highest revision that a write was acknowledged with. */
  let written = 0;
  let values = 0;
  const work = async (worker: Worker): Promise<void> => {
    const key = `${name}/${drawPlace(context.random, KEYS, pace)}`;
    if (worker.index % 2 === 1) {
      const reader = readers.get(worker) ?? readerOf(worker, name, () => written);
      readers.set(worker, reader);
      return reader.read(key);
    }
    const isRemoved = context.random.chance(DELETES);
    const outcome = await (isRemoved ? remove(worker, key) : put(worker, key, `${values++}`));
    if (outcome.type === 'ok') written = Math.max(written, madeRevision(outcome));
  };
  try {
    await runWorkers(context, { pace }, work);
  } finally {
    await Promise.all([...readers.values()].map((reader) => reader.close()));
  }
}

function readerOf(worker: Worker, name: string, written: () => number): Reader {
  const number = (worker.index - 1) / 2;
  const session = `${name}/${number}`;
  return number % TRAVELS_EACH === TRAVELS_EACH - 1
    ? new Traveller(worker, session, written)
    : new ConnectedReader(worker, session);
}

/** What every replica has by itself, once it has the last write of all. */
async function finish(context: WorkloadContext, name: string): Promise<void> {
  const keys = Array.from({ length: KEYS }, (_, number) => `${name}/${number}`);
  await askAll(context, keys, async (worker, key) => {
    const last = await untilAnswered(() => put(worker, key, `last of ${key}`));
    const minRevision = last.type === 'ok' ? madeRevision(last) : 0;
    for (const replica of context.clients()) {
      const session = `${key} at the end, of replica ${replica.replica}`;
      const read = { key, session, minRevision, query: 'consistency=local' };
      await untilAnswered(() => readAt(worker, replica, read));
    }
    return last;
  });
}
