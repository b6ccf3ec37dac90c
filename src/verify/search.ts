/**
 * Looks for an order of calls that respects real time and that the model allows: the search of
 * Wing and Gong (1993), with Lowe's memory of where it has been (2017). Every known call must be
 * in the order; an unknown one may be in it, at any place after its beginning, or not.
 *
 * Four things make it quicker and change no verdict:
 * - A known call that only reads, and may come next, comes next at once, with nothing tried in its
 *   place: in any order that exists from here, it can be moved to the front. (Not so a write of
 *   the value that is there already: it may be needed later.)
 * - An unknown call that would leave the state as it is, is not taken: not taking it allows more.
 * - Of unknown calls with the same input, the one that began first is taken first.
 * - Unknown calls are tried after known ones: what can be reached without them is reached first,
 *   and what needs more of them for the same is then not gone into (memo.ts).
 */
import { Memo } from './memo.ts';
import type { Call, Defined, Model } from './model.ts';
import { Timeline, type Mark } from './timeline.ts';

export interface SearchLimits {
  /** How often the model may be asked, or two places of the search compared. */
  readonly maxSteps: number;
  /** How much the memory of one search may hold, roughly. */
  readonly maxMemoryBytes: number;
}

export type SearchResult<State> =
  | { readonly type: 'found'; readonly states: readonly State[]; readonly steps: number }
  | { readonly type: 'none'; readonly blocking: number; readonly steps: number }
  | { readonly type: 'undecided'; readonly limit: keyof SearchLimits; readonly steps: number };

interface Taken<State> {
  readonly begin: Mark;
  readonly stateBefore: State;
  /** There is nothing to try in its place. */
  readonly forced: boolean;
}

export class Search<State extends Defined, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #calls: readonly Call<Input, Output>[];
  readonly #limits: SearchLimits;
  readonly #timeline: Timeline;
  readonly #memo: Memo;
  /** Of each unknown call: the one before it with the same input. */
  readonly #twins: readonly (number | undefined)[];
  /** Of each call: whether it is known, and only reads. */
  readonly #isRead: readonly boolean[];
  readonly #isTaken: boolean[];
  readonly #path: Taken<State>[] = [];
  readonly #ends = new Map<string, State>();
  #state: State;
  /** What is looked at: known calls in a first turn, unknown ones in a second. */
  #mark: Mark | undefined;
  #unknownsTurn = false;
  #knownLeft: number;
  #steps = 0;
  #blocking: Mark | undefined;

  /** `calls` in the order of their beginnings. */
  constructor(
    model: Model<State, Input, Output>,
    calls: readonly Call<Input, Output>[],
    limits: SearchLimits,
  ) {
    const names = calls.map((call, index) => groupOf(call, index, model));
    this.#model = model;
    this.#calls = calls;
    this.#limits = limits;
    this.#timeline = new Timeline(calls);
    this.#memo = new Memo(calls, names);
    this.#twins = twinsOf(names);
    this.#isRead = calls.map(
      ({ input, output, returned }) => returned !== undefined && model.onlyReads(input, output),
    );
    this.#isTaken = calls.map(() => false);
    this.#state = model.initial;
    this.#knownLeft = calls.filter((call) => call.returned !== undefined).length;
  }

  /**
   * From any of the states. With `all` it goes on until it has every state in which an order can
   * end. `blocking`: the call whose ending closes the shortest beginning of the history for which
   * there is no order. A search runs once.
   */
  run(starts: readonly State[], all: boolean): SearchResult<State> {
    for (const start of starts) {
      this.#state = start;
      const limit = this.#explore(all);
      if (limit !== undefined) return { type: 'undecided', limit, steps: this.#steps };
      if (this.#ends.size > 0 && !all) break;
    }
    const states = [...this.#ends.values()];
    if (states.length > 0) return { type: 'found', states, steps: this.#steps };
    return { type: 'none', blocking: this.#blocking?.call ?? 0, steps: this.#steps };
  }

  #explore(all: boolean): keyof SearchLimits | undefined {
    this.#arrive();
    for (;;) {
      if (this.#knownLeft === 0 && !all) return undefined;
      const limit = this.#limitReached();
      if (limit !== undefined) return limit;
      const mark = this.#mark;
      if (mark !== undefined && !mark.isEnd) {
        const isTurn = this.#isUnknown(mark) === this.#unknownsTurn;
        if (isTurn && this.#tryCall(mark)) this.#arrive();
        else this.#mark = mark.next;
      } else if (!this.#unknownsTurn) {
        if (mark !== undefined) this.#noteBlocking(mark);
        this.#unknownsTurn = true;
        this.#mark = this.#timeline.first;
      } else if (!this.#retreat()) return undefined;
    }
  }

  /** At a new place: takes what is forced, then stands before the first thing to try, if any. */
  #arrive(): void {
    let mark = this.#timeline.first;
    while (mark !== undefined && !mark.isEnd) {
      const isForced = this.#isRead[mark.call] === true && this.#stepOf(mark) !== undefined;
      if (isForced) this.#take(mark, this.#state, true);
      mark = isForced ? this.#timeline.first : mark.next;
    }
    const name = this.#model.nameState(this.#state);
    if (this.#knownLeft === 0) this.#ends.set(name, this.#state);
    const isNew = this.#memo.isNew(name);
    this.#mark = isNew ? this.#timeline.first : undefined;
    this.#unknownsTurn = !isNew;
  }

  #tryCall(mark: Mark): boolean {
    const twin = this.#twins[mark.call];
    if (twin !== undefined && this.#isTaken[twin] !== true) return false;
    const after = this.#stepOf(mark);
    if (after === undefined || (this.#isUnknown(mark) && this.#isState(after))) return false;
    this.#take(mark, after, false);
    return true;
  }

  #stepOf(mark: Mark): State | undefined {
    const call = this.#calls[mark.call];
    if (call === undefined) return undefined;
    this.#steps += 1;
    return this.#model.step(this.#state, call.input, call.output);
  }

  #isUnknown(mark: Mark): boolean {
    return this.#calls[mark.call]?.returned === undefined;
  }

  #isState(state: State): boolean {
    return this.#model.nameState(state) === this.#model.nameState(this.#state);
  }

  #take(begin: Mark, after: State, forced: boolean): void {
    this.#path.push({ begin, stateBefore: this.#state, forced });
    this.#timeline.take(begin);
    this.#memo.take(begin.call);
    this.#isTaken[begin.call] = true;
    this.#state = after;
    if (!this.#isUnknown(begin)) this.#knownLeft -= 1;
  }

  /** Back to the last choice, and on to what comes after it; false where there was none. */
  #retreat(): boolean {
    for (;;) {
      const last = this.#path.pop();
      if (last === undefined) return false;
      const { begin } = last;
      this.#timeline.putBack(begin);
      this.#memo.putBack(begin.call);
      this.#isTaken[begin.call] = false;
      this.#state = last.stateBefore;
      if (!this.#isUnknown(begin)) this.#knownLeft += 1;
      this.#mark = begin.next;
      this.#unknownsTurn = this.#isUnknown(begin);
      if (!last.forced) return true;
    }
  }

  #noteBlocking(end: Mark): void {
    if (this.#blocking === undefined || end.at > this.#blocking.at) this.#blocking = end;
  }

  #limitReached(): keyof SearchLimits | undefined {
    if (this.#steps + this.#memo.comparisons > this.#limits.maxSteps) return 'maxSteps';
    return this.#memo.bytes > this.#limits.maxMemoryBytes ? 'maxMemoryBytes' : undefined;
  }
}

/** A name for unknown calls that can stand for each other; empty for a known call. */
function groupOf<State extends Defined, Input, Output>(
  call: Call<Input, Output>,
  index: number,
  model: Model<State, Input, Output>,
): string {
  if (call.returned !== undefined) return '';
  return call.output === undefined ? `= ${model.nameInput(call.input)}` : `only ${index}`;
}

function twinsOf(names: readonly string[]): readonly (number | undefined)[] {
  const last = new Map<string, number>();
  return names.map((name, index) => {
    const twin = name === '' ? undefined : last.get(name);
    last.set(name, index);
    return twin;
  });
}
