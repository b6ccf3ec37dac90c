/**
 * Everything random in a simulated world comes from one seed, through streams with names: what is
 * drawn from one stream disturbs no other. So a choice that is left out disturbs little.
 */

/** One stream, in the order in which it is drawn from. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** From 0 up to, not including, 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from `low` to `high`, both inclusive. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** The same items in any order. */
  shuffle<T>(items: readonly T[]): T[] {
    const ranked = items.map((item) => ({ item, rank: this.next() }));
    return ranked.toSorted((a, b) => a.rank - b.rank).map(({ item }) => item);
  }

  /** A whole number below 2^`bits`. */
  integer(bits: number): number {
    return Math.floor((this.next() + this.next() / 4294967296) * 2 ** bits);
  }
}

export class RandomStreams {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The stream of this name, from its beginning. */
  of(name: string): Random {
    let hash = Math.imul(this.#seed ^ 0x811c9dc5, 0x9e3779b1);
    for (let at = 0; at < name.length; at += 1) {
      hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
      hash ^= hash >>> 15;
    }
    return new Random(Math.imul(hash ^ (hash >>> 13), 0x85ebca6b));
  }
}
