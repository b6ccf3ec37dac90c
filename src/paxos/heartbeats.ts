/** A leader's signs of life, numbered in its ballot, and the answers to them. */
import { type ReplicaId, isSame } from './ballot.ts';
import type { Leader, Turn } from './core-state.ts';
import { freshnessFor, nextBeat } from './freshness.ts';
import { receiveGrant } from './lease.ts';
import type { Heard, Heartbeat } from './messages.ts';
import { hearFollower } from './standing.ts';
import { peersOf, sendNow } from './turn.ts';

/** What is chosen, to all: the sign of life too. */
export function sendHeartbeats(turn: Turn, role: Leader): void {
  const { core } = turn;
  const { epoch } = core.membership;
  const { chosenUpTo } = core.learner;
  const { ballot } = role;
  const beat = nextBeat(turn, role);
  const heartbeat: Heartbeat = { type: 'heartbeat', epoch, ballot, beat, chosenUpTo };
  const asks = role.lease !== undefined;
  const message = asks ? { ...heartbeat, sentAtMs: Math.floor(turn.nowMs) } : heartbeat;
  role.heartbeatIn = core.limits.heartbeatTicks;
  for (const peer of peersOf(core)) {
    const fresh = freshnessFor(turn, role, peer);
    sendNow(turn, peer, fresh === undefined ? message : { ...message, fresh });
  }
}

/** An answer to a heartbeat: a sign of life, unless this follower has answered a later one. */
export function receiveHeard(turn: Turn, from: ReplicaId, message: Heard): void {
  const { role } = turn.core;
  if (role.name !== 'leader' || !isSame(role.ballot, message.ballot)) return;
  const { beat, nonce } = message;
  const { answers } = role.beats;
  if (beat > (answers.get(from)?.beat ?? 0)) {
    answers.set(from, { beat, nonce });
    hearFollower(role, from);
  }
  if (message.lease !== undefined) receiveGrant(turn, role, from, message.lease);
}
