/** L4: who is well is ready; who is not says why, or has ended. */
import type { Ghost } from './ghost/ghost.ts';
import { check } from './ghost/invariant.ts';
import type { SimulatedReplica } from './simulated-replica.ts';

export function checkReasons({
  ghost,
  replicas,
}: {
  readonly ghost: Ghost;
  readonly replicas: readonly SimulatedReplica[];
}): void {
  for (const { host, id, isSpoiled } of replicas) {
    const status = host?.status();
    if (!ghost.epochs.isMember(id)) continue;
    if (isSpoiled) {
      check(status?.ready !== true, 'L4: a spoiled disk is told of', `replica ${id}`);
    } else {
      const why = status?.reasons.join('; ') ?? 'it is down';
      check(status?.ready === true, 'L4: who is well is ready', `replica ${id}: ${why}`);
    }
  }
}
