/**
 * Looks for an order of calls that respects real time and that the model allows: the search of
 * Wing and Gong (1993), with Lowe's memory of where it has been (2017). Every known call must be
 * in the order; an unknown one may be in it, at any place after its beginning, or not.
 *
 * These make it quicker and change no verdict:
 * - A known call that only reads, and may come next, comes next at once, with nothing tried in its
 *   place: in any order that exists from here, it can be moved to the front. (Not so a write of
 *   the value that is there already: it may be needed later.)
 * - An unknown call that would leave the state as it is, is not taken: not taking it allows more.
 * - Of unknown calls with the same input, the one that began first is taken first.
 * - Right after an unknown call, only that is taken which leads elsewhere than without it: in an
 *   order in which it makes no difference to the next call, it can be left out. So unknown calls
 *   that lead to nothing that is wanted next are not tried (routes.ts).
 * - While there is anything to read, no unknown call is taken after which nothing can be read.
 * - Unknown calls are put off until nothing is left to try without them: what can be reached
 *   without them is reached first, and what needs more of them for the same is then not gone into
 *   (memo.ts). Then they are tried where the search came furthest, with the fewest of them
 *   (agenda.ts).
 *
 * A search advances by as many steps as it is given, so that many can take turns.
 */
import { Agenda } from './agenda.ts';
import type { Behaviour, Call, Defined } from './model.ts';
import { routesOf, type Routes } from './routes.ts';
import { Walk, type Choice, type Place, type Step } from './walk.ts';

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
   * of the history for which there is no order. `steps`: how many it took to know.
   */
  | { readonly type: 'none'; readonly blocking: number; readonly steps: number };

/** What is looked for. */
export interface Goal<State, Input, Output> {
  /** In the order of their beginnings. */
  readonly calls: readonly Call<Input, Output>[];
  /** From any of these. */
  readonly starts: readonly State[];
  /** Every state in which an order can end, or only whether there is an order. */
  readonly all: boolean;
}

type PutOff<State> =
  /** Groups of unknown calls to try at the place where a step led, from `next` on. */
  | {
      readonly type: 'unknown';
      readonly step: Step<State>;
      readonly place: Place;
      readonly groups: readonly number[];
      readonly next: number;
      readonly promise: number;
    }
  /** Known calls to try between two steps. */
  | { readonly type: 'known'; readonly step: Step<State>; readonly base: Step<State> };

/** How many places without progress are enough for one time. */
const MAX_VAIN_PLACES = 100;

/** What a call costs before the search begins, and what is put off, roughly. */
const CALL_BYTES = 600;
const PUT_OFF_BYTES = 200;

export class Search<State extends Defined, Input, Output> {
  readonly #behaviour: Behaviour<State, Input, Output>;
  readonly #all: boolean;
  readonly #starts: State[];
  readonly #known: readonly Call<Input, Output>[];
  /** Unknown calls that can stand for each other, in the order of their beginnings. */
  readonly #groups: readonly (readonly Call<Input, Output>[])[];
  readonly #calls: readonly Call<Input, Output>[];
  readonly #isRead: readonly boolean[];
  readonly #routes: Routes;
  readonly #walk: Walk<State>;
  readonly #agenda = new Agenda<PutOff<State>>();
  readonly #ends = new Map<string, State>();
  /** How far back the search goes for now. */
  #base: Step<State>;
  #asked = 0;
  #blocking = 0;
  /** Of those seen since it stands on this base: the furthest first ending. */
  #furthest = 0;
  #vainPlaces = 0;

  constructor(
    behaviour: Behaviour<State, Input, Output>,
    { calls, starts, all }: Goal<State, Input, Output>,
  ) {
    this.#behaviour = behaviour;
    this.#calls = calls;
    this.#all = all;
    this.#starts = starts.toReversed();
    this.#known = calls.filter((call) => call.returned !== undefined);
    this.#groups = groupsOf(calls, behaviour);
    this.#isRead = this.#known.map(({ input, output }) => behaviour.onlyReads(input, output));
    this.#routes = routesOf(behaviour, this.#known, this.#groups);
    this.#walk = new Walk(this.#known, {
      isRead: this.#isRead,
      groups: this.#groups.length,
      start: behaviour.initial,
    });
    this.#base = this.#walk.tip;
  }

  get steps(): number {
    return this.#asked + this.#walk.memo.comparisons;
  }

  get bytes(): number {
    const putOff = PUT_OFF_BYTES * this.#agenda.size;
    return this.#walk.memo.bytes + putOff + CALL_BYTES * this.#calls.length;
  }

  /** Goes on until it has a result, or has come to either bound. */
  advance(maxSteps: number, maxBytes: number): SearchResult<State> | undefined {
    while (this.steps < maxSteps && this.bytes < maxBytes) {
      const { tip } = this.#walk;
      const { place } = tip;
      if (place !== undefined && place.next < place.candidates.length) this.#tryKnown(place);
      else if (tip !== this.#base) this.#leave(tip);
      else if (!this.#leaveBase(tip)) return this.#result();
      if (this.#ends.size > 0 && !this.#all) return this.#result();
      if (this.#vainPlaces > MAX_VAIN_PLACES && this.#agenda.size > 0) this.#interrupt();
    }
    return undefined;
  }

  #result(): SearchResult<State> {
    const states = [...this.#ends.values()];
    if (states.length > 0) return { type: 'found', states };
    const blocking = this.#calls.findIndex((call) => call.returned === this.#blocking);
    return { type: 'none', blocking, steps: this.steps };
  }

  /** Nothing known is left to try after this step. */
  #leave(tip: Step<State>): void {
    this.#putOffUnknown(tip);
    this.#walk.back();
  }

  /** Whether there is anything else: what was put off, or another start. */
  #leaveBase(tip: Step<State>): boolean {
    this.#putOffUnknown(tip);
    if (this.#takeUp()) return true;
    const start = this.#starts.pop();
    if (start === undefined) return false;
    this.#walk.startFrom(start);
    this.#setBase(this.#walk.tip);
    this.#arrive();
    return true;
  }

  /** Puts off what is left to try here, where something else is more promising. */
  #interrupt(): void {
    const { tip } = this.#walk;
    this.#agenda.put({ type: 'known', step: tip, base: this.#base }, 0);
    this.#takeUp();
  }

  #takeUp(): boolean {
    const next = this.#agenda.take();
    if (next === undefined) return false;
    this.#walk.goTo(next.step);
    this.#setBase(next.type === 'known' ? next.base : next.step);
    if (next.type === 'unknown') this.#tryUnknown(next);
    return true;
  }

  #setBase(base: Step<State>): void {
    this.#base = base;
    this.#furthest = 0;
    this.#vainPlaces = 0;
  }

  #putOffUnknown(step: Step<State>): void {
    const { place } = step;
    if (place === undefined) return;
    step.place = undefined;
    const groups = this.#groupsToTry(place, step.state);
    if (groups.length > 0) {
      const promise = place.firstEnd - this.#walk.unknownTaken / (this.#calls.length + 1);
      this.#agenda.put({ type: 'unknown', step, place, groups, next: 0, promise }, promise);
    }
  }

  /** In a search for all ends, all that is unknown may be taken in the end. */
  #groupsToTry(place: Place, state: State): readonly number[] {
    const isAvailable = (group: number) => this.#unknown(group, place) !== undefined;
    if (this.#walk.knownLeft === 0) {
      return this.#groups.map((_, group) => group).filter(isAvailable);
    }
    const { candidates, refuted } = place;
    const name = this.#behaviour.nameState(state);
    const groups = this.#routes.worthTrying(name, [...candidates, ...refuted], isAvailable);
    this.#asked += groups.length;
    return groups;
  }

  /** At a new place: takes what only reads, then stands before the first thing to try, if any. */
  #arrive(): void {
    const { state } = this.#walk.tip;
    const [candidates, refuted]: [number[], number[]] = [[], []];
    let mark = this.#walk.firstMark;
    while (mark !== undefined && !mark.isEnd) {
      const { number } = mark;
      let { next } = mark;
      if (this.#isRead[number] !== true) candidates.push(number);
      else if (this.#step(this.#known[number], state) === undefined) refuted.push(number);
      else {
        this.#walk.take({ isKnown: true, number }, state);
        if (next?.isEnd === true && next.number === number) next = next.next;
      }
      mark = next;
    }
    const firstEnd = mark?.at ?? Infinity;
    if (mark !== undefined) this.#blocking = Math.max(this.#blocking, mark.at);
    this.#vainPlaces = firstEnd > this.#furthest ? 0 : this.#vainPlaces + 1;
    this.#furthest = Math.max(this.#furthest, firstEnd);
    const name = this.#behaviour.nameState(state);
    if (this.#walk.knownLeft === 0) this.#ends.set(name, state);
    if (!this.#walk.memo.isNew(name)) return;
    const endOf = (number: number) => this.#known[number]?.returned ?? Infinity;
    const sorted = this.#routes.byUrgency(name, { candidates, refuted, endOf });
    this.#walk.tip.place = { candidates: sorted, next: 0, refuted, firstEnd };
  }

  #tryKnown(place: Place): void {
    const number = place.candidates[place.next] ?? 0;
    place.next += 1;
    this.#try({ isKnown: true, number }, this.#known[number]);
  }

  #tryUnknown(putOff: Extract<PutOff<State>, { type: 'unknown' }>): void {
    const { place, groups, next, promise } = putOff;
    const number = groups[next] ?? 0;
    if (next + 1 < groups.length) this.#agenda.put({ ...putOff, next: next + 1 }, promise);
    this.#try({ isKnown: false, number }, this.#unknown(number, place));
  }

  #try(choice: Choice, call: Call<Input, Output> | undefined): void {
    const after = this.#step(call, this.#walk.tip.state);
    if (after === undefined || !this.#isUseful(choice, call, after)) return;
    this.#walk.take(choice, after);
    this.#arrive();
  }

  /** Of a group: the first call that is not taken, where it began before the first ending. */
  #unknown(group: number, { firstEnd }: Place): Call<Input, Output> | undefined {
    const call = this.#groups[group]?.[this.#walk.memo.takenOf(group)];
    return call !== undefined && call.invoked < firstEnd ? call : undefined;
  }

  #isUseful(choice: Choice, call: Call<Input, Output> | undefined, after: State): boolean {
    const { tip, readsLeft } = this.#walk;
    if (!choice.isKnown) {
      if (readsLeft > 0 && this.#behaviour.isDeadEnd?.(after) === true) return false;
      if (this.#isSame(after, tip.state)) return false;
    }
    if (tip.before === undefined || tip.choice?.isKnown !== false) return true;
    const without = this.#step(call, tip.before.state);
    return without === undefined || !this.#isSame(without, after);
  }

  #step(call: Call<Input, Output> | undefined, state: State): State | undefined {
    this.#asked += 1;
    return call && this.#behaviour.step(state, call.input, call.output);
  }

  #isSame(a: State, b: State): boolean {
    return a === b || this.#behaviour.nameState(a) === this.#behaviour.nameState(b);
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
