/**
 * A suspect: a replica whose log lost something that was durable, so that it may have forgotten
 * what it promised and accepted. Whatever it said as an acceptor could break a promise, so it says
 * nothing as one, under this incarnation never again:
 *
 * - it gives no promise, accepts nothing, grants no campaign check, confirms no leader and does not
 *   count among those whom a leader reaches; nor does it refuse, since it knows no promise;
 * - it does not campaign or lead, so that a ballot which it once used is not used again (I2).
 *
 * It goes on as a learner: what is chosen it pulls from its peers, and records as ever; such a
 * record is never reported as a vote.
 */
import { ZERO_BALLOT } from './ballot.ts';
import { isFetchingSnapshot } from './compaction.ts';
import type { CoreState, Turn } from './core-state.ts';
import { learnAnnounced } from './learner.ts';
import { isVoter } from './membership.ts';
import type { Accept, Heartbeat } from './messages.ts';
import { hearBallot, hearHeartbeat, stepDown } from './standing.ts';

/** Not a suspect; nor one that the membership does not name, or names in another incarnation. */
export function mayVote(core: CoreState): boolean {
  return core.isNamed && !core.isSuspect;
}

/** Whether this replica may become leader. */
export function mayCampaign(core: CoreState): boolean {
  if (isFetchingSnapshot(core)) return false;
  return mayVote(core) && isVoter(core.membership, core.self);
}

export function becomeSuspect(turn: Turn): void {
  const { core } = turn;
  if (core.isSuspect) return;
  core.isSuspect = true;
  if (core.role.name !== 'follower') stepDown(turn, 'it may have forgotten votes');
  // Only leaders are heard from now on: a candidate that it heard may never have led.
  if (core.election.leader === undefined) core.election.heard = ZERO_BALLOT;
}

/** A suspect's way with what a leader says: it hears who leads, and what is chosen. */
export function followWithoutVote(turn: Turn, message: Accept | Heartbeat): void {
  const { ballot, chosenUpTo } = message;
  if (message.type === 'heartbeat') hearHeartbeat(turn, message);
  else hearBallot(turn, ballot, true, false);
  learnAnnounced(turn, ballot, chosenUpTo);
}
