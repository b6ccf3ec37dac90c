/**
 * The states that were seen: of each its fingerprint, and how it was first reached. They are
 * numbered from 0 in the order in which they were found. 20 bytes for each, and its share of an
 * open-addressing table of numbers.
 */
import type { Fingerprint } from './encoding.ts';

const PAGE_STATES = 2 ** 18;
/** Of each state: three words of fingerprint, the state before it, the action's place. */
const WORDS = 5;
const FIRST_TABLE = 2 ** 12;
/** The table is at most so full. */
const MAX_LOAD = 0.6;
export const NO_PARENT = 0xffff_ffff;

export class StateSet {
  readonly #pages: Uint32Array[] = [];
  /** Numbers of states, one too high: 0 is a free place. */
  #table = new Uint32Array(FIRST_TABLE);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get memoryBytes(): number {
    return this.#pages.length * PAGE_STATES * WORDS * 4 + this.#table.byteLength;
  }

  /** What `memoryBytes` may rise to with one more state, while the table is being copied. */
  get nextMemoryBytes(): number {
    const page = this.#size % PAGE_STATES === 0 ? PAGE_STATES * WORDS * 4 : 0;
    return this.memoryBytes + page + (this.#isFull() ? 2 * this.#table.byteLength : 0);
  }

  /** The number of the new state, or `undefined` where it was seen before. */
  add(seen: Fingerprint, parent: number, place: number): number | undefined {
    if (this.#isFull()) this.#growTable();
    const at = this.#find(seen);
    if (this.#table[at] !== 0) return undefined;
    const state = this.#size;
    this.#size += 1;
    this.#table[at] = state + 1;
    if (state % PAGE_STATES === 0) this.#pages.push(new Uint32Array(PAGE_STATES * WORDS));
    const page = this.#pageOf(state);
    const word = (state % PAGE_STATES) * WORDS;
    page[word] = seen.a;
    page[word + 1] = seen.b;
    page[word + 2] = seen.c;
    page[word + 3] = parent;
    page[word + 4] = place;
    return state;
  }

  /** From an initial state to this one: the place of each among the actions of the one before. */
  pathTo(state: number): readonly number[] {
    const places: number[] = [];
    for (let at = state; at !== NO_PARENT;) {
      const page = this.#pageOf(at);
      const word = (at % PAGE_STATES) * WORDS;
      places.push(page[word + 4] ?? 0);
      at = page[word + 3] ?? NO_PARENT;
    }
    return places.toReversed();
  }

  #isFull(): boolean {
    return this.#size >= MAX_LOAD * this.#table.length;
  }

  /** Where it stands in the table, or the free place where it would. */
  #find({ a, b, c }: Fingerprint): number {
    const mask = this.#table.length - 1;
    for (let at = a & mask; ; at = (at + 1) & mask) {
      const found = this.#table[at] ?? 0;
      if (found === 0) return at;
      const page = this.#pageOf(found - 1);
      const word = ((found - 1) % PAGE_STATES) * WORDS;
      if (page[word] === a && page[word + 1] === b && page[word + 2] === c) return at;
    }
  }

  #growTable(): void {
    const table = new Uint32Array(2 * this.#table.length);
    const mask = table.length - 1;
    for (let state = 0; state < this.#size; state += 1) {
      let at = (this.#pageOf(state)[(state % PAGE_STATES) * WORDS] ?? 0) & mask;
      while (table[at] !== 0) at = (at + 1) & mask;
      table[at] = state + 1;
    }
    this.#table = table;
  }

  #pageOf(state: number): Uint32Array {
    const page = this.#pages[Math.floor(state / PAGE_STATES)];
    if (page === undefined) throw new Error(`there is no state ${state}`);
    return page;
  }
}
