/**
 * The search for a seed that finds one mutant. Seeds are handed out in order, to as many as help,
 * and the first of them in that order counts: with any number of helpers the outcome is the same.
 */
import type { Mutant } from './mutant.ts';
import { type Failure, isExpected, type SeedReport } from './verdict.ts';

export interface Kill extends Failure {
  readonly seed: number;
  /** Which seed it was, from 1, in the order in which they were tried. */
  readonly number: number;
}

export type HuntedMutant = Pick<Mutant, 'id' | 'expected'>;

export class Hunt {
  readonly mutant: HuntedMutant;
  readonly #seeds: readonly number[];
  readonly #reports = new Map<number, Failure | undefined>();
  /** Taken, or found to be of no use any more. */
  #next = 0;
  /** All before it have their reports. */
  #settled = 0;
  #kill: Kill | undefined;
  #otherKill: Kill | undefined;

  constructor(mutant: HuntedMutant, seeds: readonly number[]) {
    this.mutant = mutant;
    this.#seeds = seeds;
  }

  /** The next seed to run; undefined: nothing is left to hand out. */
  take(): number | undefined {
    if (this.#kill !== undefined || this.#isFoundAbove()) return undefined;
    const seed = this.#seeds[this.#next];
    this.#next += 1;
    return seed;
  }

  /** Later seeds are of no use once one was found that what was taken before it cannot undo. */
  #isFoundAbove(): boolean {
    for (const failure of this.#reports.values()) {
      if (failure !== undefined && isExpected(this.mutant.expected, failure)) return true;
    }
    return false;
  }

  report({ seed, failure }: SeedReport): void {
    this.#reports.set(seed, failure);
    for (; this.#kill === undefined; this.#settled += 1) {
      const settled = this.#seeds[this.#settled];
      if (settled === undefined || !this.#reports.has(settled)) return;
      this.#settle(settled, this.#reports.get(settled));
      this.#reports.delete(settled);
    }
  }

  #settle(seed: number, failure: Failure | undefined): void {
    if (failure === undefined) return;
    const kill = { ...failure, seed, number: this.#settled + 1 };
    if (isExpected(this.mutant.expected, failure)) this.#kill = kill;
    else this.#otherKill ??= kill;
  }

  /** How many seeds have their reports, of those in order. */
  get settled(): number {
    return this.#settled;
  }

  get isOver(): boolean {
    return this.#kill !== undefined || this.#settled >= this.#seeds.length;
  }

  /** By an invariant that is named for it. */
  get kill(): Kill | undefined {
    return this.#kill;
  }

  /** The first by anything else, before that. */
  get otherKill(): Kill | undefined {
    return this.#otherKill;
  }
}
