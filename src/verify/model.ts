/**
 * What the checker is told about the thing that it checks: how one key behaves when calls come
 * one after another. Two models stand beside this: register.ts and text.ts.
 */
import type { Attempt } from './attempt.ts';

/** States are never `undefined`, which says that there is none. */
export type Defined = object | string | number | bigint | boolean;

export interface Model<State extends Defined, Input, Output> {
  readonly initial: State;

  /**
   * What an attempt asked and got; `undefined` where it tells nothing and did nothing. Throws
   * where the attempt is none of this model's.
   */
  callOf(attempt: Attempt): Asked<Input, Output> | undefined;

  /**
   * The state after the call, or `undefined` where it could not have had this output in this
   * state. An output of `undefined` is any: the call took effect, and nobody saw its answer.
   */
  step(state: State, input: Input, output: Output | undefined): State | undefined;

  /** Whether such a call changes no state, whatever the state is. */
  onlyReads(input: Input, output: Output | undefined): boolean;

  /**
   * The same calls, in the same order, without differences between inputs that no answer among
   * them can show: there is an order of the one where there is one of the other. The fewer states
   * and inputs differ, the quicker is the search.
   */
  simplify(calls: readonly Call<Input, Output>[]): readonly Call<Input, Output>[];

  /** Two states have the same name if and only if they are the same. */
  nameState(state: State): string;

  /** Two inputs have the same name if and only if they are the same. */
  nameInput(input: Input): string;

  /** What the call asked and got, for the reader of a verdict. */
  describe(input: Input, output: Output | undefined): string;
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
