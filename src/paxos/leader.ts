/**
 * Leading (PMS 3; PMMC 2.2, the commander). The leader first proposes again what it inherited,
 * fills gaps with `NOOP`, then proposes a `NOOP` of its own ballot, then new commands: several
 * slots in flight, chosen in any order, handed on in order.
 *
 * - One ballot, one slot: one command, for ever, also in retransmissions (I3).
 * - Votes are sets of voters, matched on (ballot, slot) (I9).
 * - A stop, inherited or its own, is the last command of a ballot: nothing is proposed above it
 *   (I20).
 * - A leader that hears no phase 2 quorum for a timeout, or cannot write its disk, steps down.
 */
import { accept } from './acceptor.ts';
import { assert } from './assert.ts';
import { type Ballot, isSame, type ReplicaId } from './ballot.ts';
import { clusterTimeMs, noteStamp, startClusterTime } from './cluster-time.ts';
import type { Command, Proposal, Slot } from './command.ts';
import { type CoreState, FORGOTTEN, type InFlight, type Leader, type Turn } from './core-state.ts';
import { noBeats } from './freshness.ts';
import { sendHeartbeats } from './heartbeats.ts';
import { chooseNext } from './learner.ts';
import { newLease } from './lease.ts';
import { isPhase2Quorum, isVoter, type Membership, successorProblem } from './membership.ts';
import type { Accept, Accepted, HandOver } from './messages.ts';
import { startReadRound, tickReads } from './reads.ts';
import { hearFollower, stepDown } from './standing.ts';
import { peersOf, reportRole, sendAfter, sendNow } from './turn.ts';

/** How many slots are sent again in one tick. */
const RETRANSMIT_SLOTS = 4;
/** Votes of this many slots are kept: for those who look at the log, and to know a copy. */
const RECENT_SLOTS = 1024;

/** Takes office with what phase 1 reported; from here on there are only accepts. */
export function lead(turn: Turn, ballot: Ballot, inherited: ReadonlyMap<Slot, Proposal>): void {
  const { core } = turn;
  const lastInherited = Math.max(core.learner.chosenUpTo, ...inherited.keys());
  const role: Leader = {
    name: 'leader',
    ballot,
    nextSlot: core.learner.chosenUpTo + 1,
    inFlight: new Map(),
    firstOwnSlot: lastInherited + 1,
    stop: undefined,
    ticksSinceHeard: new Map(peersOf(core).map((peer) => [peer, 0])),
    beats: noBeats(),
    heartbeatIn: 0,
    round: undefined,
    readQueue: [],
    lease: newLease(core.limits),
    transfer: undefined,
    recentVotes: new Map(),
  };
  core.role = role;
  core.election.leader = undefined;
  core.election.failedCampaigns = 0;
  reportRole(turn, 'a quorum promised');
  for (const { command } of inherited.values()) noteStamp(core, command.timeMs);
  startClusterTime(turn);
  while (role.nextSlot <= lastInherited) {
    const command = inherited.get(role.nextSlot)?.command ?? noop(turn, ballot);
    proposeCommand(turn, role, command);
  }
  if (role.stop === undefined) proposeCommand(turn, role, noop(turn, ballot));
  sendHeartbeats(turn, role);
}

function noop(turn: Turn, ballot: Ballot): Command {
  return { type: 'noop', timeMs: clusterTimeMs(turn), ballot };
}

/** Whether a new batch would get a slot now. */
export function canPropose(core: CoreState): boolean {
  const { role } = core;
  if (role.name !== 'leader' || role.transfer !== undefined) return false;
  if (role.stop !== undefined) return false;
  const { limits, learner } = core;
  const last = role.nextSlot - 1;
  if (last - learner.appliedUpTo >= limits.openSlots) return false;
  return last - learner.chosenUpTo < limits.proposalWindow;
}

/** Orders one batch in the next slot. */
export function propose(turn: Turn, bytes: Uint8Array): void {
  const { core } = turn;
  assert(
    core.role.name === 'leader' && canPropose(core),
    'only a leader within its window proposes',
  );
  proposeCommand(turn, core.role, { type: 'batch', timeMs: clusterTimeMs(turn), bytes });
}

/**
 * Whether the epoch may be ended now. Not before the `NOOP` of the leader's own ballot is chosen:
 * what an earlier leader may have begun is then known, another stop too (Ongaro 2015).
 */
export function canStop(core: CoreState): boolean {
  const { role } = core;
  return canPropose(core) && role.name === 'leader' && core.learner.chosenUpTo >= role.firstOwnSlot;
}

/** Proposes the end of the epoch. */
export function proposeStop(turn: Turn, membership: Membership): void {
  const { core } = turn;
  assert(core.role.name === 'leader' && canStop(core), 'only a leader that may ends the epoch');
  const problem = successorProblem(core.membership, membership);
  assert(problem === undefined, `I9: a stop carries the next membership: ${problem}`);
  proposeCommand(turn, core.role, { type: 'stop', timeMs: clusterTimeMs(turn), membership });
}

/** 2a: to the peers at once, in parallel with the leader's own write. */
function proposeCommand(turn: Turn, role: Leader, command: Command): void {
  const { core } = turn;
  const { epoch } = core.membership;
  assert(
    isSame(core.acceptor.promised, role.ballot),
    'P1a: a leader has promised no higher ballot',
  );
  assert(role.stop === undefined, 'I20: nothing is proposed above a stop');
  const slot = role.nextSlot;
  role.nextSlot += 1;
  const entry: InFlight = { command, votes: new Set(), chosen: false, ticks: 0 };
  role.inFlight.set(slot, entry);
  if (command.type === 'stop') endReads(role, slot);
  sendAccept(turn, role, slot, entry);
  accept(turn, { slot, ballot: role.ballot, command });
  const vote: Accepted = { type: 'accepted', epoch, ballot: role.ballot, slot };
  sendAfter(turn, core.writes, core.self, vote);
  role.recentVotes.set(slot, entry.votes);
  role.recentVotes.delete(slot - RECENT_SLOTS);
}

/** The next epoch may begin at any time from now on, and writes there do not ask this one. */
function endReads(role: Leader, stop: Slot): void {
  role.stop = stop;
  role.lease = undefined;
}

function sendAccept(turn: Turn, role: Leader, slot: Slot, entry: InFlight): void {
  const { core } = turn;
  const message: Accept = {
    type: 'accept',
    epoch: core.membership.epoch,
    ballot: role.ballot,
    slot,
    command: entry.command,
    chosenUpTo: core.learner.chosenUpTo,
  };
  for (const peer of peersOf(core)) {
    if (!entry.votes.has(peer)) sendNow(turn, peer, message);
  }
}

/** 2b. Chosen when a phase 2 quorum of voters has accepted this slot in this ballot. */
export function receiveAccepted(turn: Turn, from: ReplicaId, message: Accepted): void {
  const { core } = turn;
  const { role } = core;
  if (role.name !== 'leader' || !isSame(role.ballot, message.ballot)) return;
  if (!isVoter(core.membership, from)) return;
  const recent = role.recentVotes.get(message.slot);
  if (recent?.has(from) === false) hearFollower(role, from);
  recent?.add(from);
  const entry = role.inFlight.get(message.slot);
  if (entry === undefined || entry.chosen) return;
  entry.votes.add(from);
  if (!isPhase2Quorum(core.membership, entry.votes)) return;
  entry.chosen = true;
  advanceLeader(turn, role);
}

/** Hands on chosen slots in order: a later one waits for those before it. */
function advanceLeader(turn: Turn, role: Leader): void {
  const { learner } = turn.core;
  while (role.inFlight.get(learner.chosenUpTo + 1)?.chosen === true) {
    chooseNext(turn);
    forget(role, learner.chosenUpTo);
  }
  startReadRound(turn, role);
}

export function tickLeader(turn: Turn, role: Leader, diskStalled: boolean): void {
  const { core } = turn;
  for (const [peer, ticks] of role.ticksSinceHeard) role.ticksSinceHeard.set(peer, ticks + 1);
  if (diskStalled) {
    stepDown(turn, 'its disk does not answer');
    return;
  }
  if (!reachesQuorum(core, role)) {
    stepDown(turn, 'it reaches no quorum');
    return;
  }
  forgetChosen(core, role);
  advanceLeader(turn, role);
  role.heartbeatIn -= 1;
  if (role.heartbeatIn <= 0) sendHeartbeats(turn, role);
  retransmit(turn, role);
  tickReads(turn, role);
  tickTransfer(turn, role);
}

function reachesQuorum(core: CoreState, role: Leader): boolean {
  const heard = new Set([core.self]);
  for (const [peer, ticks] of role.ticksSinceHeard) {
    if (ticks < core.limits.leaderTimeoutTicks) heard.add(peer);
  }
  return isPhase2Quorum(core.membership, heard);
}

/** Slots that were learnt as chosen from a peer need no votes any more. */
function forgetChosen(core: CoreState, role: Leader): void {
  for (const slot of role.inFlight.keys()) {
    if (slot <= core.learner.chosenUpTo) forget(role, slot);
  }
}

function forget(role: Leader, slot: Slot): void {
  const entry = role.inFlight.get(slot);
  if (entry !== undefined) entry.command = FORGOTTEN;
  role.inFlight.delete(slot);
}

/** A lost message is normal: what has no quorum yet is sent again, the same command as before. */
function retransmit(turn: Turn, role: Leader): void {
  let budget = RETRANSMIT_SLOTS;
  for (const [slot, entry] of role.inFlight) {
    entry.ticks += 1;
    if (entry.chosen || budget === 0 || entry.ticks < turn.core.limits.retransmitTicks) continue;
    entry.ticks = 0;
    budget -= 1;
    sendAccept(turn, role, slot, entry);
  }
}

/** An operator's wish, told to the leader of this ballot: a late copy is not for its successors. */
export function receiveHandOver(turn: Turn, message: HandOver): void {
  const { role } = turn.core;
  if (role.name === 'leader' && isSame(role.ballot, message.ballot)) transfer(turn, message.to);
}

/**
 * Hands leadership to a voter. Nothing new is proposed until it leads, or a timeout ends this. The
 * lease is dropped first: nobody is bound to this leader any more.
 */
export function transfer(turn: Turn, to: ReplicaId): void {
  const { core } = turn;
  const { role } = core;
  if (role.name !== 'leader' || to === core.self || !isVoter(core.membership, to)) return;
  role.lease = undefined;
  role.transfer = { to, ticks: 0 };
  tickTransfer(turn, role);
}

function tickTransfer(turn: Turn, role: Leader): void {
  const { core } = turn;
  const { transfer: handOver } = role;
  if (handOver === undefined) return;
  if (handOver.ticks >= core.limits.leaderTimeoutTicks) {
    role.transfer = undefined;
    return;
  }
  const isSettled = role.inFlight.size === 0;
  if (isSettled && handOver.ticks % core.limits.heartbeatTicks === 0) {
    const { epoch } = core.membership;
    sendHeartbeats(turn, role);
    const { chosenUpTo } = core.learner;
    sendNow(turn, handOver.to, { type: 'takeOver', epoch, ballot: role.ballot, chosenUpTo });
  }
  handOver.ticks += 1;
}
