/**
 * What the checker is told about the thing that it checks: which calls it has, and how it behaves
 * when they come one after another. The models stand beside this: register.ts, text.ts, map.ts.
 */
import type { Attempt } from './attempt.ts';

/** States are never `undefined`, which says that there is none. */
export type Defined = object | string | number | bigint | boolean;

export interface Model<State extends Defined, Input, Output> {
  /** What the attempt touches. Attempts that touch nothing in common are checked apart. */
  keysOf(attempt: Attempt): readonly string[];

  /**
   * What an attempt asked and got; `undefined` where it tells nothing and did nothing. Throws
   * where the attempt is none of this model's.
   */
  callOf(attempt: Attempt): Asked<Input, Output> | undefined;

  /**
   * How the thing behaves in these calls and in any part of them. What no answer among them can
   * show need not be told apart: the fewer states and inputs differ, the quicker is the search.
   */
  behaviourIn(calls: readonly Call<Input, Output>[]): Behaviour<State, Input, Output>;

  /** What the call asked and got, for the reader of a verdict. */
  describe(input: Input, output: Output | undefined): string;
}

export interface Behaviour<State extends Defined, Input, Output> {
  readonly initial: State;

  /**
   * The state after the call, or `undefined` where it could not have had this output in this
   * state. An output of `undefined` is any: the call took effect, and nobody saw its answer.
   */
  step(state: State, input: Input, output: Output | undefined): State | undefined;

  /** Whether such a call changes no state, whatever the state is. */
  onlyReads(input: Input, output: Output | undefined): boolean;

  /** Two states have the same name if and only if they are the same. */
  nameState(state: State): string;

  /** Two inputs have the same name only if they are the same to every state. */
  nameInput(input: Input): string;

  describeState(state: State): string;

  /**
   * Of a call that is possible in one state only, or in all, and always leads to the same state or
   * leaves it as it is: which those are. `undefined` of any other call.
   */
  routeOf?(input: Input, output: Output | undefined): Route | undefined;

  /**
   * Whether no call that only reads is possible in this state, and whatever else is possible is
   * so in every other state, and leads from there to nothing worse.
   */
  isDeadEnd?(state: State): boolean;
}

/** By the names of states. */
export interface Route {
  /** `undefined`: from any. */
  readonly from: string | undefined;
  /** `undefined`: to the same. */
  readonly to: string | undefined;
}

export interface Asked<Input, Output> {
  readonly input: Input;
  readonly output: Output | undefined;
}

/** One call of the part of a history that is checked at once: mostly one key. */
export interface Call<Input, Output> {
  readonly process: number;
  readonly input: Input;
  /** `undefined`: nobody knows. */
  readonly output: Output | undefined;
  /** The number of its event. */
  readonly invoked: number;
  /** As `invoked`; `undefined`: it may take effect at any time after that, or never. */
  readonly returned: number | undefined;
}

/** In the order of the attempts. A call whose output the model leaves open has not returned. */
export function callsOf<State extends Defined, Input, Output>(
  attempts: readonly Attempt[],
  model: Model<State, Input, Output>,
): readonly Call<Input, Output>[] {
  const calls: Call<Input, Output>[] = [];
  for (const attempt of attempts) {
    const asked = model.callOf(attempt);
    if (asked === undefined) continue;
    const { process, invoked, ending } = attempt;
    const { input, output } = asked;
    const returned = output === undefined ? undefined : ending?.at;
    calls.push({ process, input, output, invoked, returned });
  }
  return calls;
}
