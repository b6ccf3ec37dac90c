/**
 * Where a search has been. A configuration is the set of calls that were taken and the state that
 * they led to (Lowe 2017): to come to one a second time, by another order, is to learn nothing.
 * Nor is anything learnt where unknown calls were taken besides: without them, all that is
 * possible now was possible before, and they too.
 *
 * Known calls are numbered in the order of their beginnings. All below the frontier are taken; of
 * those above it, only calls that begin before the frontier's call ends can be. So their set is
 * written as its frontier and a few bits. Unknown calls of the same input are taken in their
 * order, so that of these a number is enough.
 */
import type { Call } from './model.ts';

/** Nearly what one more text or list costs, besides what is in it. */
const ENTRY_BYTES = 120;
const LIST_BYTES = 200;
const COUNT_BYTES = 8;
const CHAR_BYTES = 2;
const BITS_PER_CHAR = 15;

/** Of each group of unknown calls of which any are taken: its number and how many, ascending. */
type Counts = Uint32Array;

export class Memo {
  /** For known calls and a state: the counts with which the search was there, none above another. */
  readonly #seen = new Map<string, Counts[]>();
  readonly #states = new Map<string, number>();
  /** Of each known call, by its number: whether it is taken. */
  readonly #taken: boolean[];
  /** Of each known call: how many known calls begin before it ends. */
  readonly #reach: readonly number[];
  readonly #takenOfGroup: Uint32Array;
  #groupsTaken = 0;
  #frontier = 0;
  bytes = 0;
  comparisons = 0;

  /** `known` in the order of their beginnings. */
  constructor(known: readonly Call<unknown, unknown>[], groups: number) {
    const begins = known.map((call) => call.invoked);
    this.#taken = known.map(() => false);
    this.#reach = known.map((call) => countBelow(begins, call.returned ?? Infinity));
    this.#takenOfGroup = new Uint32Array(groups);
  }

  takeKnown(number: number): void {
    this.#taken[number] = true;
    while (this.#taken[this.#frontier] === true) this.#frontier += 1;
  }

  putBackKnown(number: number): void {
    this.#taken[number] = false;
    this.#frontier = Math.min(this.#frontier, number);
  }

  takenOf(group: number): number {
    return this.#takenOfGroup[group] ?? 0;
  }

  takeUnknown(group: number): void {
    const taken = this.takenOf(group);
    if (taken === 0) this.#groupsTaken += 1;
    this.#takenOfGroup[group] = taken + 1;
  }

  putBackUnknown(group: number): void {
    const taken = this.takenOf(group);
    if (taken === 1) this.#groupsTaken -= 1;
    this.#takenOfGroup[group] = taken - 1;
  }

  /** Whether there is anything to learn here, with what is taken now, in this state. */
  isNew(stateName: string): boolean {
    const key = `${this.#numberOf(stateName)} ${this.#frontier} ${this.#bits()}`;
    const counts = this.#counts();
    const before = this.#seen.get(key);
    if (before === undefined) {
      this.bytes += ENTRY_BYTES + CHAR_BYTES * key.length + listBytes(counts);
      this.#seen.set(key, [counts]);
      return true;
    }
    this.comparisons += before.length;
    if (before.some((other) => isNowhereAbove(other, counts))) return false;
    const kept = before.filter((other) => !isNowhereAbove(counts, other));
    for (const other of before) this.bytes -= listBytes(other);
    kept.push(counts);
    for (const other of kept) this.bytes += listBytes(other);
    this.#seen.set(key, kept);
    return true;
  }

  #numberOf(stateName: string): number {
    const known = this.#states.get(stateName);
    if (known !== undefined) return known;
    this.bytes += ENTRY_BYTES + CHAR_BYTES * stateName.length;
    this.#states.set(stateName, this.#states.size);
    return this.#states.size - 1;
  }

  #counts(): Counts {
    const counts = new Uint32Array(2 * this.#groupsTaken);
    let at = 0;
    for (let group = 0; at < counts.length; group += 1) {
      const taken = this.takenOf(group);
      if (taken === 0) continue;
      counts[at] = group;
      counts[at + 1] = taken;
      at += 2;
    }
    return counts;
  }

  #bits(): string {
    const end = this.#reach[this.#frontier] ?? 0;
    let text = '';
    for (let from = this.#frontier + 1; from < end; from += BITS_PER_CHAR) {
      let bits = 0;
      for (let i = from; i < Math.min(end, from + BITS_PER_CHAR); i += 1) {
        bits = bits * 2 + (this.#taken[i] === true ? 1 : 0);
      }
      text += String.fromCharCode(bits);
    }
    return text;
  }
}

function listBytes(counts: Counts): number {
  return LIST_BYTES + (COUNT_BYTES / 2) * counts.length;
}

/** Whether of no group more are taken in `a` than in `b`. */
function isNowhereAbove(a: Counts, b: Counts): boolean {
  if (a.length > b.length) return false;
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    const group = a[i] ?? 0;
    while (j < b.length && (b[j] ?? 0) < group) j += 2;
    if (b[j] !== group || (a[i + 1] ?? 0) > (b[j + 1] ?? 0)) return false;
  }
  return true;
}

/** How many of the ascending numbers are below the bound. */
function countBelow(ascending: readonly number[], bound: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? bound) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
