/**
 * The beginnings and endings of the known calls that are not taken, in their order, as a list
 * from which a call is taken out and put back at once (Lowe, "Testing for linearizability",
 * 2017). The calls that may come next are those that begin before the list's first ending.
 */
import type { Call } from './model.ts';

export interface Mark {
  /** The call's place among the known calls. */
  readonly number: number;
  readonly isEnd: boolean;
  readonly at: number;
  previous: Mark | undefined;
  next: Mark | undefined;
}

export class Timeline {
  #first: Mark | undefined;
  readonly #begins: readonly Mark[];
  readonly #ends: readonly Mark[];

  constructor(known: readonly Call<unknown, unknown>[]) {
    this.#begins = known.map((call, number) => mark(number, false, call.invoked));
    this.#ends = known.map((call, number) => mark(number, true, call.returned ?? Infinity));
    let last: Mark | undefined;
    for (const next of [...this.#begins, ...this.#ends].toSorted((a, b) => a.at - b.at)) {
      next.previous = last;
      if (last === undefined) this.#first = next;
      else last.next = next;
      last = next;
    }
  }

  get first(): Mark | undefined {
    return this.#first;
  }

  take(number: number): void {
    this.#unlink(this.#begins[number]);
    this.#unlink(this.#ends[number]);
  }

  /** Undoes the last `take` that is not undone yet: in no other order. */
  putBack(number: number): void {
    this.#link(this.#ends[number]);
    this.#link(this.#begins[number]);
  }

  #unlink(mark: Mark | undefined): void {
    if (mark === undefined) return;
    if (mark.previous === undefined) this.#first = mark.next;
    else mark.previous.next = mark.next;
    if (mark.next !== undefined) mark.next.previous = mark.previous;
  }

  #link(mark: Mark | undefined): void {
    if (mark === undefined) return;
    if (mark.previous === undefined) this.#first = mark;
    else mark.previous.next = mark;
    if (mark.next !== undefined) mark.next.previous = mark;
  }
}

function mark(number: number, isEnd: boolean, at: number): Mark {
  return { number, isEnd, at, previous: undefined, next: undefined };
}
