/** The core as a replica starts: with what its log and its state hold. */
import { assert } from '../paxos/assert.ts';
import { ZERO_BALLOT } from '../paxos/ballot.ts';
import { startCore } from '../paxos/core.ts';
import type { CoreState } from '../paxos/core-state.ts';
import type { Slot } from '../paxos/command.ts';
import type { Effect } from '../paxos/effects.ts';
import { type EpochHistory, resolveEpochs } from '../paxos/epoch-history.ts';
import type { Membership } from '../paxos/membership.ts';
import type { RecoveredLog } from '../storage/acceptor-log.ts';
import type { StateStore } from '../storage/state-store.ts';
import type { OpenedStorage } from './host-options.ts';
import type { ReplicaOptions } from './replica-options.ts';

/** The epoch that a replica is in: the state tells one, and the log may hold stops above that. */
export function findEpoch(
  genesis: Membership,
  store: StateStore,
  { chosenUpTo, proposals }: RecoveredLog,
): EpochHistory {
  const { membership = genesis, epochFrom } = store.epoch;
  const begin = { membership, epochFrom };
  return resolveEpochs(begin, Math.max(chosenUpTo, store.appliedUpTo), proposals);
}

/**
 * The lowest slot that the log knows to be chosen, and that is neither in it nor in the state: a piece
 * of the log is gone that its chain was not walked for. `undefined`: there is none.
 */
export function firstGap(
  { proposals }: EpochHistory,
  { recovered, store }: OpenedStorage,
): Slot | undefined {
  const held = new Set(proposals.map(({ slot }) => slot));
  for (let slot = store.appliedUpTo + 1; slot <= recovered.chosenUpTo; slot += 1) {
    if (!held.has(slot)) return slot;
  }
  return undefined;
}

export function startFirstCore(options: ReplicaOptions): { core: CoreState; effects: Effect[] } {
  const { clock, directory, limits, epoch, recovered, self, store } = options;
  const { membership, epochFrom, proposals } = epoch;
  assert(membership.epoch >= recovered.epoch, 'I20: a vote in an epoch comes after the stop');
  return startCore({
    self,
    membership,
    limits: limits.core,
    recovered: {
      promised: membership.epoch === recovered.epoch ? recovered.promised : ZERO_BALLOT,
      highestRound: recovered.highestRound,
      epochFrom,
      chosenUpTo: Math.max(recovered.chosenUpTo, store.appliedUpTo),
      appliedUpTo: store.appliedUpTo,
      floor: Math.max(recovered.floor, store.base),
      proposals,
      timeMs: store.timeMs,
    },
    incarnation: directory.incarnation,
    isSuspect: directory.suspicion !== undefined,
    seed: options.seed,
    firstNonce: options.firstNonce,
    nowMs: clock.nowMs(),
  });
}
