/**
 * `npm run simulate`: simulated worlds, one for each seed, on every processor. Exits with 1 when
 * a seed violates an invariant, and prints the command that replays it.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { World, type WorldResult } from '../src/simulation/world.ts';

interface Job {
  readonly from: number;
  readonly to: number;
  readonly stride: number;
  readonly minEvents: number;
  readonly replicas: number | undefined;
}

type Report =
  | { readonly type: 'passed'; readonly result: WorldResult }
  | { readonly type: 'failed'; readonly seed: number; readonly message: string };

const HELP = `usage: npm run simulate -- [--seeds N] [--from SEED] [--events N] [--replicas N] [--jobs N]
       npm run simulate -- --seed SEED [--trace]

  --seeds N      how many worlds; 1000
  --from SEED    the first seed; 1
  --events N     each world has at least so many events; 1000
  --replicas N   replicas of each world; drawn by the seed unless given
  --jobs N       worlds at a time; one for each processor
  --seed SEED    one world alone
  --trace        prints what happened last in it
`;

function main(): void {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      events: { type: 'string', default: '1000' },
      replicas: { type: 'string' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const minEvents = count('--events', values.events);
  const replicas = values.replicas === undefined ? undefined : count('--replicas', values.replicas);
  if (values.seed !== undefined) {
    runOne(count('--seed', values.seed), minEvents, replicas, values.trace);
    return;
  }
  const from = count('--from', values.from);
  const seeds = count('--seeds', values.seeds);
  const jobs = Math.min(count('--jobs', values.jobs), seeds);
  runAll({ from, to: from + seeds - 1, stride: jobs, minEvents, replicas });
}

function count(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0 && /^\d+$/.test(text)) return number;
  process.stderr.write(`${name}: not a whole number above 0: ${text}\n`);
  return process.exit(2);
}

function runOne(
  seed: number,
  minEvents: number,
  replicas: number | undefined,
  trace: boolean,
): void {
  const world = new World({ seed, minEvents, ...(replicas === undefined ? {} : { replicas }) });
  try {
    const result = world.run();
    if (trace) process.stdout.write(`${world.ghost.recent.join('\n')}\n`);
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } catch (error) {
    process.stdout.write(`${world.ghost.recent.join('\n')}\n${JSON.stringify(world.plan)}\n`);
    process.stdout.write(`seed ${seed}: ${describe(error)}\n`);
    process.exitCode = 1;
  }
}

/** Seeds are dealt out in turn, so that every worker has the same mixture. */
function runAll(job: Job): void {
  const startedAt = Date.now();
  const totals = { seeds: 0, failed: 0, events: 0, operations: 0, applied: 0, reads: 0 };
  let least = Number.POSITIVE_INFINITY;
  let running = job.stride;
  const take = (report: Report): void => {
    totals.seeds += 1;
    if (report.type === 'failed') {
      totals.failed += 1;
      const replay = `npm run simulate -- --events ${job.minEvents} --seed ${report.seed}`;
      process.stdout.write(`\nseed ${report.seed}: ${report.message}\n  replay: ${replay}\n`);
      return;
    }
    const { events, operations, applied, reads } = report.result;
    least = Math.min(least, events);
    totals.events += events;
    totals.operations += operations;
    totals.applied += applied;
    totals.reads += reads;
    if (totals.seeds % 100 === 0) progress(totals.seeds, job, startedAt);
  };
  for (let index = 0; index < job.stride; index += 1) {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { ...job, from: job.from + index },
    });
    worker.on('message', take);
    worker.on('error', (error) => {
      throw error;
    });
    worker.on('exit', () => {
      running -= 1;
      if (running > 0) return;
      const seconds = (Date.now() - startedAt) / 1000;
      process.stdout.write(
        `\n${totals.seeds} seeds, ${totals.failed} failed; ${totals.events} events ` +
          `(at least ${least} a seed), ${totals.operations} operations, ${totals.applied} applied, ` +
          `${totals.reads} reads; ${seconds.toFixed(0)} s, ` +
          `${Math.round(totals.events / seconds)} events/s\n`,
      );
      if (totals.failed > 0 || totals.seeds === 0) process.exitCode = 1;
    });
  }
}

function progress(seeds: number, job: Job, startedAt: number): void {
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
  process.stderr.write(`\r${seeds} of ${job.to - job.from + 1} seeds, ${seconds} s `);
}

function work({ from, to, stride, minEvents, replicas }: Job): void {
  for (let seed = from; seed <= to; seed += stride) {
    parentPort?.postMessage(report(seed, minEvents, replicas));
  }
}

function report(seed: number, minEvents: number, replicas: number | undefined): Report {
  try {
    const world = new World({ seed, minEvents, ...(replicas === undefined ? {} : { replicas }) });
    return { type: 'passed', result: world.run() };
  } catch (error) {
    return { type: 'failed', seed, message: describe(error) };
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

if (isMainThread) main();
else work(workerData);
