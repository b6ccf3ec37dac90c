/**
 * The Multi-Paxos core: one synchronous step from an input to effects. No clock, randomness, disk
 * or network inside; the same code runs in the server, in simulations and in lessons.
 */
import { unreachable } from './assert.ts';
import type { ReplicaId } from './ballot.ts';
import {
  leadIfReady,
  receiveCampaignChecked,
  receivePromise,
  receiveRejected,
  receiveTakeOver,
  startCampaign,
  tickElection,
} from './campaign.ts';
import { receiveTrimmed } from './compaction.ts';
import { type CoreOptions, type CoreState, createCoreState, type Turn } from './core-state.ts';
import type { Effect, Input } from './effects.ts';
import { receiveHeard } from './heartbeats.ts';
import {
  propose,
  proposeStop,
  receiveAccepted,
  receiveHandOver,
  tickLeader,
  transfer,
} from './leader.ts';
import {
  notePeer,
  receiveApplied,
  receiveFetched,
  receiveSnapshotFailed,
  resumeChosen,
  tickLearner,
} from './learner.ts';
import { answerEnded, finishEpoch, noteLaterEpoch, receiveEpochEnded } from './epochs.ts';
import { isBound, voidLease } from './lease.ts';
import { memberOf } from './membership.ts';
import type { Message } from './messages.ts';
import { read, receiveLeaderConfirmed, receiveReadIndex, receiveReadIndexed } from './reads.ts';
import { receiveLinkClosed } from './standing.ts';
import { becomeSuspect, mayCampaign } from './suspect.ts';
import {
  receiveAccept,
  receiveCheckCampaign,
  receiveConfirmLeader,
  receiveHeartbeat,
  receivePrepare,
} from './voting.ts';

/** The core after a start or restart, and the chosen slots that the store has still to apply. */
export function startCore(options: CoreOptions): { core: CoreState; effects: Effect[] } {
  const core = createCoreState(options);
  core.grants.silentUntilMs = options.nowMs + options.limits.leaseGrantMs;
  const turn: Turn = { core, nowMs: options.nowMs, effects: [] };
  resumeChosen(turn, options.recovered.chosenUpTo);
  finishEpoch(turn);
  return { core, effects: turn.effects };
}

/**
 * One step. Changes `core` in place and returns what is to be done, in order. `nowMs` is the
 * replica's monotonic clock; it stamps commands, and times read leases (lease.ts). When the epoch has ended, what
 * still comes is for the next core, but for what the store says of its own.
 */
export function step(core: CoreState, nowMs: number, input: Input): Effect[] {
  const turn: Turn = { core, nowMs, effects: [] };
  if (core.ended === undefined) {
    take(turn, input);
    finishEpoch(turn);
  } else if (input.type === 'applied') {
    receiveApplied(core, input.upTo);
  }
  return turn.effects;
}

function take(turn: Turn, input: Input): void {
  const { core } = turn;
  switch (input.type) {
    case 'message':
      receive(turn, input.from, input.message);
      break;
    case 'tick':
      tick(turn, input.diskStalled);
      break;
    case 'propose':
      propose(turn, input.bytes);
      break;
    case 'stop':
      proposeStop(turn, input.membership);
      break;
    case 'read':
      read(turn, input.nonce);
      break;
    case 'linkClosed':
      receiveLinkClosed(turn, input.peer);
      break;
    case 'fetched':
      receiveFetched(turn, input.from, input);
      leadIfReady(turn);
      break;
    case 'snapshotFailed':
      receiveSnapshotFailed(core, input.from);
      break;
    case 'trimmed':
      receiveTrimmed(core, input.upTo);
      break;
    case 'applied':
      receiveApplied(core, input.upTo);
      break;
    case 'transfer':
      transfer(turn, input.to);
      break;
    case 'suspect':
      becomeSuspect(turn);
      break;
    case 'stoodStill':
      voidLease(turn);
      break;
    case 'campaign':
      if (mayCampaign(core) && !isBound(turn, core.self)) startCampaign(turn, undefined);
      break;
    default:
      unreachable(input);
  }
}

function tick(turn: Turn, diskStalled: boolean): void {
  const { role } = turn.core;
  turn.core.diskStalled = diskStalled;
  if (role.name === 'leader') tickLeader(turn, role, diskStalled);
  else tickElection(turn, diskStalled);
  tickLearner(turn);
}

/** Messages of other epochs only tell who is behind; those of strangers are passed over. */
function receive(turn: Turn, from: ReplicaId, message: Message): void {
  const { core } = turn;
  const { epoch } = core.membership;
  if (message.epoch > epoch) return noteLaterEpoch(turn, from, message);
  if (message.epoch < epoch) return answerEnded(turn, from, message);
  if (message.type === 'epochEnded') return receiveEpochEnded(turn, from, message);
  if (memberOf(core.membership, from) === undefined) return;
  receiveOfEpoch(turn, from, message);
}

function receiveOfEpoch(
  turn: Turn,
  from: ReplicaId,
  message: Exclude<Message, { type: 'epochEnded' }>,
): void {
  const { core } = turn;
  switch (message.type) {
    case 'checkCampaign':
      return receiveCheckCampaign(turn, from, message);
    case 'campaignChecked':
      return receiveCampaignChecked(turn, from, message);
    case 'prepare':
      return isOwn(turn, from, message) ? receivePrepare(turn, from, message) : undefined;
    case 'promise':
      return receivePromise(turn, from, message);
    case 'accept':
      return isOwn(turn, from, message) ? receiveAccept(turn, from, message) : undefined;
    case 'accepted':
      return receiveAccepted(turn, from, message);
    case 'rejected':
      return receiveRejected(turn, from, message);
    case 'heartbeat':
      return isOwn(turn, from, message) ? receiveHeartbeat(turn, from, message) : undefined;
    case 'confirmLeader':
      return isOwn(turn, from, message) ? receiveConfirmLeader(turn, from, message) : undefined;
    case 'heard':
      return receiveHeard(turn, from, message);
    case 'leaderConfirmed':
      return receiveLeaderConfirmed(turn, from, message);
    case 'readIndex':
      return receiveReadIndex(turn, from, message.nonce);
    case 'readIndexed':
      return receiveReadIndexed(turn, message);
    case 'handOver':
      return receiveHandOver(turn, message);
    case 'takeOver':
      return receiveTakeOver(turn, from, message);
    case 'status':
      return notePeer(core, from, message.chosenUpTo);
    default:
      return unreachable(message);
  }
}

/** What only the owner of a ballot says, it says itself. */
function isOwn(
  turn: Turn,
  from: ReplicaId,
  message: { readonly ballot: { readonly leader: ReplicaId } },
): boolean {
  if (message.ballot.leader === from) return true;
  turn.effects.push({ type: 'alarm', from, reason: 'used the ballot of another replica' });
  return false;
}
