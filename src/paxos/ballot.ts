/**
 * A ballot is one attempt to lead: totally ordered by round, then by leader (PTP; PMMC 2.2).
 * Two replicas never share one, because a ballot names its leader; one replica never uses one
 * twice, because a new round is durable before its first `prepare` leaves.
 *
 * Ballots are compared by the functions here and nowhere else: `a < b` on two objects compiles
 * and is always false.
 */

/** A replica's number in the configuration, from 1. */
export type ReplicaId = number;

export interface Ballot {
  readonly round: number;
  readonly leader: ReplicaId;
}

/** Below every ballot that a replica can use. */
export const ZERO_BALLOT: Ballot = { round: 0, leader: 0 };

/** Negative when `a` is lower, 0 when they are the same, positive when `a` is higher. */
export function compareBallots(a: Ballot, b: Ballot): number {
  return a.round !== b.round ? a.round - b.round : a.leader - b.leader;
}

export function isHigher(a: Ballot, b: Ballot): boolean {
  return compareBallots(a, b) > 0;
}

export function isAtLeast(a: Ballot, b: Ballot): boolean {
  return compareBallots(a, b) >= 0;
}

export function isSame(a: Ballot, b: Ballot): boolean {
  return a.round === b.round && a.leader === b.leader;
}

/** `round.leader`, for logs and traces: the order of these strings means nothing. */
export function formatBallot(ballot: Ballot): string {
  return `${ballot.round}.${ballot.leader}`;
}
