/** L4 for who is no member any more: it says so, or it has not heard of it and misses its leader. */
import type { Ghost } from './ghost/ghost.ts';
import { check } from './ghost/invariant.ts';
import type { SimulatedReplica } from './simulated-replica.ts';
import type { VirtualTime } from './virtual-time.ts';

export function checkRemoved(
  world: {
    readonly ghost: Ghost;
    readonly replicas: readonly SimulatedReplica[];
    readonly runWhile: (isWanted: () => boolean) => void;
    readonly time: VirtualTime;
  },
  withinMs: number,
): void {
  const { ghost, replicas, runWhile, time } = world;
  const untilMs = time.nowMs() + withinMs;
  const ready = (): SimulatedReplica | undefined =>
    replicas.find(({ host, id }) => !ghost.epochs.isMember(id) && host?.status().ready === true);
  runWhile(() => time.nowMs() < untilMs && ready() !== undefined);
  const left = ready();
  check(left === undefined, 'L4: who is removed is not ready', `replica ${left?.id}`);
}
