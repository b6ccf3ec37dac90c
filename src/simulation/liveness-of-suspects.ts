/**
 * L4 of replicas whose logs may have lost votes: once all others stand, they come back, and each finds
 * that nothing of use is lost, or is let in again in another incarnation, and votes.
 */
import type { Ghost } from './ghost/ghost.ts';
import { check } from './ghost/invariant.ts';
import type { SimulatedReplica } from './simulated-replica.ts';
import { idsOf, isReady } from './standing.ts';

interface Room {
  readonly ghost: Ghost;
  readonly replicas: readonly SimulatedReplica[];
  readonly tell: (what: 'phase', text: string) => void;
}

/** They may start from now on. Whose disk is an empty one is a stranger, and is to be replaced. */
export function comeBack({ replicas, tell }: Room): readonly SimulatedReplica[] {
  const spoiled = replicas.filter((one) => one.isSpoiled && one.isFounded);
  for (const replica of spoiled) replica.isHeld = false;
  if (spoiled.length > 0) {
    tell('phase', `${idsOf(spoiled).join(' ')} may have forgotten votes, and come back`);
  }
  return spoiled;
}

export function areLetIn({ ghost }: Room, replicas: readonly SimulatedReplica[]): boolean {
  const joining = ghost.epochs.joining();
  return replicas.every(
    ({ directory, id }) => directory.suspicion === undefined && !joining.includes(id),
  );
}

export function checkLetIn(room: Room, replicas: readonly SimulatedReplica[]): void {
  for (const replica of replicas) {
    const why = replica.host?.status().reasons.join('; ') ?? 'it is down';
    const isLetIn = isReady(replica) && areLetIn(room, [replica]);
    check(isLetIn, 'L4: who forgot votes is let in again', `replica ${replica.id}: ${why}`);
  }
}
