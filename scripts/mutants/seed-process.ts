/**
 * Runs the worlds of one copy of the source, one seed at a time, as its parent asks. What it
 * imports is the copy's own; it is watched over while it does.
 */
import { Worker } from 'node:worker_threads';
import { failureOf, type SeedReport } from './verdict.ts';

const changes = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
const workerData = { changes, seedMs: Number(process.argv[2]) };
new Worker(new URL('./watchdog.js', import.meta.url), { workerData }).unref();
const { World } = await import('../../src/simulation/world.ts');
process.on('message', (seed) => process.send?.(run(Number(seed))));
process.on('disconnect', () => process.exit());
process.send?.('ready');

function run(seed: number): SeedReport {
  Atomics.add(changes, 0, 1);
  try {
    new World({ seed }).run();
    return { seed, failure: undefined };
  } catch (error) {
    return { seed, failure: failureOf(error) };
  } finally {
    Atomics.add(changes, 0, 1);
  }
}
