/**
 * Worlds on several threads. Tasks are dealt as they are asked for, so that all threads are busy
 * until the last.
 */
import type { Worker } from 'node:worker_threads';
import type { SeedReport, SeedTask } from './seed-run.ts';
import { startWorker } from './worker.ts';

/** A thread has the next task at hand when it ends one. */
const TASKS_AHEAD = 2;

export interface PoolOptions {
  readonly jobs: number;
  /** Undefined: there are no more. */
  readonly next: () => SeedTask | undefined;
  readonly onReport: (report: SeedReport) => void;
}

/** Rejects where a thread dies, with the seed that it was at. */
export async function runPool(options: PoolOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.jobs }, () => runThread(options)));
}

function runThread({ next, onReport }: PoolOptions): Promise<void> {
  const worker = startWorker();
  const seeds: number[] = [];
  const deal = (): void => {
    const task = next();
    if (task === undefined) return;
    seeds.push(task.seed);
    worker.postMessage(task);
  };
  return new Promise((resolve, reject) => {
    worker.on('message', (report: SeedReport) => {
      seeds.shift();
      onReport(report);
      deal();
      if (seeds.length === 0) resolve(end(worker));
    });
    worker.on('error', (error) => {
      reject(new Error(`the thread of seed ${seeds[0]} died: ${String(error)}`, { cause: error }));
    });
    for (let ahead = 0; ahead < TASKS_AHEAD; ahead += 1) deal();
    if (seeds.length === 0) resolve(end(worker));
  });
}

async function end(worker: Worker): Promise<void> {
  await worker.terminate();
}
