/**
 * A learner of one instance: it counts votes.
 *
 * Invariant: it learns a value only when a quorum of acceptors accepted it in one and the same
 * ballot (PMS 2.3). Votes of different ballots are never added up, not even for one value.
 */
import { assert, unreachable } from '../assert.ts';
import { formatBallot } from '../ballot.ts';
import { majorities } from '../membership.ts';
import type { Learned, Send } from './effects.ts';
import type { Ask, Party, ToLearner, Value, Vote } from './messages.ts';

/** The acceptors known to have accepted `value` in one ballot. */
interface Tally {
  readonly value: Value;
  readonly voters: Set<number>;
}

export interface Learner {
  readonly id: number;
  readonly acceptors: readonly number[];
  /** By `formatBallot`. One entry for each ballot in which anybody voted; emptied when it learns. */
  readonly tallies: Map<string, Tally>;
  learned: Vote | undefined;
}

export type LearnerInput =
  | { readonly type: 'message'; readonly from: Party; readonly message: ToLearner }
  /** Ask all acceptors again: to be given from time to time until the value is learned. */
  | { readonly type: 'ask' };

export type LearnerEffect = Send<Ask> | Learned;

/** Needs nothing durable: all it knows, the acceptors can tell it again. */
export function newLearner(id: number, acceptors: readonly number[]): Learner {
  return { id, acceptors, tallies: new Map(), learned: undefined };
}

export function stepLearner(learner: Learner, input: LearnerInput): readonly LearnerEffect[] {
  if (learner.learned !== undefined) return [];
  switch (input.type) {
    case 'message':
      return onAccepted(learner, input.from, input.message);
    case 'ask':
      return learner.acceptors.map((id) => {
        return { type: 'send', after: 0, to: { role: 'acceptor', id }, message: { type: 'ask' } };
      });
    default:
      return unreachable(input);
  }
}

/** 2b (PMS 2.3). */
function onAccepted(learner: Learner, from: Party, vote: ToLearner): readonly LearnerEffect[] {
  const { ballot, value } = vote;
  if (!learner.acceptors.includes(from.id)) return [];
  const key = formatBallot(ballot);
  const tally = learner.tallies.get(key) ?? { value, voters: new Set() };
  assert(tally.value === value, `one ballot, one value: ${key}`);
  learner.tallies.set(key, tally);
  // A set: the same acceptor's vote, delivered twice, is one vote.
  tally.voters.add(from.id);
  if (tally.voters.size < majorities(learner.acceptors.length).phase2) return [];
  learner.learned = { ballot, value };
  learner.tallies.clear();
  return [{ type: 'learned', ballot, value }];
}
