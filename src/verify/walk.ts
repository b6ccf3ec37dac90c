/**
 * Where a search stands: the calls that it has taken, in their order, and the state that they led
 * to. The steps that it takes form a tree, in which it can go back, and over to any other step.
 */
import { Memo } from './memo.ts';
import type { Call } from './model.ts';
import { Timeline, type Mark } from './timeline.ts';

/** Known calls are named by their place among those, unknown ones by their group. */
export interface Choice {
  readonly isKnown: boolean;
  readonly number: number;
}

export interface Step<State> {
  /** `undefined` of the first, which took nothing. */
  readonly before: Step<State> | undefined;
  readonly choice: Choice | undefined;
  /** After it. */
  readonly state: State;
  readonly depth: number;
  /** Where the search stood then; `undefined` where the next step was the only one. */
  place: Place | undefined;
}

/** What may come next. */
export interface Place {
  /** Known calls to try, up to `next` already tried. */
  readonly candidates: readonly number[];
  next: number;
  /** Known calls that could come next, but only read, and something else. */
  readonly refuted: readonly number[];
  /** What began after it cannot come next. */
  readonly firstEnd: number;
}

export class Walk<State> {
  readonly #isRead: readonly boolean[];
  readonly #timeline: Timeline;
  readonly memo: Memo;
  #tip: Step<State>;
  #knownLeft: number;
  #readsLeft: number;
  #unknownTaken = 0;

  /** `isRead`: of each known call, whether it only reads. */
  constructor(
    known: readonly Call<unknown, unknown>[],
    { isRead, groups, start }: { isRead: readonly boolean[]; groups: number; start: State },
  ) {
    this.#isRead = isRead;
    this.#timeline = new Timeline(known);
    this.memo = new Memo(known, groups);
    this.#tip = firstStep(start);
    this.#knownLeft = known.length;
    this.#readsLeft = isRead.filter((reads) => reads).length;
  }

  get tip(): Step<State> {
    return this.#tip;
  }

  get firstMark(): Mark | undefined {
    return this.#timeline.first;
  }

  get knownLeft(): number {
    return this.#knownLeft;
  }

  /** Known calls that only read, and are not taken. */
  get readsLeft(): number {
    return this.#readsLeft;
  }

  get unknownTaken(): number {
    return this.#unknownTaken;
  }

  /** Anew: nothing is taken. */
  startFrom(state: State): void {
    while (this.#tip.before !== undefined) this.back();
    this.#tip = firstStep(state);
  }

  take(choice: Choice, state: State): void {
    const before = this.#tip;
    this.#go({ before, choice, state, depth: before.depth + 1, place: undefined });
  }

  /** Undoes the last step, if there is any. */
  back(): void {
    const { before, choice } = this.#tip;
    if (before === undefined || choice === undefined) return;
    this.#tip = before;
    if (!choice.isKnown) {
      this.memo.putBackUnknown(choice.number);
      this.#unknownTaken -= 1;
      return;
    }
    this.#timeline.putBack(choice.number);
    this.memo.putBackKnown(choice.number);
    this.#knownLeft += 1;
    if (this.#isRead[choice.number] === true) this.#readsLeft += 1;
  }

  /** To a step from the same start. */
  goTo(step: Step<State>): void {
    const way: Step<State>[] = [];
    let other = step;
    while (other !== this.#tip) {
      if (other.depth >= this.#tip.depth && other.before !== undefined) {
        way.push(other);
        other = other.before;
      } else this.back();
    }
    for (const next of way.toReversed()) this.#go(next);
  }

  #go(step: Step<State>): void {
    this.#tip = step;
    if (step.choice === undefined) return;
    const { isKnown, number } = step.choice;
    if (!isKnown) {
      this.memo.takeUnknown(number);
      this.#unknownTaken += 1;
      return;
    }
    this.#timeline.take(number);
    this.memo.takeKnown(number);
    this.#knownLeft -= 1;
    if (this.#isRead[number] === true) this.#readsLeft -= 1;
  }
}

function firstStep<State>(state: State): Step<State> {
  return { before: undefined, choice: undefined, state, depth: 0, place: undefined };
}
