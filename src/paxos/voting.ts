/** The acceptor's side of each message: 1a -> 1b, 2a -> 2b, heartbeats and read confirmations. */
import { accept, answerPrepare, isSealed, promise } from './acceptor.ts';
import { mayAccept, mayPromise } from './acceptor-rules.ts';
import { type Ballot, isHigher, type ReplicaId } from './ballot.ts';
import { isFarAhead } from './ballot-jump.ts';
import type { Turn } from './core-state.ts';
import { answerNonce, noteFreshness } from './freshness.ts';
import { learnAnnounced } from './learner.ts';
import { grantLease, isBound } from './lease.ts';
import type {
  Accept,
  CheckCampaign,
  ConfirmLeader,
  Heard,
  Heartbeat,
  Prepare,
} from './messages.ts';
import { hearBallot, hearHeartbeat, isSticky, yieldTo } from './standing.ts';
import { followWithoutVote, mayVote } from './suspect.ts';
import { sendAfter, sendNow } from './turn.ts';
import { successorProblem } from './membership.ts';

/** "Would you promise?" Changes nothing here. */
export function receiveCheckCampaign(turn: Turn, from: ReplicaId, message: CheckCampaign): void {
  const { core } = turn;
  if (!mayVote(core)) return;
  sendNow(turn, from, {
    type: 'campaignChecked',
    epoch: core.membership.epoch,
    ballot: message.ballot,
    granted: !isSticky(core, from) && !isBound(turn, from),
    promised: core.acceptor.promised,
  });
}

/** 1a -> 1b. */
export function receivePrepare(turn: Turn, from: ReplicaId, message: Prepare): void {
  const { core } = turn;
  if (isFarAhead(turn, from, message.ballot) || !mayVote(core)) return;
  const { succeeds } = message;
  const isRefused = isSticky(core, from, succeeds) || isBound(turn, from, succeeds);
  if (isRefused || !mayPromise(core.acceptor.promised, message.ballot)) {
    reject(turn, from, message.ballot);
    return;
  }
  yieldTo(turn, message.ballot);
  promise(turn, message.ballot);
  hearBallot(turn, message.ballot, false, false);
  answerPrepare(turn, from, message);
}

/** 2a -> 2b. */
export function receiveAccept(turn: Turn, from: ReplicaId, message: Accept): void {
  const { core } = turn;
  const { epoch } = core.membership;
  if (isFarAhead(turn, from, message.ballot) || isStrange(turn, from, message)) return;
  if (!mayVote(core)) return followWithoutVote(turn, message);
  if (!mayAccept(core.acceptor.promised, message.ballot)) {
    reject(turn, from, message.ballot);
    return;
  }
  const { ballot, slot } = message;
  yieldTo(turn, ballot);
  // I19: what is below the floor is chosen, as its leader will hear.
  const isOpen = slot <= core.learner.appliedUpTo + core.limits.openSlots;
  const isHere = isOpen && slot > core.acceptor.floor;
  const isNews = isHere && accept(turn, message);
  if (isHere) sendAfter(turn, core.writes, from, { type: 'accepted', epoch, ballot, slot });
  hearBallot(turn, ballot, true, isNews);
  learnAnnounced(turn, ballot, message.chosenUpTo);
}

/** A slot of an earlier epoch, or a stop with a membership that cannot follow. */
function isStrange(turn: Turn, from: ReplicaId, { command, slot }: Accept): boolean {
  const { effects, core } = turn;
  const problem =
    slot < core.epochFrom
      ? 'a slot of an earlier epoch'
      : command.type === 'stop' && successorProblem(core.membership, command.membership);
  if (typeof problem !== 'string') return false;
  effects.push({ type: 'alarm', from, reason: `asked to accept ${problem}` });
  return true;
}

export function receiveHeartbeat(turn: Turn, from: ReplicaId, message: Heartbeat): void {
  const { core } = turn;
  if (isFarAhead(turn, from, message.ballot)) return;
  if (!mayVote(core)) return followWithoutVote(turn, message);
  if (isHigher(core.acceptor.promised, message.ballot)) {
    reject(turn, from, message.ballot);
    return;
  }
  yieldTo(turn, message.ballot);
  if (hearHeartbeat(turn, message)) answerHeartbeat(turn, from, message);
  learnAnnounced(turn, message.ballot, message.chosenUpTo);
}

function answerHeartbeat(turn: Turn, to: ReplicaId, message: Heartbeat): void {
  const { epoch } = turn.core.membership;
  const { ballot, beat } = message;
  noteFreshness(turn, message);
  const lease = grantLease(turn, message);
  const heard: Heard = { type: 'heard', epoch, ballot, beat, nonce: answerNonce(turn) };
  sendNow(turn, to, lease === undefined ? heard : { ...heard, lease });
}

/** A read confirmation: "I have promised nothing higher", once that promise is durable. */
export function receiveConfirmLeader(turn: Turn, from: ReplicaId, message: ConfirmLeader): void {
  const { core } = turn;
  if (isFarAhead(turn, from, message.ballot) || !mayVote(core)) return;
  if (isHigher(core.acceptor.promised, message.ballot)) {
    reject(turn, from, message.ballot);
    return;
  }
  yieldTo(turn, message.ballot);
  hearBallot(turn, message.ballot, true, false);
  if (isSealed(core, message.ballot)) return;
  sendAfter(turn, core.acceptor.promisedWrite, from, {
    type: 'leaderConfirmed',
    epoch: core.membership.epoch,
    ballot: message.ballot,
    nonce: message.nonce,
  });
}

/**
 * "I promised higher: this", or, where the promise is lower: "I still hear my leader". Once that
 * promise is durable: safety does not need it, but one whose disk hangs in the middle of a campaign
 * would depose a good leader for a ballot that nobody will ever lead in.
 */
function reject(turn: Turn, to: ReplicaId, ballot: Ballot): void {
  const { core } = turn;
  const { promised, promisedWrite } = core.acceptor;
  const { epoch } = core.membership;
  sendAfter(turn, promisedWrite, to, { type: 'rejected', epoch, ballot, promised });
}
