/**
 * Who stands where: hearing a leader, sticking to it, and standing back for a higher ballot.
 * Not needed for safety; it keeps one leader in office.
 */
import { type Ballot, isAtLeast, isHigher, isSame, type ReplicaId } from './ballot.ts';
import type { CoreState, Leader, Turn } from './core-state.ts';
import type { Heartbeat } from './messages.ts';
import { draw } from './random.ts';
import { reportRole } from './turn.ts';

/** Most of how much longer each failed campaign makes the next wait: 1, 2, then 4 timeouts. */
const MAX_BACKOFF = 4;

/**
 * Something from the owner of `ballot`, which is at or above the promise. A sign of life where the
 * ballot is new here, or what was said is (`isNews`): copies may come long after its owner died.
 */
export function hearBallot(turn: Turn, ballot: Ballot, leads: boolean, isNews: boolean): void {
  const { core } = turn;
  const { election } = core;
  if (ballot.leader === core.self || !isAtLeast(ballot, election.heard)) return;
  const before = election.leader;
  const isNew = !isSame(ballot, election.heard);
  if (!isNew && !isNews) return;
  election.highestRound = Math.max(election.highestRound, ballot.round);
  election.ticksSinceLeader = 0;
  if (isNew) {
    election.heard = ballot;
    election.leader = undefined;
    election.beat = 0;
    election.timeoutTicks = drawTimeout(core);
  }
  if (leads) {
    election.leader = ballot.leader;
    election.failedCampaigns = 0;
  }
  if (core.role.name === 'checking') core.role = { name: 'follower' };
  if (election.leader !== before || (isNew && leads)) reportRole(turn, 'heard a leader');
}

/** Returns whether it is a sign of life: the latest of the highest ballot that was heard. */
export function hearHeartbeat(turn: Turn, { ballot, beat }: Heartbeat): boolean {
  const { election } = turn.core;
  const isLatest = !isSame(ballot, election.heard) || beat > election.beat;
  hearBallot(turn, ballot, true, isLatest);
  if (!isLatest || !isSame(ballot, election.heard)) return false;
  election.beat = beat;
  return true;
}

/** A sign of life for a leader: an answer in its ballot that tells it something new. */
export function hearFollower(role: Leader, from: ReplicaId): void {
  if (role.ticksSinceHeard.has(from)) role.ticksSinceHeard.set(from, 0);
}

/**
 * Whether a `prepare` of `candidate` is refused because a leader is alive. Its own never is, nor
 * one from the replica that it handed over to.
 */
export function isSticky(core: CoreState, candidate: ReplicaId, succeeds?: Ballot): boolean {
  const { election, limits, role } = core;
  if (role.name === 'leader') return succeeds === undefined || !isSame(succeeds, role.ballot);
  if (candidate === election.heard.leader) return false;
  if (succeeds !== undefined && isSame(succeeds, election.heard)) return false;
  return election.ticksSinceLeader < limits.leaderTimeoutTicks;
}

/** A higher ballot ends what this replica does in a lower one. */
export function yieldTo(turn: Turn, ballot: Ballot): void {
  const { role } = turn.core;
  if (role.name !== 'leader' && role.name !== 'candidate') return;
  if (isHigher(ballot, role.ballot)) stepDown(turn, `ballot ${ballot.round}.${ballot.leader}`);
}

/** Back to follower; the next campaign of its own comes after a wait, so that others may win. */
export function stepDown(turn: Turn, why: string): void {
  const { core } = turn;
  const { election, limits } = core;
  core.role = { name: 'follower' };
  election.leader = undefined;
  election.ticksSinceLeader = limits.leaderTimeoutTicks;
  election.timeoutTicks = limits.leaderTimeoutTicks + draw(election, 1, limits.leaderTimeoutTicks);
  reportRole(turn, why);
}

/** A campaign, or the question before it, came to nothing: wait, at random and longer each time. */
export function backOff(turn: Turn, why: string): void {
  const { core } = turn;
  const { election } = core;
  const wasCandidate = core.role.name === 'candidate';
  core.role = { name: 'follower' };
  const factor = Math.min(2 ** election.failedCampaigns, MAX_BACKOFF);
  election.failedCampaigns += 1;
  election.timeoutTicks = election.ticksSinceLeader + factor * drawTimeout(core);
  if (wasCandidate) reportRole(turn, why);
}

/** The peer's side closed its stream: if it leads, it is probably gone. Ends stickiness at once, but
 * not what was granted to it (lease.ts). */
export function receiveLinkClosed(turn: Turn, peer: ReplicaId): void {
  const { core } = turn;
  const { election, limits } = core;
  if (election.heard.leader !== peer || core.role.name !== 'follower') return;
  if (election.ticksSinceLeader >= limits.leaderTimeoutTicks) return;
  election.ticksSinceLeader = limits.leaderTimeoutTicks;
  election.timeoutTicks = limits.leaderTimeoutTicks + draw(election, 0, limits.heartbeatTicks);
  if (election.leader === undefined) return;
  election.leader = undefined;
  reportRole(turn, 'the leader closed its connection');
}

function drawTimeout(core: CoreState): number {
  const { leaderTimeoutTicks } = core.limits;
  return draw(core.election, leaderTimeoutTicks, 2 * leaderTimeoutTicks);
}
