/** What the tests of the checkers that report violations share. */
import * as fc from 'fast-check';
import type { HistoryEvent } from '../../src/verify/history.ts';
import type { Report } from '../../src/verify/report.ts';
import { record, wishOf, type Recording } from './recorder.ts';
import { randomFrom } from './stories.ts';
import type { Chance, Wish, Workload } from './workloads.ts';

/** The kinds of what was found, each once. */
export function kindsOf({ findings }: Report): readonly string[] {
  return [...new Set(findings.map(({ text }) => text.slice(0, text.indexOf(':'))))].toSorted();
}

export const SMALL: Omit<Recording, 'seed'> = { events: 60, processes: 4, unknownPercent: 10 };
const RUNS = 50;
/** A damage is to have found something to damage in so many of the histories. */
const MIN_DAMAGED = 10;

/** Whatever true clients record passes: what was found in it, and by which seed. */
export function falseAlarm(
  check: (events: readonly HistoryEvent[]) => Report,
  eventsWith: (seed: number) => readonly HistoryEvent[],
): string | undefined {
  const seeds = fc.integer({ min: 1, max: 1_000_000 });
  const passes = fc.property(seeds, (seed) => {
    const { findings } = check(eventsWith(seed));
    if (findings.length > 0) throw new Error(findings.map(({ text }) => text).join('\n'));
  });
  return fc.defaultReportMessage(fc.check(passes, { numRuns: RUNS }));
}

/** One damage in what true clients record does not: what was not found. */
export function missedDamages(
  check: (events: readonly HistoryEvent[]) => Report,
  /** `undefined`: there is nothing to damage. */
  damagedWith: (seed: number) => readonly HistoryEvent[] | undefined,
): readonly string[] {
  const seeds = Array.from({ length: RUNS }, (_, index) => index + 1);
  const types = seeds.flatMap((seed) => {
    const events = damagedWith(seed);
    return events === undefined ? [] : [{ seed, type: check(events).type }];
  });
  const missed = types.filter(({ type }) => type === 'passed').map(({ seed }) => `seed ${seed}`);
  return types.length < MIN_DAMAGED ? [...missed, `only ${types.length} were damaged`] : missed;
}

export function eventsOf(
  seed: number,
  workload: Workload,
  recording: Partial<Recording> = {},
): readonly HistoryEvent[] {
  return record({ ...SMALL, ...recording, seed }, workload).events;
}

/** A history in which one `ok`, of those that can be, is replaced. */
export function damaged(
  events: readonly HistoryEvent[],
  seed: number,
  valueOf: (event: HistoryEvent, wish: Wish, at: number) => unknown,
): readonly HistoryEvent[] | undefined {
  const others = events.flatMap((event, at) => {
    const value = event.type === 'ok' ? valueOf(event, wishOf(events, at), at) : undefined;
    return value === undefined ? [] : [{ at, event: { ...event, value } }];
  });
  const random: Chance = randomFrom(seed);
  const chosen = others[random(Math.max(1, others.length))];
  if (chosen === undefined) return undefined;
  return events.map((event, at) => (at === chosen.at ? chosen.event : event));
}

/** What had been answered with `ok` before the call began that ends at this place. */
export function answeredBefore(
  events: readonly HistoryEvent[],
  at: number,
): readonly HistoryEvent[] {
  const { process } = events[at] ?? {};
  const began = events.slice(0, at).findLastIndex((event) => event.process === process);
  return events.slice(0, began).filter(({ type }) => type === 'ok');
}
