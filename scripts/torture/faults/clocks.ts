/**
 * N13: clocks that are set, again and again too, or run at another rate; the wall clock apart from the
 * monotonic one. A monotonic clock is never set: a lease of a key would rightly be over then.
 */
import type { Random } from '../../../src/simulation/random.ts';
import type { Fault, FaultContext } from '../fault.ts';
import type { ShimClocks } from '../shim/clock.ts';
import { shimOf, UNDER_SHIM } from './disk-episode.ts';
import { drawTarget, idsOf, namesOf } from './targets.ts';
import { becomeWhole, drawPeriodMs, drawScaledMs } from './wholeness.ts';

const DAY_MS = 86_400_000;
const MOST_STEP_MS = 30 * DAY_MS;
/** Of any clock: a lease of a key may be over so much sooner, or later. */
export const CLOCK_RATE_ERROR = 0.2;
const LEAST_STROBE_MS = 5;
const MOST_STROBE_MS = 500;

export const CLOCKS: Fault = {
  name: 'clocks',
  id: 'N13',
  title: 'Wall clocks set by ms to days, once or again and again; clocks 20 % too fast or slow',
  ...UNDER_SHIM,
  episode: disturbClocks,
  heal: ({ cluster }) => {
    for (const { shim } of cluster.replicas) shim?.clocks.honest();
    return Promise.resolve();
  },
};

interface Disturbance {
  readonly text: string;
  readonly once: (clocks: ShimClocks) => void;
  /** Done again and again, so long after each other. */
  readonly again?: { readonly everyMs: number; readonly set: (clocks: ShimClocks) => void };
}

async function disturbClocks(context: FaultContext): Promise<void> {
  const struck = await drawTarget(context);
  const disturbance = context.random.pick([step, strobe, rates, rates])(context.random);
  const ids = idsOf(struck);
  const end = context.begin(`${disturbance.text} of ${namesOf(ids)}`, ids);
  const clocks = struck.map((replica) => shimOf(replica).clocks);
  for (const each of clocks) disturbance.once(each);
  await lastsWith(context, clocks, disturbance);
  for (const each of clocks) each.honest();
  end();
  await becomeWhole(context, struck);
}

async function lastsWith(
  context: FaultContext,
  clocks: readonly ShimClocks[],
  { again }: Disturbance,
): Promise<void> {
  const endsAt = performance.now() + drawPeriodMs(context.random);
  const leftMs = (): number => endsAt - performance.now();
  if (again === undefined) return context.lasts(leftMs());
  while (leftMs() > 0 && !context.isOver()) {
    await context.lasts(again.everyMs);
    for (const each of clocks) again.set(each);
  }
}

function drawStepMs(random: Random): number {
  return drawScaledMs(random, 1, MOST_STEP_MS) * (random.chance(0.5) ? 1 : -1);
}

function step(random: Random): Disturbance {
  const ms = drawStepMs(random);
  return { text: `wall clock set by ${ms} ms`, once: (clocks) => clocks.step('wall', ms) };
}

function strobe(random: Random): Disturbance {
  const ms = drawStepMs(random);
  const everyMs = drawScaledMs(random, LEAST_STROBE_MS, MOST_STROBE_MS);
  const there = (clocks: ShimClocks): void => clocks.step('wall', ms);
  const back = (clocks: ShimClocks): void => {
    if (clocks.errorMs('wall') === 0) there(clocks);
    else clocks.step('wall', -ms);
  };
  return {
    text: `wall clock set by ${ms} ms and back, every ${everyMs} ms,`,
    once: there,
    again: { everyMs, set: back },
  };
}

/** Each clock at a rate of its own; often one of them alone. */
function rates(random: Random): Disturbance {
  const draw = (): number => 1 + random.pick([-1, -0.5, 0, 0.5, 1]) * CLOCK_RATE_ERROR;
  const [wall, monotonic] = [draw(), draw()];
  return {
    text: `wall clock at the rate ${wall}, monotonic clock at ${monotonic},`,
    once: (clocks) => {
      clocks.rate('wall', wall);
      clocks.rate('monotonic', monotonic);
    },
  };
}
