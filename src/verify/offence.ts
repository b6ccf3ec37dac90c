/**
 * Why there is no order: the fewest calls that show it. An explanation says: after a moment, the
 * thing can only be in one of these states, and from there these calls have no order, whatever
 * else took effect. Each of them is needed: if it too might have taken effect at any time after
 * its beginning, or never, there would be an order. It is found so:
 *
 * 1. The search knows the shortest beginning of the history without an order. What is still open
 *    at its end may have taken effect or not, but if so, then with the output that it had later.
 * 2. The calls before a moment are replaced by all states that they can lead to. What is open at
 *    the moment may have taken effect before, and may after. The moment is that at which the call
 *    of step 1 began, or one after which twice as many calls begin, four times, ...: the latest of
 *    these after which there still is no order.
 * 3. Of what is left, calls are relaxed: one that only reads is left out, another may take effect
 *    or not. The more is relaxed, the more is possible; so a call that cannot be relaxed now never
 *    can, and halves are tried before single calls (Junker's QuickXplain, 2004).
 *
 * An explanation that rests on nothing that came before leaves the second step out.
 */
import type { Behaviour, Call, Defined } from './model.ts';
import { Search, type SearchLimits, type SearchResult } from './search.ts';

export interface Offence<State, Input, Output> {
  /** The call whose ending has no explanation. */
  readonly call: Call<Input, Output>;
  /**
   * The fewest calls, and the fewest from the beginning of all, where those can be found and are
   * others.
   */
  readonly explanations: readonly Explanation<State, Input, Output>[];
}

export interface Explanation<State, Input, Output> {
  /** The number of the event after which it begins; 0: at the beginning of all. */
  readonly after: number;
  /** All that can be there after it. */
  readonly states: readonly State[];
  /** In the order of their beginnings; the offence's call is among them. */
  readonly part: readonly Call<Input, Output>[];
  /** Whether all was tried; else a limit was reached, and there may be a shorter one. */
  readonly isShortest: boolean;
}

type Refutation = Extract<SearchResult<unknown>, { type: 'none' }>;

/** What is looked at in the third step. */
interface Window<State, Input, Output> {
  readonly calls: readonly Call<Input, Output>[];
  readonly after: number;
  readonly states: readonly State[];
}

/**
 * How many steps the searches of an explanation may take together. Those of its second step are
 * as hard as the search that found that there is no order, and may take as much several times.
 */
const MAX_STEPS = 500_000;
const MAX_TIMES_OF_SEARCH = 2;
/** How many steps it is like to set a search up, for each call. */
const STEPS_OF_CALL = 10;

export class OffenceFinder<State extends Defined, Input, Output> {
  readonly #behaviour: Behaviour<State, Input, Output>;
  readonly #limits: SearchLimits;
  #stepsLeft = 0;
  #wasCutShort = false;

  /** Of `limits` it takes no more than its own. */
  constructor(behaviour: Behaviour<State, Input, Output>, limits: SearchLimits) {
    this.#behaviour = behaviour;
    this.#limits = limits;
  }

  /** `blocking` and `steps`: as the search found them. */
  find(
    calls: readonly Call<Input, Output>[],
    { blocking, steps }: Refutation,
  ): Offence<State, Input, Output> {
    const call = calls[blocking];
    if (call?.returned === undefined) throw new Error('a blocking call has returned');
    const beginning = this.#upTo(calls, call.returned);
    const whole = { calls: beginning, after: 0, states: [this.#behaviour.initial] };
    this.#allow(MAX_STEPS + MAX_TIMES_OF_SEARCH * steps);
    const window = this.#cut(whole, call);
    this.#allow(MAX_STEPS);
    const shortest = this.#explain(window, call);
    if (shortest.after === 0) return { call, explanations: [shortest] };
    this.#allow(MAX_STEPS);
    const self = this.#explain(whole, call);
    if (!self.isShortest) return { call, explanations: [shortest] };
    const isAsShort = self.part.length <= shortest.part.length;
    return { call, explanations: isAsShort ? [self] : [shortest, self] };
  }

  #allow(steps: number): void {
    this.#stepsLeft = Math.min(this.#limits.maxSteps, steps);
  }

  #explain(
    window: Window<State, Input, Output>,
    call: Call<Input, Output>,
  ): Explanation<State, Input, Output> {
    this.#wasCutShort = false;
    const { after, states, calls } = window;
    const known = calls.filter((other) => other.returned !== undefined && other !== call);
    const needed = new Set([call, ...this.#needed(window, call, known)]);
    const part = calls.filter((other) => needed.has(other));
    return { after, states, part, isShortest: !this.#wasCutShort };
  }

  #upTo(calls: readonly Call<Input, Output>[], end: number): readonly Call<Input, Output>[] {
    return calls
      .filter((call) => call.invoked <= end)
      .flatMap((call) => (hasReturnedBy(call, end) ? [call] : this.#relaxed(call)));
  }

  #cut(
    whole: Window<State, Input, Output>,
    call: Call<Input, Output>,
  ): Window<State, Input, Output> {
    const { calls } = whole;
    const begins = calls
      .filter((other) => other.returned !== undefined)
      .map((other) => other.invoked);
    const least = begins.length - begins.indexOf(call.invoked);
    for (let left = least; left < begins.length; left *= 2) {
      const after = (begins.at(-left) ?? 0) - 1;
      const states = this.#endsOf(this.#upTo(calls, after));
      if (states === undefined) break;
      const window = { calls: this.#from(calls, after), after, states };
      if (this.#isImpossible(window.calls, states)) return window;
    }
    return whole;
  }

  #from(calls: readonly Call<Input, Output>[], moment: number): readonly Call<Input, Output>[] {
    return calls
      .filter((call) => !hasReturnedBy(call, moment))
      .flatMap((call) => (call.invoked > moment ? [call] : this.#relaxed(call)));
  }

  /** Those of `candidates` that are needed besides `call`: all others may be relaxed at once. */
  #needed(
    { calls, states }: Window<State, Input, Output>,
    call: Call<Input, Output>,
    candidates: readonly Call<Input, Output>[],
  ): readonly Call<Input, Output>[] {
    const isEnough = (kept: readonly Call<Input, Output>[]) => {
      const all = new Set([call, ...kept]);
      const relaxed = calls.flatMap((other) => (all.has(other) ? [other] : this.#relaxed(other)));
      return this.#isImpossible(relaxed, states);
    };
    type Calls = readonly Call<Input, Output>[];
    const explain = (background: Calls, hasGrown: boolean, among: Calls): Calls => {
      if (hasGrown && isEnough(background)) return [];
      if (this.#stepsLeft === 0) this.#wasCutShort = true;
      if (among.length <= 1 || this.#wasCutShort) return among;
      const [first, second] = [among.slice(0, among.length >> 1), among.slice(among.length >> 1)];
      const ofSecond = explain([...background, ...first], true, second);
      const ofFirst = explain([...background, ...ofSecond], ofSecond.length > 0, first);
      return [...ofFirst, ...ofSecond];
    };
    return explain([], true, candidates);
  }

  /** `undefined`: not all of them could be found. */
  #endsOf(calls: readonly Call<Input, Output>[]): readonly State[] | undefined {
    const result = this.#search(calls, [this.#behaviour.initial], true);
    return result?.type === 'found' ? result.states : undefined;
  }

  #isImpossible(calls: readonly Call<Input, Output>[], states: readonly State[]): boolean {
    return this.#search(calls, states, false)?.type === 'none';
  }

  #search(calls: readonly Call<Input, Output>[], starts: readonly State[], all: boolean) {
    if (this.#stepsLeft === 0) {
      this.#wasCutShort = true;
      return undefined;
    }
    const search = new Search(this.#behaviour, { calls, starts, all });
    this.#stepsLeft = Math.max(0, this.#stepsLeft - STEPS_OF_CALL * calls.length);
    const result = search.advance(this.#stepsLeft, this.#limits.maxMemoryBytes);
    this.#stepsLeft = Math.max(0, this.#stepsLeft - search.steps);
    if (result === undefined) this.#wasCutShort = true;
    return result;
  }

  #relaxed(call: Call<Input, Output>): readonly Call<Input, Output>[] {
    const tellsNothing = this.#behaviour.onlyReads(call.input, call.output);
    return tellsNothing ? [] : [{ ...call, returned: undefined }];
  }
}

function hasReturnedBy(call: Call<unknown, unknown>, moment: number): boolean {
  return call.returned !== undefined && call.returned <= moment;
}
