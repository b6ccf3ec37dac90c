/**
 * Runs the worlds of one copy of the source, one seed at a time, as its parent asks. What it
 * imports is the copy's own.
 */
import { Worker } from 'node:worker_threads';
import { World } from '../../src/simulation/world.ts';
import { failureOf, type SeedReport } from './verdict.ts';

new Worker(new URL('./watchdog.js', import.meta.url)).unref();
process.on('message', (seed) => process.send?.(run(Number(seed))));
process.on('disconnect', () => process.exit());
process.send?.('ready');

function run(seed: number): SeedReport {
  try {
    new World({ seed }).run();
    return { seed, failure: undefined };
  } catch (error) {
    return { seed, failure: failureOf(error) };
  }
}
