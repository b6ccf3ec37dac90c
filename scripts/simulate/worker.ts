/** A thread that runs worlds: it is sent tasks, and answers each with a report, in their order. */
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { runSeed, type SeedReport, type SeedTask } from './seed-run.ts';

export function startWorker(): Worker {
  return new Worker(new URL(import.meta.url));
}

function serve(): void {
  const port = parentPort;
  port?.on('message', (task: SeedTask) => {
    const report: SeedReport = runSeed(task);
    port.postMessage(report);
  });
}

if (!isMainThread) serve();
