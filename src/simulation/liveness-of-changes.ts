/**
 * L4 where the membership changes: who is no member any more says so, or has not heard of it and
 * misses its leader; and who is one is ready again after a change that came last.
 */
import type { Ghost } from './ghost/ghost.ts';
import { check } from './ghost/invariant.ts';
import type { SimulatedReplica } from './simulated-replica.ts';
import { epochOf } from './standing.ts';
import type { VirtualTime } from './virtual-time.ts';

/**
 * Whether the epoch may still change by itself: who is let in again becomes a voter; and until all
 * know of the latest one, those who chose it are needed, though it begins without them.
 */
export function isChanging({ epochs }: Ghost, whole: readonly SimulatedReplica[]): boolean {
  const isJoining = epochs.joining().some((id) => whole.some((one) => one.id === id));
  return isJoining || (epochs.latest > 1 && whole.some((one) => epochOf(one) < epochs.latest));
}

export function checkChanged(
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
  const isReady = ({ host, id, isSpoiled }: SimulatedReplica): boolean =>
    isSpoiled || !ghost.epochs.isMember(id) || host?.status().ready === true;
  const changedUntilMs = time.nowMs() + withinMs;
  runWhile(() => time.nowMs() < changedUntilMs && !replicas.every(isReady));
}
