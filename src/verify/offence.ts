/**
 * Why there is no order: a part of the history, as small as could be found, that has none already,
 * and the states of which it may start in any. Each step keeps what it says true:
 *
 * 1. The search knows the shortest beginning of the history without an order. What is still open
 *    at its end may have taken effect or not, but if so, then with the output that it had later.
 * 2. At a moment when no known call is open, the calls before it are replaced by the states that
 *    they can lead to; unknown ones among them stay, as if none of them had taken effect yet.
 * 3. Calls that only read and are not needed for the contradiction are left out.
 */
import type { Call, Defined, Model } from './model.ts';
import { Search, type SearchLimits, type SearchResult } from './search.ts';

export interface Offence<State, Input, Output> {
  /** The call whose ending has no explanation. */
  readonly call: Call<Input, Output>;
  /** In the order of their beginnings; `call` is among them. */
  readonly part: readonly Call<Input, Output>[];
  /** In none of these states does `part` have an order. */
  readonly states: readonly State[];
}

/** How many searches the third step may make. */
const MAX_LEFT_OUT_SEARCHES = 500;

export class OffenceFinder<State extends Defined, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #limits: SearchLimits;
  #stepsLeft: number;

  /** `limits` are those of all its searches together, but for the memory, which is of each. */
  constructor(model: Model<State, Input, Output>, limits: SearchLimits) {
    this.#model = model;
    this.#limits = limits;
    this.#stepsLeft = limits.maxSteps;
  }

  /** `blocking`: as the search found it. */
  find(calls: readonly Call<Input, Output>[], blocking: number): Offence<State, Input, Output> {
    const call = calls[blocking];
    if (call?.returned === undefined) throw new Error('a blocking call has returned');
    const beginning = this.#upTo(calls, call.returned);
    const cut = this.#cut(beginning);
    const part = this.#leaveOut(cut.part, cut.states, call);
    return { call, part, states: cut.states };
  }

  #upTo(calls: readonly Call<Input, Output>[], end: number): readonly Call<Input, Output>[] {
    return calls
      .filter((call) => call.invoked < end)
      .map((call) => (hasReturnedBy(call, end) ? call : { ...call, returned: undefined }))
      .filter((call) => call.returned !== undefined || !this.#onlyReads(call));
  }

  /** The part after the latest quiet moment that has no order either, and where it starts. */
  #cut(calls: readonly Call<Input, Output>[]) {
    let latest = { part: calls, states: [this.#model.initial] };
    let from = latest;
    for (const moment of quietMoments(calls)) {
      const before = from.part.filter((call) => call.invoked < moment);
      const after = from.part.filter(
        (call) => call.invoked > moment || call.returned === undefined,
      );
      const ends = this.#search(before, from.states, true);
      if (ends.type !== 'found') break;
      from = { part: after, states: [...ends.states] };
      if (this.#search(after, from.states, false).type === 'none') latest = from;
    }
    return latest;
  }

  #leaveOut(
    calls: readonly Call<Input, Output>[],
    states: readonly State[],
    needed: Call<Input, Output>,
  ): readonly Call<Input, Output>[] {
    let part = calls;
    let searches = 0;
    for (let size = calls.length >> 1; size > 0; size >>= 1) {
      const candidates = part.filter((call) => call !== needed && this.#onlyReads(call));
      for (let i = 0; i < candidates.length; i += size) {
        searches += 1;
        if (searches > MAX_LEFT_OUT_SEARCHES) return part;
        const out = new Set(candidates.slice(i, i + size));
        const rest = part.filter((call) => !out.has(call));
        if (this.#search(rest, states, false).type === 'none') part = rest;
      }
    }
    return part;
  }

  #search(
    calls: readonly Call<Input, Output>[],
    states: readonly State[],
    all: boolean,
  ): SearchResult<State> {
    const limits = { ...this.#limits, maxSteps: this.#stepsLeft };
    const result = new Search(this.#model, calls, limits).run(states, all);
    this.#stepsLeft = Math.max(0, this.#stepsLeft - result.steps);
    return result;
  }

  #onlyReads(call: Call<Input, Output>): boolean {
    return this.#model.onlyReads(call.input, call.output);
  }
}

function hasReturnedBy(call: Call<unknown, unknown>, moment: number): boolean {
  return call.returned !== undefined && call.returned <= moment;
}

/** The moments, as numbers of events, right after which no known call is open: ascending. */
function quietMoments(calls: readonly Call<unknown, unknown>[]): readonly number[] {
  const moments: number[] = [];
  let open = 0;
  const changes = calls.flatMap(({ invoked, returned }) => {
    if (returned === undefined) return [];
    return [
      { at: invoked, change: 1 },
      { at: returned, change: -1 },
    ];
  });
  for (const { at, change } of changes.toSorted((a, b) => a.at - b.at)) {
    open += change;
    if (open === 0) moments.push(at);
  }
  return moments;
}
