/** The core as it starts from what a replica finds on its disk. */
import { startCore } from '../paxos/core.ts';
import { recoveredOf, type ReplicaOptions } from './replica-options.ts';

export function startCoreFrom(options: ReplicaOptions): ReturnType<typeof startCore> {
  const { clock, directory, limits, membership } = options;
  return startCore({
    self: options.self,
    membership,
    limits: limits.core,
    recovered: recoveredOf(options),
    isSuspect: directory.suspicion !== undefined,
    seed: options.seed,
    firstNonce: options.firstNonce,
    nowMs: clock.nowMs(),
  });
}
