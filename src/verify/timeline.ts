/**
 * The beginnings and endings of calls, in their order, as a list from which a call is taken out
 * and put back at once (Lowe, "Testing for linearizability", 2017). The calls that may come next
 * are those that begin before the list's first ending.
 */
import type { Call } from './model.ts';

export interface Mark {
  /** The call's place among the calls. */
  readonly call: number;
  readonly isEnd: boolean;
  readonly at: number;
  previous: Mark | undefined;
  next: Mark | undefined;
}

export class Timeline {
  #first: Mark | undefined;
  readonly #ends: readonly (Mark | undefined)[];

  constructor(calls: readonly Call<unknown, unknown>[]) {
    const begins = calls.map((call, index) => mark(index, false, call.invoked));
    this.#ends = calls.map((call, index) =>
      call.returned === undefined ? undefined : mark(index, true, call.returned),
    );
    const ends = this.#ends.filter((end) => end !== undefined);
    let last: Mark | undefined;
    for (const next of [...begins, ...ends].toSorted((a, b) => a.at - b.at)) {
      next.previous = last;
      if (last === undefined) this.#first = next;
      else last.next = next;
      last = next;
    }
  }

  get first(): Mark | undefined {
    return this.#first;
  }

  /** Takes out a call, by its beginning. */
  take(begin: Mark): void {
    this.#unlink(begin);
    const end = this.#ends[begin.call];
    if (end !== undefined) this.#unlink(end);
  }

  /** Undoes the last `take` that is not undone yet: in no other order. */
  putBack(begin: Mark): void {
    const end = this.#ends[begin.call];
    if (end !== undefined) this.#link(end);
    this.#link(begin);
  }

  #unlink(mark: Mark): void {
    if (mark.previous === undefined) this.#first = mark.next;
    else mark.previous.next = mark.next;
    if (mark.next !== undefined) mark.next.previous = mark.previous;
  }

  #link(mark: Mark): void {
    if (mark.previous === undefined) this.#first = mark;
    else mark.previous.next = mark;
    if (mark.next !== undefined) mark.next.previous = mark;
  }
}

function mark(call: number, isEnd: boolean, at: number): Mark {
  return { call, isEnd, at, previous: undefined, next: undefined };
}
