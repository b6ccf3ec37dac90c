/** Many worlds: deals the seeds, prints each failure with its replay, and the summary. */
import type { Order } from './options.ts';
import { runPool } from './pool.ts';
import { type Goal, Progress } from './progress.ts';
import { printFailure, shrinkFailure } from './failure.ts';
import type { SeedReport, SeedTask } from './seed-run.ts';
import { Tally } from './tally.ts';

/** Of 100 seeds one is run twice (I26), and so is the first of each run. */
const TWICE_IN = 100;
/** After so many failures no more seeds are dealt: the rest would say the same. */
const MAX_FAILURES = 10;
/** A run of this length is a nightly one: it must have been everywhere. */
const NIGHTLY_SEEDS = 20_000;
const NIGHTLY_MINUTES = 60;

export type ManyOrder = Extract<Order, { readonly type: 'many' }>;

/** The exit status. */
export async function runMany(order: ManyOrder): Promise<number> {
  const tally = new Tally();
  const progress = new Progress(order);
  const dealer = new Dealer(order, () => tally.failed.length, progress);
  const interrupt = (): void => dealer.stop();
  process.once('SIGINT', interrupt);
  const jobs = Math.min(order.jobs, order.seeds ?? order.jobs);
  await runPool({
    jobs,
    next: () => dealer.next(),
    onReport: (report) => {
      tally.take(report);
      if (report.failure !== undefined) {
        progress.clear();
        printFailure(report.seed, report.failure, order.change);
      }
      progress.show({ seeds: tally.seeds, events: tally.events, failed: tally.failed.length });
    },
  });
  process.removeListener('SIGINT', interrupt);
  progress.clear();
  const summary = tally.text(progress.seconds, jobs);
  if (order.shrinks) shrinkEach(tally.failed, order);
  process.stdout.write(summary);
  if (tally.failed.length >= MAX_FAILURES) {
    process.stdout.write(`no more seeds were dealt after ${MAX_FAILURES} failures\n`);
  }
  if (isIncomplete(tally, order)) process.stdout.write('a run so long must reach every probe\n');
  return statusOf(tally, order);
}

/** One of each kind of failure: the others would shrink to the same. */
function shrinkEach(failed: readonly SeedReport[], order: ManyOrder): void {
  const shrunk = new Set<string>();
  for (const { failure, seed } of failed) {
    if (failure === undefined || shrunk.has(failure.rule)) continue;
    shrunk.add(failure.rule);
    shrinkFailure(seed, order.change);
  }
}

/** 1 where no world was run, one failed, or a long run has not been everywhere. */
export function statusOf(tally: Tally, goal: Goal): 0 | 1 {
  const isGood = tally.seeds > 0 && tally.failed.length === 0 && !isIncomplete(tally, goal);
  return isGood ? 0 : 1;
}

function isIncomplete(tally: Tally, { minutes = 0, seeds = 0 }: Goal): boolean {
  const isNightly = minutes >= NIGHTLY_MINUTES || seeds >= NIGHTLY_SEEDS;
  return isNightly && tally.missedProbes.length > 0;
}

class Dealer {
  readonly #order: ManyOrder;
  readonly #failures: () => number;
  readonly #progress: Progress;
  #dealt = 0;
  #isStopped = false;

  constructor(order: ManyOrder, failures: () => number, progress: Progress) {
    this.#order = order;
    this.#failures = failures;
    this.#progress = progress;
  }

  stop(): void {
    this.#isStopped = true;
  }

  next(): SeedTask | undefined {
    const { change, from, minutes, seeds } = this.#order;
    const isLate = minutes !== undefined && this.#progress.seconds >= minutes * 60;
    if (this.#isStopped || isLate || this.#dealt === seeds) return undefined;
    if (this.#failures() >= MAX_FAILURES) return undefined;
    const seed = from + this.#dealt;
    this.#dealt += 1;
    return { seed, change, isTwice: seed === from || seed % TWICE_IN === 0 };
  }
}
