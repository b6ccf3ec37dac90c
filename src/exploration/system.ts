/**
 * What can be explored: a thing with states, and actions that lead from one state to the next.
 * States are values: `next` makes a new one and leaves the old as it was.
 */
import type { Decoder, Encoder } from './encoding.ts';

export interface System<State, Action> {
  readonly name: string;
  /** The states in which it may begin. */
  initialStates(): readonly State[];

  /** What may happen next; always in the same order for the same state. */
  actions(state: State): readonly Action[];

  /**
   * The state after the action, or `undefined` where it changes nothing. Throws `Violation` where
   * the action itself breaks an invariant.
   */
  next(state: State, action: Action): State | undefined;

  /** Equal states, and no others, have equal encodings. */
  encode(state: State, into: Encoder): void;
  decode(from: Decoder): State;

  /** What holds in every state. */
  readonly invariants: readonly Property<State>[];

  /**
   * What holds in some state. An exploration that never gets there has shown nothing: these are
   * the twins of the invariants.
   */
  readonly reachable: readonly Property<State>[];

  /** One line for the reader of a path; no `after` where the action broke an invariant. */
  describe(action: Action, before: State, after: State | undefined): string;
}

export interface Property<State> {
  readonly name: string;
  readonly holds: (state: State) => boolean;
}

/** An action broke an invariant. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** The invariant. */
  readonly property: string;

  constructor(property: string, detail: string) {
    super(detail === '' ? property : `${property} (${detail})`);
    this.property = property;
  }
}
