/**
 * Several things to work on at once, each left for a fresh one when enough was done with it: so that
 * the history of each stays short enough to be checked.
 */
import type { Random } from '../../../src/simulation/random.ts';
import { drawPlace, type Pace } from './pace.ts';

export interface Used {
  calls: number;
  /** Of these, how many have an outcome that nobody knows: to a checker they are open for good. */
  unknown: number;
}

export interface RotationOptions<T extends Used> {
  readonly atOnce: number;
  readonly callsEach: number;
  readonly unknownEach: number;
  /** By the number that it has, from 0 on. */
  readonly make: (number: number) => T;
}

export class Rotation<T extends Used> {
  readonly #options: RotationOptions<T>;
  readonly #current: T[];
  #made = 0;

  constructor(options: RotationOptions<T>) {
    this.#options = options;
    this.#current = Array.from({ length: options.atOnce }, () => this.#make());
  }

  /** For one more call. */
  draw(random: Random, pace: Pace): T {
    const { atOnce, callsEach, unknownEach } = this.#options;
    const place = drawPlace(random, atOnce, pace);
    let drawn = this.#current[place];
    if (drawn === undefined || drawn.calls >= callsEach || drawn.unknown >= unknownEach) {
      drawn = this.#make();
      this.#current[place] = drawn;
    }
    drawn.calls += 1;
    return drawn;
  }

  #make(): T {
    return this.#options.make(this.#made++);
  }
}
