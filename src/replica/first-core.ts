/** The core as a replica starts: with what its log and its state hold. */
import { startCore } from '../paxos/core.ts';
import type { CoreState } from '../paxos/core-state.ts';
import type { Effect } from '../paxos/effects.ts';
import type { ReplicaOptions } from './replica-options.ts';

export function startFirstCore(options: ReplicaOptions): { core: CoreState; effects: Effect[] } {
  const { clock, directory, limits, membership, recovered, store } = options;
  return startCore({
    self: options.self,
    membership,
    limits: limits.core,
    recovered: {
      promised: recovered.promised,
      highestRound: recovered.promised.round,
      epochFrom: 1,
      chosenUpTo: Math.max(recovered.chosenUpTo, store.appliedUpTo),
      appliedUpTo: store.appliedUpTo,
      proposals: recovered.proposals,
      timeMs: store.timeMs,
    },
    isSuspect: directory.suspicion !== undefined,
    seed: options.seed,
    firstNonce: options.firstNonce,
    nowMs: clock.nowMs(),
  });
}
