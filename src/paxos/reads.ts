/**
 * Linearizable reads without writing the log (read index). The leader takes r = its `chosenUpTo`,
 * then sends a probe with a fresh nonce; once a phase 2 quorum has confirmed that it promised
 * nothing higher, no later leader can have chosen anything before the probe left: whoever has
 * applied r may answer (I15).
 *
 * - No index is given before the `NOOP` of the leader's own ballot is chosen: until then the
 *   leader may not know what its predecessors had chosen.
 * - None begins while a stop of the leader's own is under way, nor with one inherited: the next
 *   epoch may have begun, and writes there do not ask this one (docs/protocol.md, Epochs).
 * - Reads that arrive before a round starts share it; those that arrive later wait for the next.
 * - A nonce is never used again, not even in a retry: a late answer confirms nothing new. So each retry
 *   waits twice as long as the one before: else answers that take longer would be late for ever.
 */
import { isSame, type ReplicaId } from './ballot.ts';
import type { CoreState, Leader, Turn } from './core-state.ts';
import { learnAnnounced } from './learner.ts';
import { isPhase2Quorum } from './membership.ts';
import type { LeaderConfirmed, ReadIndexed } from './messages.ts';
import type { ReadRound, ReadWaiter } from './read-state.ts';
import { hearFollower } from './standing.ts';
import { peersOf, sendNow } from './turn.ts';

/** Rounds that wait at the leader for one peer are few: a peer asks for one at a time. */
const MAX_WAITERS = 1024;
/** Of the first patience with a round. */
const MOST_PATIENCE = 32;

/** A read at this replica: the leader starts a round, any other asks it. */
export function read(turn: Turn, nonce: number): void {
  const { core } = turn;
  const { leader } = core.election;
  if (core.role.name === 'leader') {
    addWaiter(turn, core.role, { from: core.self, nonce });
  } else if (leader !== undefined) {
    sendNow(turn, leader, { type: 'readIndex', epoch: core.membership.epoch, nonce });
  } else {
    turn.effects.push({ type: 'readRefused', nonce });
  }
}

/** A peer's read: it is answered by a round that begins after the request arrived. */
export function receiveReadIndex(turn: Turn, from: ReplicaId, nonce: number): void {
  const { core } = turn;
  if (core.role.name === 'leader') {
    addWaiter(turn, core.role, { from, nonce });
  } else {
    sendNow(turn, from, refusal(core, nonce));
  }
}

function refusal(core: CoreState, nonce: number): ReadIndexed {
  const { epoch } = core.membership;
  return { type: 'readIndexed', epoch, ballot: core.acceptor.promised, nonce };
}

function addWaiter(turn: Turn, role: Leader, waiter: ReadWaiter): void {
  if (role.readQueue.length < MAX_WAITERS) role.readQueue.push(waiter);
  startReadRound(turn, role);
}

/** Starts a round for all that wait, unless one is under way or the own `NOOP` is not chosen. */
export function startReadRound(turn: Turn, role: Leader): void {
  const { core } = turn;
  if (role.round !== undefined || role.readQueue.length === 0) return;
  if (core.learner.chosenUpTo < role.firstOwnSlot) return;
  if (role.stop !== undefined) return;
  const round: ReadRound = {
    nonce: 0,
    readIndex: core.learner.chosenUpTo,
    confirmed: new Set(),
    waiters: role.readQueue,
    ticks: 0,
    patienceTicks: core.limits.retransmitTicks,
  };
  role.readQueue = [];
  role.round = round;
  probe(turn, role, round);
}

function probe(turn: Turn, role: Leader, round: ReadRound): void {
  const { core } = turn;
  core.nextNonce += 1;
  round.nonce = core.nextNonce;
  round.confirmed = new Set([core.self]);
  round.ticks = 0;
  const { epoch } = core.membership;
  for (const peer of peersOf(core)) {
    sendNow(turn, peer, {
      type: 'confirmLeader',
      epoch,
      ballot: role.ballot,
      nonce: round.nonce,
    });
  }
  completeIfConfirmed(turn, role, round);
}

export function receiveLeaderConfirmed(
  turn: Turn,
  from: ReplicaId,
  message: LeaderConfirmed,
): void {
  const { role } = turn.core;
  if (role.name !== 'leader' || !isSame(role.ballot, message.ballot)) return;
  const { round } = role;
  if (round === undefined || round.nonce !== message.nonce) return;
  if (!round.confirmed.has(from)) hearFollower(role, from);
  round.confirmed.add(from);
  completeIfConfirmed(turn, role, round);
}

function completeIfConfirmed(turn: Turn, role: Leader, round: ReadRound): void {
  const { core } = turn;
  if (!isPhase2Quorum(core.membership, round.confirmed)) return;
  const { epoch } = core.membership;
  const { readIndex } = round;
  const { ballot } = role;
  role.round = undefined;
  for (const { from, nonce } of round.waiters) {
    if (from === core.self) turn.effects.push({ type: 'readIndexed', nonce, readIndex, ballot });
    else sendNow(turn, from, { type: 'readIndexed', epoch, ballot, nonce, readIndex });
  }
  startReadRound(turn, role);
}

/** An unconfirmed round is tried again, under a fresh nonce, and with more patience. */
export function tickReads(turn: Turn, role: Leader): void {
  const { round } = role;
  if (round === undefined) return;
  round.ticks += 1;
  if (round.ticks < round.patienceTicks) return;
  const most = MOST_PATIENCE * turn.core.limits.retransmitTicks;
  round.patienceTicks = Math.min(most, 2 * round.patienceTicks);
  probe(turn, role, round);
}

/** The leader's answer at the replica that asked. It also tells what is chosen. */
export function receiveReadIndexed(turn: Turn, message: ReadIndexed): void {
  const { nonce, readIndex, ballot } = message;
  if (readIndex === undefined) {
    turn.effects.push({ type: 'readRefused', nonce });
    return;
  }
  learnAnnounced(turn, ballot, readIndex);
  turn.effects.push({ type: 'readIndexed', nonce, readIndex, ballot });
}
