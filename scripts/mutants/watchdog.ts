/**
 * Watches over a seed process from a thread of its own, since a mutant may hang in an endless loop:
 * ends the process when one seed takes too much processor time, when it takes too much memory, and
 * when its parent is gone. Time that a busy machine gives to others does not count.
 */
import { workerData } from 'node:worker_threads';

/** Given to the thread. */
export interface Watch {
  /** Changes whenever a seed begins or ends. */
  readonly changes: Int32Array;
  readonly seedMs: number;
}

const LOOK_MS = 500;
const MAX_BYTES = 1536 * 1024 * 1024;
const parent = process.ppid;
const { changes, seedMs }: Watch = workerData;
let seen = 0;
let sinceUs = 0;

function usedUs(): number {
  const { system, user } = process.cpuUsage();
  return system + user;
}

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  if (process.memoryUsage.rss() > MAX_BYTES) process.kill(process.pid, 'SIGUSR2');
  const now = Atomics.load(changes, 0);
  if (now !== seen) [seen, sinceUs] = [now, usedUs()];
  if (usedUs() - sinceUs > 1_000 * seedMs) process.kill(process.pid, 'SIGXCPU');
}, LOOK_MS);
