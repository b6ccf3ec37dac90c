/** L2 of what has outlived its time: it goes, once a leader is in office. */
import type { Ghost } from './ghost/ghost.ts';
import { check } from './ghost/invariant.ts';
import type { SimulatedReplica } from './simulated-replica.ts';
import type { VirtualTime } from './virtual-time.ts';

interface Room {
  readonly ghost: Ghost;
  readonly replicas: readonly SimulatedReplica[];
  readonly runWhile: (isWanted: () => boolean) => void;
  readonly time: VirtualTime;
}

export function checkExpired({ ghost, replicas, runWhile, time }: Room, withinMs: number): void {
  const leader = replicas.find(({ host }) => host?.status().role === 'leader');
  const dueMs = leader?.host?.clusterTimeMs() ?? 0;
  const untilMs = time.nowMs() + withinMs;
  runWhile(() => time.nowMs() < untilMs && ghost.log.overdue(dueMs) !== undefined);
  const overdue = ghost.log.overdue(dueMs);
  check(overdue === undefined, 'L2: what has outlived its time goes', `${overdue} at ${dueMs}`);
}
