/** What a run of many worlds comes to, and whether that is good enough. */
import { PROBES } from '../../src/simulation/probes.ts';
import type { SeedReport } from './seed-run.ts';

/** What a seed is expected to be worth, on average. */
export const AIM = { eventsPerSeed: 3_000, operationsPerSeed: 50, longEvents: 20_000, longIn: 10 };

/** Undecided seeds that a summary names. */
const MOST_NAMED = 20;

export class Tally {
  readonly failed: SeedReport[] = [];
  readonly #undecided: number[] = [];
  seeds = 0;
  events = 0;
  #long = 0;
  #twice = 0;
  readonly #sums = { operations: 0, applied: 0, reads: 0, leaders: 0 };
  readonly #probes = new Set<string>();
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  take(report: SeedReport): void {
    this.seeds += 1;
    this.events += report.events;
    if (report.events >= AIM.longEvents) this.#long += 1;
    if (!report.isDecided) this.#undecided.push(report.seed);
    if (report.isTwice) this.#twice += 1;
    if (report.failure !== undefined) this.failed.push(report);
    const sums = this.#sums;
    sums.operations += report.operations;
    sums.applied += report.applied;
    sums.reads += report.reads;
    sums.leaders += report.leaders;
    for (const probe of report.probes) this.#probes.add(probe);
    this.#first = Math.min(this.#first, report.seed);
    this.#last = Math.max(this.#last, report.seed);
  }

  get missedProbes(): readonly string[] {
    return Object.keys(PROBES).filter((name) => !this.#probes.has(name));
  }

  /** Seeds in which it is open whether the history is linearizable: neither passed nor failed. */
  get #undecidedText(): string {
    const seeds = this.#undecided.toSorted((a, b) => a - b);
    const named = seeds.length === 0 ? '' : `: ${seeds.slice(0, MOST_NAMED).join(', ')}`;
    const more = seeds.length > MOST_NAMED ? ' ...' : '';
    return `${grouped(seeds.length)} (I16: the search came to no end)${named}${more}`;
  }

  text(seconds: number, jobs: number): string {
    if (this.seeds === 0) return 'no seed was run\n';
    const { applied, leaders, operations, reads } = this.#sums;
    const { eventsPerSeed, longEvents, longIn, operationsPerSeed } = AIM;
    const each = (total: number): string => (total / this.seeds).toFixed(0);
    const rate = Math.round(this.events / seconds);
    const often = this.#long === 0 ? '' : `, one in ${(this.seeds / this.#long).toFixed(1)}`;
    const missed = this.missedProbes;
    const reached = Object.keys(PROBES).length - missed.length;
    const rows = [
      ['seeds', `${grouped(this.seeds)}, from ${this.#first} to ${this.#last}`],
      ['violations', grouped(this.failed.length)],
      ['undecided', this.#undecidedText],
      ['time', `${seconds.toFixed(0)} s on ${jobs} threads, ${grouped(rate)} events a second`],
      ['events', `${grouped(this.events)}, ${each(this.events)} a seed (aim: ${eventsPerSeed})`],
      [
        'long seeds',
        `${grouped(this.#long)} have ${grouped(longEvents)} events${often} (aim: one in ${longIn})`,
      ],
      [
        'operations',
        `${grouped(operations)}, ${each(operations)} a seed (aim: ${operationsPerSeed})`,
      ],
      ['applied', `${grouped(applied)} writes, ${grouped(reads)} reads`],
      ['leaders', `${grouped(leaders)}, ${(leaders / this.seeds).toFixed(1)} a seed`],
      ['run twice', `${grouped(this.#twice)} seeds (I26)`],
      ['probes', `${reached} reached, ${missed.length} missed`],
    ];
    const lines = rows.map(([name = '', value = '']) => `${name.padEnd(12)}${value}`);
    const probes = missed.map((name) => `  missed: ${name}`);
    return `${[...lines, ...probes].join('\n')}\n`;
  }
}

/** 1234567 as `1,234,567`. */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}
