/** A planted bug: a small mistake in a copy of the source, and what is to find it. */

/** One exact text, which must stand once in the file, and what stands there instead. */
export interface Mutation {
  /** Within `src/`, such as `paxos/acceptor.ts`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** How many seeds may be needed: see `SEED_LIMITS`. */
export type Priority = 'P0' | 'P1';

export interface Mutant {
  /** As in the list of planted bugs, with a letter for each variant; our own begin with `O`. */
  readonly id: string;
  readonly priority: Priority;
  /** The mistake, in one line. */
  readonly title: string;
  /**
   * What may find it: labels of invariants, such as `I14`, or words of the message where it has
   * no label. A kill by anything else is reported, and does not count.
   */
  readonly expected: readonly string[];
  readonly mutations: readonly Mutation[];
  /** Seeds that were seen to find it. What a seed draws changes with the world. */
  readonly hints: readonly number[];
}

/** Bugs that are not planted, and why. */
export interface Omission {
  readonly ids: string;
  readonly reason: string;
}

export const SEED_LIMITS: Readonly<Record<Priority, number>> = { P0: 2_000, P1: 20_000 };
