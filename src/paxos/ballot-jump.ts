/**
 * Rounds grow by one from campaign to campaign. A message that takes this replica far beyond all
 * that it has seen comes from a bug or a forger: taken for true, it would use up the numbers, and
 * nobody could campaign any more.
 */
import type { Ballot, ReplicaId } from './ballot.ts';
import type { Turn } from './core-state.ts';

const MAX_ROUND_JUMP = 2 ** 32;

/** Whether `ballot`, in whatever place of a message it stands, is refused; raises the alarm. */
export function isFarAhead(turn: Turn, from: ReplicaId, ballot: Ballot): boolean {
  if (ballot.round - turn.core.election.highestRound <= MAX_ROUND_JUMP) return false;
  turn.effects.push({
    type: 'alarm',
    from,
    reason: `ballot round ${ballot.round} is too far ahead`,
  });
  return true;
}
