/**
 * A moment worth healing at: somebody holds a proposal above a slot that nobody has who may be in
 * the core. The next leader must fill that gap, or nothing above it is ever applied (PMS 3).
 */
import type { CoreState } from '../paxos/core-state.ts';
import type { Slot } from '../paxos/command.ts';
import type { SimulatedReplica } from './simulated-replica.ts';

/**
 * Who must stay broken, so that the gap stays: all that may hold the missing slot. `undefined`:
 * there is no gap that `needed` replicas agree on.
 */
export function keepersOfGap(
  replicas: readonly SimulatedReplica[],
  needed: number,
): readonly SimulatedReplica[] | undefined {
  for (const { host } of replicas) {
    const missing = host?.replica === undefined ? undefined : gapIn(host.replica.core);
    if (missing === undefined) continue;
    const keepers = replicas.filter((replica) => mayHold(replica, missing));
    if (keepers.length <= replicas.length - needed) return keepers;
  }
  return undefined;
}

/** The lowest slot that is missing below one that is accepted and not known to be chosen. */
function gapIn({ acceptor, learner }: CoreState): Slot | undefined {
  if (acceptor.highestSlot <= learner.chosenUpTo + 1) return undefined;
  for (let slot = learner.chosenUpTo + 1; slot < acceptor.highestSlot; slot += 1) {
    if (!acceptor.accepted.has(slot)) return slot;
  }
  return undefined;
}

function mayHold({ host }: SimulatedReplica, slot: Slot): boolean {
  const core = host?.replica?.core;
  if (core === undefined) return true;
  return core.learner.chosenUpTo >= slot || core.acceptor.accepted.has(slot);
}
