/** The core as it starts from what a replica finds on its disk. */
import { startCore } from '../paxos/core.ts';
import type { ReplicaOptions } from './replica-options.ts';

export function startCoreFrom(options: ReplicaOptions): ReturnType<typeof startCore> {
  const { clock, directory, limits, membership, recovered, store } = options;
  return startCore({
    self: options.self,
    membership,
    limits: limits.core,
    recovered: {
      promised: recovered.promised,
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
