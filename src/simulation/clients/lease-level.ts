/** Which of a client's reads are by a lease; drawn apart from all else that it wishes. */
import type { Random } from '../random.ts';

export class LeaseLevel {
  readonly #random: Random;
  readonly #share: number;

  constructor(random: Random, share: number) {
    this.#random = random;
    this.#share = share;
  }

  /** Of the next read. */
  level(): 'linearizable' | 'lease' {
    return this.#share > 0 && this.#random.chance(this.#share) ? 'lease' : 'linearizable';
  }
}
