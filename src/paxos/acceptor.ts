/**
 * The acceptor of the log (PMS 2.2, 3). It keeps one promise for all slots, and for each slot the
 * proposal of the highest ballot that it accepted.
 *
 * - `promised` never decreases, and is at least the ballot of every accepted proposal (I4, I5).
 * - Every answer waits for the writes that it rests on (I6); accepting raises `promised` in the
 *   same atomic write.
 * - A promise reports everything accepted above the chosen prefix, also what is still on its way
 *   to the disk: its own write comes later in the same order (I7).
 */
import { assert } from './assert.ts';
import { type Ballot, isAtLeast, isHigher, isSame, type ReplicaId } from './ballot.ts';
import { commandBytes, isSameCommand, type Proposal, type Slot } from './command.ts';
import type { CoreState, Turn } from './core-state.ts';
import type { Prepare, PromiseMessage } from './messages.ts';
import { sendAfter, write } from './turn.ts';

/** Makes `ballot` the promise of this replica: durable before anything that rests on it leaves. */
export function promise(turn: Turn, ballot: Ballot): void {
  const { acceptor, election, membership } = turn.core;
  if (!isHigher(ballot, acceptor.promised)) return;
  acceptor.promised = ballot;
  election.highestRound = Math.max(election.highestRound, ballot.round);
  write(turn, { type: 'promised', epoch: membership.epoch, ballot });
  acceptor.promisedWrite = turn.core.writes;
}

/** 1b, in as many parts as the report needs. */
export function answerPrepare(turn: Turn, to: ReplicaId, message: Prepare): void {
  const { core } = turn;
  assert(core.learner.chosenUpTo >= core.acceptor.floor, 'I19: what is trimmed is told as chosen');
  const parts = splitReport(core, message.from);
  for (const [part, accepted] of parts.entries()) {
    const answer: PromiseMessage = {
      type: 'promise',
      epoch: core.membership.epoch,
      ballot: message.ballot,
      chosenUpTo: core.learner.chosenUpTo,
      part,
      parts: parts.length,
      accepted,
    };
    sendAfter(turn, core.writes, to, answer);
  }
}

/** Everything accepted from `from` on and above the own chosen prefix, ascending, in parts. */
function splitReport(core: CoreState, from: Slot): Proposal[][] {
  const { acceptor, learner, limits } = core;
  const parts: Proposal[][] = [[]];
  let part = parts[0] ?? [];
  let bytes = 0;
  for (let slot = Math.max(from, learner.chosenUpTo + 1); slot <= acceptor.highestSlot; slot += 1) {
    const entry = acceptor.accepted.get(slot);
    if (entry === undefined) continue;
    const size = commandBytes(entry.command);
    if (part.length > 0 && bytes + size > limits.promisePartBytes) {
      part = [];
      parts.push(part);
      bytes = 0;
    }
    part.push({ slot, ballot: entry.ballot, command: entry.command });
    bytes += size;
  }
  return parts;
}

/**
 * Records a proposal. A repeated one writes nothing, but its answer waits for the first write.
 * Returns whether it is new to the open slots.
 */
export function accept(turn: Turn, proposal: Proposal): boolean {
  const { core } = turn;
  const { acceptor } = core;
  const { epoch } = core.membership;
  const { slot, ballot, command } = proposal;
  assert(slot > acceptor.floor, 'I19: nothing is accepted in a slot below the floor');
  assert(slot >= core.epochFrom, 'I20: a slot is of one epoch');
  const existing = acceptor.accepted.get(slot);
  if (existing !== undefined) {
    assert(!isHigher(existing.ballot, ballot), 'I5: an accepted ballot never decreases');
    const isOpen = slot > core.learner.chosenUpTo;
    if (isSame(existing.ballot, ballot) || !isOpen) {
      assert(isSameCommand(existing.command, command), 'I3, I1: one command for a ballot and slot');
    }
    if (isSame(existing.ballot, ballot)) return false;
  }
  promise(turn, ballot);
  if (slot > core.learner.appliedUpTo) acceptor.accepted.set(slot, { epoch, ballot, command });
  acceptor.highestSlot = Math.max(acceptor.highestSlot, slot);
  write(turn, { type: 'accepted', epoch, slot, ballot, command });
  return slot > core.learner.appliedUpTo;
}

/**
 * Whether this acceptor confirms no read to the leader of `ballot`: the slot of a stop that it
 * accepted from it is still open here. The stop may be chosen, and the next epoch at work.
 * A stop of a lower ballot seals nothing: had it been chosen, that leader would have inherited it.
 */
export function isSealed({ acceptor, learner }: CoreState, ballot: Ballot): boolean {
  for (const [slot, entry] of acceptor.accepted) {
    if (slot <= learner.chosenUpTo || entry.command.type !== 'stop') continue;
    if (isAtLeast(entry.ballot, ballot)) return true;
  }
  return false;
}
