/**
 * Looks for an order of calls that respects real time and that the model allows: the search of
 * Wing and Gong (1993), with Lowe's memory of where it has been (2017). Every known call must be
 * in the order; an unknown one may be in it, at any place after its beginning, or not.
 *
 * Six things make it quicker and change no verdict:
 * - A known call that only reads, and may come next, comes next at once, with nothing tried in its
 *   place: in any order that exists from here, it can be moved to the front. (Not so a write of
 *   the value that is there already: it may be needed later.)
 * - Of the other known calls, the one that ended first is tried first.
 * - An unknown call that would leave the state as it is, is not taken: not taking it allows more.
 * - Of unknown calls with the same input, the one that began first is taken first.
 * - Unknown calls are tried after known ones: what can be reached without them is reached first,
 *   and what needs more of them for the same is then not gone into (memo.ts).
 * - Right after an unknown call, only that is taken which leads elsewhere than without it: in an
 *   order in which it makes no difference to the next call, it can be left out.
 *
 * A search advances by as many steps as it is given, so that many can take turns.
 */
import { Memo } from './memo.ts';
import type { Behaviour, Call, Defined } from './model.ts';
import { Timeline } from './timeline.ts';

export interface SearchLimits {
  /** How often the model may be asked, or two places of the search compared. */
  readonly maxSteps: number;
  /** How much the memory of the searches may hold, roughly. */
  readonly maxMemoryBytes: number;
}

export type SearchResult<State> =
  /** `states`: in which an order ended; all of them where the search was for all. */
  | { readonly type: 'found'; readonly states: readonly State[] }
  /**
   * `blocking`: the place, among the calls, of the one whose ending closes the shortest beginning
   * of the history for which there is no order.
   */
  | { readonly type: 'none'; readonly blocking: number };

/** What is looked for. */
export interface Goal<State, Input, Output> {
  /** In the order of their beginnings. */
  readonly calls: readonly Call<Input, Output>[];
  /** From any of these. */
  readonly starts: readonly State[];
  /** Every state in which an order can end, or only whether there is an order. */
  readonly all: boolean;
}

/** Known calls are named by their place among those, unknown ones by their group. */
interface Choice {
  readonly isKnown: boolean;
  readonly number: number;
}

/** Known calls to try, then the groups of unknown ones; `next` counts through both. */
interface Place {
  readonly candidates: readonly number[];
  /** What began after it cannot come next. */
  readonly firstEnd: number;
  next: number;
}

interface Taken<State> {
  readonly choice: Choice;
  readonly stateBefore: State;
  /** Where it was taken; `undefined` where there is nothing to try in its place. */
  readonly place: Place | undefined;
}

/** What a call costs before the search begins, roughly. */
const CALL_BYTES = 600;

export class Search<State extends Defined, Input, Output> {
  readonly #behaviour: Behaviour<State, Input, Output>;
  readonly #all: boolean;
  readonly #starts: State[];
  readonly #known: readonly Call<Input, Output>[];
  /** Unknown calls that can stand for each other, in the order of their beginnings. */
  readonly #groups: readonly (readonly Call<Input, Output>[])[];
  readonly #calls: readonly Call<Input, Output>[];
  readonly #isRead: readonly boolean[];
  readonly #timeline: Timeline;
  readonly #memo: Memo;
  readonly #path: Taken<State>[] = [];
  readonly #ends = new Map<string, State>();
  #state: State;
  #place: Place = { candidates: [], firstEnd: 0, next: Infinity };
  #knownLeft: number;
  #asked = 0;
  #blocking = 0;

  constructor(
    behaviour: Behaviour<State, Input, Output>,
    { calls, starts, all }: Goal<State, Input, Output>,
  ) {
    this.#behaviour = behaviour;
    this.#calls = calls;
    this.#all = all;
    this.#starts = starts.toReversed();
    this.#state = behaviour.initial;
    this.#known = calls.filter((call) => call.returned !== undefined);
    this.#knownLeft = this.#known.length;
    this.#groups = groupsOf(calls, behaviour);
    this.#isRead = this.#known.map(({ input, output }) => behaviour.onlyReads(input, output));
    this.#timeline = new Timeline(this.#known);
    this.#memo = new Memo(this.#known, this.#groups.length);
  }

  get steps(): number {
    return this.#asked + this.#memo.comparisons;
  }

  get bytes(): number {
    return this.#memo.bytes + CALL_BYTES * this.#calls.length;
  }

  /** Goes on until it has a result, or has come to either bound. */
  advance(maxSteps: number, maxBytes: number): SearchResult<State> | undefined {
    while (this.steps < maxSteps && this.bytes < maxBytes) {
      const { candidates, next } = this.#place;
      if (next < candidates.length + this.#groups.length) {
        if (this.#tryNext()) this.#arrive();
      } else if (!this.#retreat() && !this.#start()) {
        return this.#result();
      }
      if (this.#ends.size > 0 && !this.#all) return this.#result();
    }
    return undefined;
  }

  #result(): SearchResult<State> {
    const states = [...this.#ends.values()];
    if (states.length > 0) return { type: 'found', states };
    const blocking = this.#calls.findIndex((call) => call.returned === this.#blocking);
    return { type: 'none', blocking };
  }

  #start(): boolean {
    const start = this.#starts.pop();
    if (start === undefined) return false;
    this.#state = start;
    this.#arrive();
    return true;
  }

  /** At a new place: takes what is forced, then stands before the first thing to try, if any. */
  #arrive(): void {
    const candidates: number[] = [];
    let mark = this.#timeline.first;
    while (mark !== undefined && !mark.isEnd) {
      const { number } = mark;
      let { next } = mark;
      if (this.#isRead[number] !== true) candidates.push(number);
      else if (this.#step(this.#known[number], this.#state) !== undefined) {
        this.#take({ isKnown: true, number }, this.#state, undefined);
        if (next?.isEnd === true && next.number === number) next = next.next;
      }
      mark = next;
    }
    const firstEnd = mark?.at ?? Infinity;
    if (mark !== undefined) this.#blocking = Math.max(this.#blocking, mark.at);
    const name = this.#behaviour.nameState(this.#state);
    if (this.#knownLeft === 0) this.#ends.set(name, this.#state);
    const isNew = this.#memo.isNew(name);
    candidates.sort((a, b) => this.#endOf(a) - this.#endOf(b));
    this.#place = { candidates, firstEnd, next: isNew ? 0 : Infinity };
  }

  /** Whether it could be taken. */
  #tryNext(): boolean {
    const { candidates, next } = this.#place;
    const number = candidates[next];
    const choice = { isKnown: number !== undefined, number: number ?? next - candidates.length };
    this.#place.next += 1;
    const call = this.#callOf(choice);
    const after = call === undefined ? undefined : this.#step(call, this.#state);
    if (after === undefined || !this.#isUseful(choice, after)) return false;
    this.#take(choice, after, this.#place);
    return true;
  }

  /** Of a group: the first call that is not taken, where it began before the first ending. */
  #callOf({ isKnown, number }: Choice): Call<Input, Output> | undefined {
    if (isKnown) return this.#known[number];
    const call = this.#groups[number]?.[this.#memo.takenOf(number)];
    return call !== undefined && call.invoked < this.#place.firstEnd ? call : undefined;
  }

  #isUseful(choice: Choice, after: State): boolean {
    if (!choice.isKnown && this.#isSame(after, this.#state)) return false;
    const last = this.#path.at(-1);
    if (last === undefined || last.choice.isKnown) return true;
    const without = this.#step(this.#callOf(choice), last.stateBefore);
    return without === undefined || !this.#isSame(without, after);
  }

  #step(call: Call<Input, Output> | undefined, state: State): State | undefined {
    if (call === undefined) return undefined;
    this.#asked += 1;
    return this.#behaviour.step(state, call.input, call.output);
  }

  #isSame(a: State, b: State): boolean {
    return a === b || this.#behaviour.nameState(a) === this.#behaviour.nameState(b);
  }

  #endOf(number: number): number {
    return this.#known[number]?.returned ?? Infinity;
  }

  #take(choice: Choice, after: State, place: Place | undefined): void {
    const { isKnown, number } = choice;
    this.#path.push({ choice, stateBefore: this.#state, place });
    this.#state = after;
    if (isKnown) {
      this.#timeline.take(number);
      this.#memo.takeKnown(number);
      this.#knownLeft -= 1;
    } else this.#memo.takeUnknown(number);
  }

  /** Back to the last place where something is left to try; false where there is none. */
  #retreat(): boolean {
    for (;;) {
      const last = this.#path.pop();
      if (last === undefined) return false;
      const { isKnown, number } = last.choice;
      if (isKnown) {
        this.#timeline.putBack(number);
        this.#memo.putBackKnown(number);
        this.#knownLeft += 1;
      } else this.#memo.putBackUnknown(number);
      this.#state = last.stateBefore;
      if (last.place === undefined) continue;
      this.#place = last.place;
      return true;
    }
  }
}

function groupsOf<State extends Defined, Input, Output>(
  calls: readonly Call<Input, Output>[],
  behaviour: Behaviour<State, Input, Output>,
): readonly (readonly Call<Input, Output>[])[] {
  const groups = new Map<string, Call<Input, Output>[]>();
  for (const [index, call] of calls.entries()) {
    if (call.returned !== undefined) continue;
    const { input, output } = call;
    const name = output === undefined ? `= ${behaviour.nameInput(input)}` : `only ${index}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [call]);
    else group.push(call);
  }
  return [...groups.values()];
}
