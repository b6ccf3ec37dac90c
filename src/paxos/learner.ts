/**
 * The learner: which slots are chosen, and in which order they are handed on.
 *
 * - Only a leader announces what is chosen. A replica takes its own accepted proposal as chosen
 *   only where it accepted it in that leader's ballot; an older proposal may have lost.
 * - Everything else is pulled from a peer's chosen slots.
 * - A stop that is handed on ends the epoch: no later slot of it is ever handed on (I20).
 * - Slots leave as `chosen` effects in order, once each, without gaps (I11), although a leader may
 *   have them chosen in any order.
 */
import { accept } from './acceptor.ts';
import { assert } from './assert.ts';
import { type Ballot, isAtLeast, isSame, type ReplicaId } from './ballot.ts';
import { isFarAhead } from './ballot-jump.ts';
import { noteStamp } from './cluster-time.ts';
import { type Command, isSameCommand, type Proposal, type Slot } from './command.ts';
import { fetchSnapshot, mayServeNext } from './compaction.ts';
import {
  type CoreState,
  type Fetching,
  FORGOTTEN,
  type LearnerState,
  type Turn,
} from './core-state.ts';
import type { Input } from './effects.ts';
import { yieldTo } from './standing.ts';
import { peersOf } from './turn.ts';

/** Ticks without progress before chosen slots are pulled: most gaps close by themselves. */
const PATIENCE_TICKS = 3;
/** After these a fetch is taken for lost. */
const FETCH_TICKS = 300;

/** After a restart: what the log says is chosen, above what the store has applied. */
export function resumeChosen(turn: Turn, chosenUpTo: Slot): void {
  const { core } = turn;
  while (core.learner.chosenUpTo < chosenUpTo && core.ended === undefined) chooseNext(turn);
}

/** A leader's word that every slot up to `upTo` is chosen, in the commands of its ballot. */
export function learnAnnounced(turn: Turn, ballot: Ballot, upTo: Slot): void {
  const { learner } = turn.core;
  if (isAtLeast(ballot, learner.announced.ballot)) {
    const known = isSame(ballot, learner.announced.ballot) ? learner.announced.upTo : 0;
    learner.announced = { ballot, upTo: Math.max(upTo, known) };
  }
  advance(turn);
}

/** Takes own accepted proposals as chosen, as far as the announcement covers them. */
function advance(turn: Turn): void {
  const { core } = turn;
  const { acceptor, learner } = core;
  const { ballot, upTo } = learner.announced;
  while (learner.chosenUpTo < upTo && core.ended === undefined) {
    const entry = acceptor.accepted.get(learner.chosenUpTo + 1);
    if (entry === undefined || !isSame(entry.ballot, ballot)) return;
    chooseNext(turn);
  }
}

/** The next slot is chosen, with the command that this replica holds for it. */
export function chooseNext(turn: Turn): void {
  const { core } = turn;
  const slot = core.learner.chosenUpTo + 1;
  const entry = core.acceptor.accepted.get(slot);
  assert(entry !== undefined, 'I11: a chosen slot is handed on with its command');
  core.learner.chosenUpTo = slot;
  core.learner.behindTicks = 0;
  noteStamp(core, entry.command.timeMs);
  turn.effects.push({ type: 'chosen', slot, command: entry.command });
  endEpoch(core, slot, entry.command);
}

/** A chosen stop is the end, unless it is one of an earlier epoch, handed on after a restart. */
function endEpoch(core: CoreState, slot: Slot, command: Command): void {
  assert(core.ended === undefined, 'I20: nothing is handed on above a stop');
  if (command.type !== 'stop' || slot < core.epochFrom) return;
  core.ended = { slot, membership: command.membership };
}

type FetchedSlots = Pick<Extract<Input, { type: 'fetched' }>, 'proposals' | 'floor'>;

/** A snapshot could not be had; whoever was asked may have the slots again by now, or be gone. */
export function receiveSnapshotFailed({ learner }: CoreState, from: ReplicaId): void {
  const { fetching } = learner;
  if (fetching?.from !== from || fetching.what !== 'snapshot') return;
  learner.fetching = undefined;
  learner.floors.delete(from);
  noteFailed(learner, from);
  learner.failedSnapshots = [...learner.failedSnapshots.filter((id) => id !== from), from];
}

/** Chosen slots that a peer served, in order. Also asks for more. */
export function receiveFetched(
  turn: Turn,
  from: ReplicaId,
  { proposals, floor }: FetchedSlots,
): void {
  const { core } = turn;
  const { learner } = core;
  const { fetching } = learner;
  if (fetching?.from === from && fetching.what === 'slots') learner.fetching = undefined;
  if (floor !== undefined) learner.floors.set(from, floor);
  const before = learner.chosenUpTo;
  for (const proposal of proposals ?? []) {
    // What is of a later epoch is pulled again in it: there it belongs under its own promise.
    if (core.ended !== undefined || proposal.epoch !== core.membership.epoch) break;
    if (isFarAhead(turn, from, proposal.ballot)) break;
    if (proposal.slot === learner.chosenUpTo + 1) learnChosen(turn, proposal);
  }
  advance(turn);
  if (learner.chosenUpTo === before) {
    noteFailed(learner, from);
    return;
  }
  learner.failed = learner.failed.filter((id) => id !== from);
  learner.isPausing = false;
  fetchIfBehind(turn, 0);
}

/** The next slot, chosen elsewhere. Recorded under its ballot, unless a higher one is held. */
function learnChosen(turn: Turn, proposal: Proposal): void {
  const own = turn.core.acceptor.accepted.get(proposal.slot);
  if (own !== undefined && isAtLeast(own.ballot, proposal.ballot)) {
    assert(isSameCommand(own.command, proposal.command), 'I1: one command is chosen for a slot');
  } else {
    yieldTo(turn, proposal.ballot);
    turn.core.acceptor.accepted.delete(proposal.slot);
    accept(turn, proposal);
  }
  chooseNext(turn);
}

/** A peer's own `chosenUpTo`. */
export function notePeer(core: CoreState, peer: ReplicaId, chosenUpTo: Slot): void {
  const known = core.learner.peersChosenUpTo.get(peer) ?? 0;
  core.learner.peersChosenUpTo.set(peer, Math.max(known, chosenUpTo));
}

export function tickLearner(turn: Turn): void {
  const { learner } = turn.core;
  if (learner.fetching !== undefined) {
    learner.fetching.ticks += 1;
    if (learner.fetching.what === 'snapshot') return;
    if (learner.fetching.ticks < FETCH_TICKS) return;
    noteFailed(learner, learner.fetching.from);
    learner.fetching = undefined;
  }
  if (horizon(turn.core) <= learner.chosenUpTo) {
    learner.behindTicks = 0;
    learner.failed = [];
    learner.failedSnapshots = [];
    learner.isPausing = false;
    return;
  }
  learner.behindTicks += 1;
  fetchIfBehind(turn, PATIENCE_TICKS);
}

function noteFailed(learner: LearnerState, peer: ReplicaId): void {
  learner.failed = [...learner.failed.filter((id) => id !== peer), peer];
  learner.isPausing = true;
}

/** The highest slot that anyone is known to hold as chosen. */
function horizon(core: CoreState): Slot {
  return Math.max(core.learner.announced.upTo, ...core.learner.peersChosenUpTo.values());
}

/**
 * Pulls chosen slots, one request at a time, from a peer that is known to have more. After one that
 * brought nothing there is always a pause.
 */
export function fetchIfBehind(turn: Turn, patienceTicks: number): void {
  const { core } = turn;
  const { learner } = core;
  if (core.ended !== undefined) return;
  const patience = learner.isPausing ? PATIENCE_TICKS : patienceTicks;
  if (learner.fetching !== undefined || learner.behindTicks < patience) return;
  if (learner.chosenUpTo - learner.appliedUpTo > core.limits.openSlots) return;
  const source = sourceOf(core);
  if (source === undefined) return;
  const { from, what } = source;
  learner.behindTicks = 0;
  if (what === 'snapshot') return fetchSnapshot(turn, from);
  learner.fetching = { from, what, ticks: 0 };
  turn.effects.push({ type: 'fetch', to: from, from: learner.chosenUpTo + 1 });
}

/**
 * The leader where it has more, else another peer that has. Where those that are left have trimmed
 * what is wanted, a snapshot of one of them. Who failed is asked again once all have failed, in
 * turn: one that cannot be reached costs no more than one pull on the way to the end.
 */
function sourceOf(core: CoreState): Omit<Fetching, 'ticks'> | undefined {
  const { learner, election } = core;
  // Members of later epochs may be strangers to this one.
  const known = new Set([...peersOf(core), ...learner.peersChosenUpTo.keys()]);
  const ahead = [...known].filter((id) => knownChosenUpTo(core, id) > learner.chosenUpTo);
  const ofThese = (ids: readonly ReplicaId[]): ReplicaId | undefined =>
    ids.find((id) => id === election.leader) ?? ids[0];
  const able = ahead.filter((id) => mayServeNext(core, id));
  const willing = ofThese(able.filter((id) => !learner.failed.includes(id)));
  if (willing !== undefined) return { from: willing, what: 'slots' };
  const trimmed = ofThese(ahead.filter((id) => !able.includes(id)));
  if (trimmed !== undefined) return { from: trimmed, what: 'snapshot' };
  const failed = learner.failed.find((id) => ahead.includes(id));
  return failed === undefined ? undefined : { from: failed, what: 'slots' };
}

function knownChosenUpTo(core: CoreState, peer: ReplicaId): Slot {
  const { announced, peersChosenUpTo } = core.learner;
  const said = peersChosenUpTo.get(peer) ?? 0;
  return announced.ballot.leader === peer ? Math.max(announced.upTo, said) : said;
}

/** The store has executed these slots: their commands are no longer needed here. */
export function receiveApplied(core: CoreState, upTo: Slot): void {
  const { acceptor, learner } = core;
  assert(upTo <= learner.chosenUpTo, 'I11: only chosen slots are applied');
  for (let slot = learner.appliedUpTo + 1; slot <= upTo; slot += 1) {
    const entry = acceptor.accepted.get(slot);
    if (entry !== undefined) entry.command = FORGOTTEN;
    acceptor.accepted.delete(slot);
  }
  learner.appliedUpTo = Math.max(learner.appliedUpTo, upTo);
}
