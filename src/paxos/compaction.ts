/**
 * What the core knows of trimmed logs (PML 5.1 has them below a snapshot; here they end at a floor
 * that the durable state has passed):
 *
 * - nothing is accepted, and nothing is told as accepted, at or below the own floor (I19);
 * - a peer whose floor is above what is wanted cannot serve it; where that is so of all who are
 *   ahead, the state itself is pulled, at one slot, and nothing is led or campaigned for meanwhile.
 */
import { assert } from './assert.ts';
import type { ReplicaId } from './ballot.ts';
import type { Slot } from './command.ts';
import type { CoreState, Turn } from './core-state.ts';
import { stepDown } from './standing.ts';

/** The state is durable up to there, and the log lets go of it. */
export function receiveTrimmed(core: CoreState, upTo: Slot): void {
  const { acceptor, learner } = core;
  assert(upTo <= learner.appliedUpTo, 'I18: only what is applied is trimmed');
  acceptor.floor = Math.max(acceptor.floor, upTo);
}

/** Whether the peer has the next slot still in its log, as far as is known. */
export function mayServeNext({ learner }: CoreState, peer: ReplicaId): boolean {
  return (learner.floors.get(peer) ?? 0) <= learner.chosenUpTo;
}

export function isFetchingSnapshot({ learner }: CoreState): boolean {
  return learner.fetching?.what === 'snapshot';
}

/**
 * Pulls the state of a peer. Who cannot tell what was chosen does not lead: that peer may at once.
 * Where it could not give its state before, it may not be able to lead either; then a leader stays,
 * and pulls all the same: the others may catch up with it, and choose what it has proposed.
 */
export function fetchSnapshot(turn: Turn, from: ReplicaId): void {
  const { core } = turn;
  const { learner } = core;
  learner.fetching = { from, what: 'snapshot', ticks: 0 };
  const stays = core.role.name === 'leader' && learner.failedSnapshots.includes(from);
  if (core.role.name !== 'follower' && !stays) stepDown(turn, 'it needs a snapshot');
  turn.effects.push({ type: 'fetchSnapshot', to: from, above: learner.appliedUpTo });
}
