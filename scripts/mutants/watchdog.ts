/**
 * Watches over a seed process from a thread of its own, since a mutant may hang in an endless loop:
 * ends the process when its parent is gone, or when it takes too much memory.
 */

/** Ends a process that is too large: nobody else sends it. */
const TOO_LARGE_SIGNAL = 'SIGUSR2';
const LOOK_MS = 500;
const MAX_BYTES = 1536 * 1024 * 1024;
const parent = process.ppid;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  if (process.memoryUsage.rss() > MAX_BYTES) process.kill(process.pid, TOO_LARGE_SIGNAL);
}, LOOK_MS);
