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
const ENTRY_BYTES = 64;
const COUNT_BYTES = 8;
const BITS_PER_CHAR = 15;

/** Of each group of unknown calls, how many are taken. */
type Counts = readonly number[];

export class Memo {
  /** For known calls and a state: the counts with which the search was there, none above another. */
  readonly #seen = new Map<string, Counts[]>();
  readonly #states = new Map<string, number>();
  /** Of each call: its number among the known ones, or the number of its group of unknown ones. */
  readonly #numbers: readonly number[];
  readonly #isKnown: readonly boolean[];
  readonly #taken: boolean[] = [];
  readonly #takenOfGroup: number[] = [];
  /** Of each known call: how many known calls begin before it ends. */
  readonly #reach: number[] = [];
  #frontier = 0;
  bytes = 0;
  comparisons = 0;

  /** `groupNames`: of the unknown calls, those with the same name can stand for each other. */
  constructor(calls: readonly Call<unknown, unknown>[], groupNames: readonly string[]) {
    const groups = new Map<string, number>();
    const begins = calls.filter((call) => call.returned !== undefined).map((call) => call.invoked);
    this.#isKnown = calls.map((call) => call.returned !== undefined);
    this.#numbers = calls.map((call, index) => {
      if (call.returned !== undefined) {
        this.#reach.push(countBelow(begins, call.returned));
        return this.#taken.push(false) - 1;
      }
      const name = groupNames[index] ?? '';
      const group = groups.get(name) ?? this.#takenOfGroup.push(0) - 1;
      groups.set(name, group);
      return group;
    });
  }

  take(call: number): void {
    const number = this.#numbers[call] ?? 0;
    if (this.#isKnown[call] === true) {
      this.#taken[number] = true;
      while (this.#taken[this.#frontier] === true) this.#frontier += 1;
    } else {
      this.#takenOfGroup[number] = (this.#takenOfGroup[number] ?? 0) + 1;
    }
  }

  putBack(call: number): void {
    const number = this.#numbers[call] ?? 0;
    if (this.#isKnown[call] === true) {
      this.#taken[number] = false;
      this.#frontier = Math.min(this.#frontier, number);
    } else {
      this.#takenOfGroup[number] = (this.#takenOfGroup[number] ?? 0) - 1;
    }
  }

  /** Whether there is anything to learn here, with what is taken now, in this state. */
  isNew(stateName: string): boolean {
    const key = `${this.#numberOf(stateName)} ${this.#frontier} ${this.#bits()}`;
    const counts = [...this.#takenOfGroup];
    const before = this.#seen.get(key);
    const listBytes = ENTRY_BYTES + COUNT_BYTES * counts.length;
    if (before === undefined) {
      this.bytes += ENTRY_BYTES + 2 * key.length + listBytes;
      this.#seen.set(key, [counts]);
      return true;
    }
    this.comparisons += before.length;
    if (before.some((other) => isNowhereAbove(other, counts))) return false;
    const kept = before.filter((other) => !isNowhereAbove(counts, other));
    this.bytes += listBytes * (kept.length + 1 - before.length);
    kept.push(counts);
    this.#seen.set(key, kept);
    return true;
  }

  #numberOf(stateName: string): number {
    const known = this.#states.get(stateName);
    if (known !== undefined) return known;
    this.bytes += ENTRY_BYTES + 2 * stateName.length;
    this.#states.set(stateName, this.#states.size);
    return this.#states.size - 1;
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

function isNowhereAbove(a: Counts, b: Counts): boolean {
  return a.every((count, group) => count <= (b[group] ?? 0));
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
