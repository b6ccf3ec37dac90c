/**
 * Becoming leader (PMS 3; PMMC 2.2, the scout): ask whether a quorum would promise, then one
 * phase 1 for all open slots. A candidate leads once a phase 1 quorum has reported in full and it
 * holds every slot that any of them knows to be chosen (I8, I10).
 */
import { answerPrepare, promise } from './acceptor.ts';
import { type Ballot, isHigher, isSame, type ReplicaId } from './ballot.ts';
import { isFarAhead } from './ballot-jump.ts';
import type { Proposal, Slot } from './command.ts';
import type { Candidate, Checking, CoreState, PromiseReport, Turn } from './core-state.ts';
import { fetchIfBehind, notePeer } from './learner.ts';
import { lead } from './leader.ts';
import { isBound } from './lease.ts';
import { isPhase1Quorum } from './membership.ts';
import type { CampaignChecked, Prepare, PromiseMessage, Rejected, TakeOver } from './messages.ts';
import { backOff, stepDown } from './standing.ts';
import { mayCampaign } from './suspect.ts';
import { peersOf, reportRole, sendAfter, sendNow } from './turn.ts';

/** A follower's, asker's or candidate's share of a tick. */
export function tickElection(turn: Turn, diskStalled: boolean): void {
  const { core } = turn;
  const { election, limits, role } = core;
  election.ticksSinceLeader += 1;
  if (role.name === 'follower') {
    if (election.ticksSinceLeader < election.timeoutTicks) return;
    if (!mayCampaign(core) || isBound(turn, core.self)) loseLeader(turn);
    else if (!diskStalled) checkCampaign(turn);
  } else if (role.name === 'checking') {
    role.ticks += 1;
    if (role.ticks >= limits.leaderTimeoutTicks) backOff(turn, 'no quorum would promise');
    else if (role.ticks % limits.retransmitTicks === 0) askPeers(turn, role);
  } else if (role.name === 'candidate') {
    tickCandidate(turn, role);
  }
}

function tickCandidate(turn: Turn, role: Candidate): void {
  const { core } = turn;
  role.ticks = core.learner.chosenUpTo > role.progress ? 0 : role.ticks + 1;
  role.progress = core.learner.chosenUpTo;
  if (role.ticks >= 2 * core.limits.leaderTimeoutTicks) {
    backOff(turn, 'the campaign found no quorum');
    return;
  }
  if (role.ticks % core.limits.retransmitTicks === 0) sendPrepare(turn, role);
  leadIfReady(turn);
}

/** "Would you promise?", so that a replica which only cannot hear the leader does no harm. */
function checkCampaign(turn: Turn): void {
  const { core } = turn;
  const role: Checking = {
    name: 'checking',
    ballot: nextBallot(core),
    granted: new Set([core.self]),
    ticks: 0,
  };
  core.role = role;
  loseLeader(turn);
  askPeers(turn, role);
  if (isPhase1Quorum(core.membership, role.granted)) startCampaign(turn, undefined);
}

function loseLeader(turn: Turn): void {
  const { election } = turn.core;
  if (election.leader === undefined) return;
  election.leader = undefined;
  reportRole(turn, 'the leader is silent');
}

function askPeers(turn: Turn, { ballot, granted }: Checking): void {
  const { core } = turn;
  for (const peer of peersOf(core)) {
    if (granted.has(peer)) continue;
    sendNow(turn, peer, { type: 'checkCampaign', epoch: core.membership.epoch, ballot });
  }
}

/** A grant counts for the question that it answers: a late one says nothing of today. */
export function receiveCampaignChecked(
  turn: Turn,
  from: ReplicaId,
  message: CampaignChecked,
): void {
  const { core } = turn;
  const { role } = core;
  if (isFarAhead(turn, from, message.promised)) return;
  noteRound(core, message.promised);
  if (role.name !== 'checking' || !isSame(role.ballot, message.ballot)) return;
  if (!message.granted) return;
  role.granted.add(from);
  if (isPhase1Quorum(core.membership, role.granted)) startCampaign(turn, undefined);
}

/**
 * The leader that is followed hands over: campaign now, in its name. Who does not hold yet all that
 * is chosen fetches it first, while that leader goes on leading: it asks again. With a disk that does
 * not answer no prepare would ever leave, and all that came of it were refusals.
 */
export function receiveTakeOver(turn: Turn, from: ReplicaId, message: TakeOver): void {
  const { core } = turn;
  if (from !== message.ballot.leader || !isSame(message.ballot, core.election.heard)) return;
  if (core.election.leader !== from || hasGoneOn(core, message)) return;
  if (!mayCampaign(core) || core.diskStalled || isBound(turn, core.self, message.ballot)) return;
  notePeer(core, from, message.chosenUpTo);
  if (core.learner.chosenUpTo < message.chosenUpTo) fetchIfBehind(turn, 0);
  else startCampaign(turn, message.ballot);
}

/** A hand-over that came to nothing, and after which the leader proposed again, is over. */
function hasGoneOn({ acceptor, learner }: CoreState, { ballot, chosenUpTo }: TakeOver): boolean {
  if (learner.chosenUpTo > chosenUpTo) return true;
  for (const [slot, entry] of acceptor.accepted) {
    if (slot > chosenUpTo && isSame(entry.ballot, ballot)) return true;
  }
  return false;
}

/** 1a: a new ballot, durable before the first `prepare` leaves, also across restarts (I2). */
export function startCampaign(turn: Turn, succeeds: Ballot | undefined): void {
  const { core } = turn;
  const role: Candidate = {
    name: 'candidate',
    ballot: nextBallot(core),
    from: core.learner.chosenUpTo + 1,
    succeeds,
    reports: new Map(),
    ticks: 0,
    progress: core.learner.chosenUpTo,
  };
  core.role = role;
  promise(turn, role.ballot);
  reportRole(turn, 'campaigns');
  sendPrepare(turn, role);
  answerPrepare(turn, core.self, prepareOf(core, role));
}

function sendPrepare(turn: Turn, role: Candidate): void {
  const { core } = turn;
  const message = prepareOf(core, role);
  for (const peer of peersOf(core)) {
    if (isComplete(role.reports.get(peer))) continue;
    sendAfter(turn, core.acceptor.promisedWrite, peer, message);
  }
}

function prepareOf(core: CoreState, role: Candidate): Prepare {
  const { ballot, from, succeeds } = role;
  const prepare: Prepare = { type: 'prepare', epoch: core.membership.epoch, ballot, from };
  return succeeds === undefined ? prepare : { ...prepare, succeeds };
}

/** 1b. A report counts when all its parts are there; a newer report replaces a partial one. */
export function receivePromise(turn: Turn, from: ReplicaId, message: PromiseMessage): void {
  const { core } = turn;
  const { role } = core;
  notePeer(core, from, message.chosenUpTo);
  if (role.name !== 'candidate' || !isSame(role.ballot, message.ballot)) return;
  const known = role.reports.get(from);
  if (isComplete(known)) return;
  const report = continues(known, message)
    ? known
    : { parts: message.parts, chosenUpTo: message.chosenUpTo, received: new Map() };
  report.received.set(message.part, message.accepted);
  role.reports.set(from, report);
  leadIfReady(turn);
}

function continues(
  known: PromiseReport | undefined,
  message: PromiseMessage,
): known is PromiseReport {
  return known?.parts === message.parts && known.chosenUpTo === message.chosenUpTo;
}

function isComplete(report: PromiseReport | undefined): report is PromiseReport {
  return report !== undefined && report.received.size === report.parts;
}

/** Leads once a quorum has reported and everything that it knows to be chosen is here too. */
export function leadIfReady(turn: Turn): void {
  const { core } = turn;
  const { role, learner } = core;
  if (role.name !== 'candidate' || core.ended !== undefined) return;
  const complete = [...role.reports].filter(([, report]) => isComplete(report));
  if (!isPhase1Quorum(core.membership, new Set(complete.map(([id]) => id)))) return;
  const horizon = Math.max(...complete.map(([, report]) => report.chosenUpTo));
  if (learner.chosenUpTo < horizon) {
    fetchIfBehind(turn, 0);
    return;
  }
  lead(turn, role.ballot, inherit(core, complete));
}

/** For each open slot the reported proposal of the highest ballot: P2c obliges to propose it. */
function inherit(
  core: CoreState,
  reports: readonly (readonly [ReplicaId, PromiseReport])[],
): Map<Slot, Proposal> {
  const inherited = new Map<Slot, Proposal>();
  for (const [, report] of reports) {
    for (const proposal of [...report.received.values()].flat()) {
      if (proposal.slot <= core.learner.chosenUpTo) continue;
      const best = inherited.get(proposal.slot);
      if (best === undefined || isHigher(proposal.ballot, best.ballot)) {
        inherited.set(proposal.slot, proposal);
      }
    }
  }
  dropAboveStop(inherited);
  return inherited;
}

/**
 * What stands above the lowest stop is not proposed again: it is void where the stop is chosen, and
 * where it is not, it is still reported to the leader that comes next.
 */
function dropAboveStop(inherited: Map<Slot, Proposal>): void {
  const stops = [...inherited.values()].filter(({ command }) => command.type === 'stop');
  const stop = Math.min(...stops.map(({ slot }) => slot));
  for (const slot of inherited.keys()) if (slot > stop) inherited.delete(slot);
}

/** Somebody promised higher: this ballot is over. A refusal out of stickiness ends nothing. */
export function receiveRejected(turn: Turn, from: ReplicaId, message: Rejected): void {
  const { core } = turn;
  const { role } = core;
  if (isFarAhead(turn, from, message.promised)) return;
  noteRound(core, message.promised);
  if (role.name !== 'leader' && role.name !== 'candidate') return;
  if (!isSame(role.ballot, message.ballot) || !isHigher(message.promised, role.ballot)) return;
  stepDown(turn, 'a higher ballot was promised');
}

function nextBallot(core: CoreState): Ballot {
  return { round: core.election.highestRound + 1, leader: core.self };
}

function noteRound(core: CoreState, ballot: Ballot): void {
  core.election.highestRound = Math.max(core.election.highestRound, ballot.round);
}
