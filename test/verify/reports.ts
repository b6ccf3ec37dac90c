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
const RUNS = 150;
/** A damage is to have found something to damage in so many of the histories. */
const MIN_DAMAGED = 30;

/** Whatever true clients record passes. */
export function holdsFor(
  check: (events: readonly HistoryEvent[]) => Report,
  eventsOf: (seed: number) => readonly HistoryEvent[],
): void {
  const seeds = fc.integer({ min: 1, max: 1_000_000 });
  fc.assert(
    fc.property(seeds, (seed) => {
      const { findings } = check(eventsOf(seed));
      if (findings.length > 0) throw new Error(findings.map(({ text }) => text).join('\n'));
    }),
    { numRuns: RUNS },
  );
}

/** One damage in what true clients record does not. `undefined`: there is nothing to damage. */
export function failsFor(
  check: (events: readonly HistoryEvent[]) => Report,
  damagedOf: (seed: number) => readonly HistoryEvent[] | undefined,
): void {
  let damaged = 0;
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const events = damagedOf(seed);
    if (events === undefined) continue;
    damaged += 1;
    if (check(events).type === 'passed') throw new Error(`seed ${seed}: the damage is not found`);
  }
  if (damaged < MIN_DAMAGED) throw new Error(`only ${damaged} histories were damaged`);
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
