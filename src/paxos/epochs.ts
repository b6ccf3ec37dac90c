/**
 * From epoch to epoch (Lamport, Malkhi, Zhou: Reconfiguring a state machine; Stoppable Paxos).
 * Each epoch is plain Paxos over a fixed set of members, in a core of its own. A chosen stop ends
 * it: every later slot of it is void, and the log goes on in a core that `startNextEpoch` makes of
 * the ended one, with a phase 1 of its own.
 *
 * - The next core exists only once the stop and everything below it are known to be chosen and
 *   held here. All that it says rests on a write after theirs (I20).
 * - What was promised and accepted in one epoch says nothing in another. Promises begin at zero;
 *   rounds go on, so that no replica leads two epochs in one ballot.
 */
import { assert } from './assert.ts';
import { type ReplicaId, ZERO_BALLOT } from './ballot.ts';
import { startCampaign } from './campaign.ts';
import type { EpochProposal } from './command.ts';
import {
  type CoreState,
  createCoreState,
  type EpochEnd,
  leaderOf,
  type Turn,
} from './core-state.ts';
import type { Effect } from './effects.ts';
import { fetchIfBehind, notePeer } from './learner.ts';
import { sendHeartbeats } from './heartbeats.ts';
import { isBound } from './lease.ts';
import { isVoter } from './membership.ts';
import type { EpochEnded, Message } from './messages.ts';
import { draw } from './random.ts';
import { mayCampaign } from './suspect.ts';
import { reportRole, sendNow } from './turn.ts';

/** After a step in which a stop was handed on. The leader tells the others first. */
export function finishEpoch(turn: Turn): void {
  const { core, effects } = turn;
  if (core.ended === undefined) return;
  if (core.role.name === 'leader') sendHeartbeats(turn, core.role);
  effects.push({ type: 'epochEnded', ...core.ended });
}

/**
 * The core of the next epoch, which takes the place of `before`: its writes are numbered on, and
 * what `before` handed on is not handed on again. Its old leader campaigns at once if it may.
 */
export function startNextEpoch(
  before: CoreState,
  nowMs: number,
): { core: CoreState; effects: Effect[] } {
  const { ended } = before;
  assert(ended !== undefined, 'I20: an epoch begins when the one before has ended');
  const core = succeed(before, ended, nowMs);
  const turn: Turn = { core, nowMs, effects: [] };
  const isFree = mayCampaign(core) && !core.diskStalled && !isBound(turn, core.self);
  const goesFirst = leaderOf(before) === core.self && isFree;
  if (goesFirst) startCampaign(turn, undefined);
  else reportRole(turn, `epoch ${core.membership.epoch} begins`);
  fetchIfBehind(turn, 0);
  return { core, effects: turn.effects };
}

function succeed(before: CoreState, ended: EpochEnd, nowMs: number): CoreState {
  const { election, learner } = before;
  const { membership, slot } = ended;
  const core = createCoreState({
    self: before.self,
    membership,
    limits: before.limits,
    recovered: {
      promised: ZERO_BALLOT,
      highestRound: election.highestRound,
      epochFrom: slot + 1,
      chosenUpTo: slot,
      appliedUpTo: learner.appliedUpTo,
      floor: before.acceptor.floor,
      proposals: carriedOver(before, ended),
      timeMs: before.stampMs,
    },
    incarnation: before.incarnation,
    isSuspect: before.isSuspect,
    seed: election.random,
    firstNonce: before.nextNonce,
    nowMs,
  });
  core.writes = before.writes;
  core.acceptor.promisedWrite = before.writes;
  core.learner.chosenUpTo = slot;
  core.learner.fetching = learner.fetching;
  for (const [peer, floor] of learner.floors) core.learner.floors.set(peer, floor);
  core.diskStalled = before.diskStalled;
  core.grants.silentUntilMs = before.grants.silentUntilMs;
  for (const [peer, upTo] of learner.peersChosenUpTo) notePeer(core, peer, upTo);
  core.election.timeoutTicks += patience(before, core);
  return core;
}

/** What is chosen and not yet applied. Above the stop everything is void. */
function carriedOver({ acceptor }: CoreState, ended: EpochEnd): EpochProposal[] {
  return [...acceptor.accepted]
    .filter(([slot]) => slot <= ended.slot)
    .map(([slot, entry]) => ({ slot, ...entry }));
}

/** The old leader goes first; where it may not, anybody may. */
function patience(before: CoreState, { election, limits, membership }: CoreState): number {
  const leader = leaderOf(before);
  const isThere = leader !== undefined && isVoter(membership, leader);
  return isThere
    ? draw(election, 1, limits.leaderTimeoutTicks)
    : draw(election, 0, limits.heartbeatTicks);
}

/** Whoever speaks in a later epoch holds the stop of this one, above all that is chosen here. */
export function noteLaterEpoch(turn: Turn, from: ReplicaId, message: Message): void {
  const { core } = turn;
  const said = 'chosenUpTo' in message ? message.chosenUpTo : 0;
  notePeer(core, from, Math.max(said, core.learner.chosenUpTo + 1));
  fetchIfBehind(turn, 0);
}

/** The sender is behind: it is told up to where it can catch up. */
export function answerEnded(turn: Turn, to: ReplicaId, message: Message): void {
  const { core } = turn;
  if (to === core.self || message.type === 'epochEnded') return;
  sendNow(turn, to, { type: 'epochEnded', epoch: message.epoch, slot: core.epochFrom - 1 });
}

/** Of this epoch: it has ended elsewhere. */
export function receiveEpochEnded(turn: Turn, from: ReplicaId, { slot }: EpochEnded): void {
  notePeer(turn.core, from, slot);
  fetchIfBehind(turn, 0);
}
