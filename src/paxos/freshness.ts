/**
 * How old what a replica knows as chosen may be, with no clock compared to another.
 *
 *   leader --heartbeat m--> all; a phase 2 quorum answers it
 *   leader <--heard, with a nonce-- follower
 *   leader --heartbeat n: as of A ms before it left, after the answer with that nonce--> follower
 *
 * Who answers m has promised nothing higher by then. So this leader knows whatever was chosen, and
 * told to anybody, before m left; A is the time from m to n. And n left after the answer did, so the
 * follower counts from its answer, and adds A. A message that is late, repeated or overtaken makes
 * what it tells older than it need be, never younger than it is.
 *
 * - Nothing is told before the `NOOP` of the leader's own ballot is chosen, nor once a stop is
 *   proposed: the next epoch may be at work.
 * - A nonce is the time of its sender's clock above a number drawn for its life: what an earlier life
 *   answered tells nothing.
 */
import type { ReplicaId } from './ballot.ts';
import type { CoreState, Leader, Turn } from './core-state.ts';
import type { Slot } from './command.ts';
import { isPhase2Quorum } from './membership.ts';
import type { Freshness, Heartbeat } from './messages.ts';

/** An answer to a heartbeat that was sent longer ago tells no age. */
const KEPT_BEATS = 64;

/** Everything that anybody was told of before `atMs`, by the own clock, is at or below `upTo`. */
export interface Known {
  readonly atMs: number;
  readonly upTo: Slot;
}

/** The latest answer of a follower: to which heartbeat, and its nonce. */
export interface Answer {
  readonly beat: number;
  readonly nonce: number;
}

/** The heartbeats of a leader. */
export interface Beats {
  /** How many it has sent. */
  sent: number;
  /** When the latest ones left. */
  readonly sentAtMs: Map<number, number>;
  readonly answers: Map<ReplicaId, Answer>;
}

export function noBeats(): Beats {
  return { sent: 0, sentAtMs: new Map(), answers: new Map() };
}

/** Returns the number of the one that leaves now. */
export function nextBeat({ nowMs }: Turn, { beats }: Leader): number {
  beats.sent += 1;
  beats.sentAtMs.set(beats.sent, nowMs);
  beats.sentAtMs.delete(beats.sent - KEPT_BEATS);
  return beats.sent;
}

/** What a heartbeat that leaves now tells this follower. */
export function freshnessFor(
  { core, nowMs }: Turn,
  role: Leader,
  peer: ReplicaId,
): Freshness | undefined {
  const answer = role.beats.answers.get(peer);
  const known = knownByLeader(core, role, nowMs);
  if (known === undefined || answer === undefined) return undefined;
  return { nonce: answer.nonce, ageMs: Math.ceil(nowMs - known.atMs) };
}

/** `undefined`: it cannot say. */
export function knownBy(core: CoreState, nowMs: number): Known | undefined {
  const { election, role } = core;
  return (role.name === 'leader' ? knownByLeader(core, role, nowMs) : undefined) ?? election.known;
}

function knownByLeader(core: CoreState, role: Leader, nowMs: number): Known | undefined {
  const { learner, membership, self } = core;
  const upTo = learner.chosenUpTo;
  if (role.stop !== undefined || upTo < role.firstOwnSlot) return undefined;
  if (isPhase2Quorum(membership, new Set([self]))) return { atMs: nowMs, upTo };
  const atMs = role.beats.sentAtMs.get(confirmedBeat(core, role.beats));
  return atMs === undefined ? undefined : { atMs, upTo };
}

/** The latest heartbeat that a phase 2 quorum has answered, or a later one; 0: none. */
function confirmedBeat({ membership, self }: CoreState, { answers }: Beats): number {
  const answered = new Set([self]);
  for (const [peer, { beat }] of [...answers].toSorted(([, a], [, b]) => b.beat - a.beat)) {
    answered.add(peer);
    if (isPhase2Quorum(membership, answered)) return beat;
  }
  return 0;
}

export function answerNonce({ core, nowMs }: Turn): number {
  return core.firstNonce + Math.floor(nowMs);
}

/** A heartbeat that is a sign of life. */
export function noteFreshness({ core, nowMs }: Turn, { chosenUpTo, fresh }: Heartbeat): void {
  if (fresh === undefined) return;
  const answeredAtMs = fresh.nonce - core.firstNonce;
  if (answeredAtMs < 0 || answeredAtMs > nowMs) return;
  const atMs = answeredAtMs - fresh.ageMs;
  const { election } = core;
  if (election.known === undefined || atMs > election.known.atMs) {
    election.known = { atMs, upTo: chosenUpTo };
  }
}
