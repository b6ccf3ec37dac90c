/** How simulated replicas stand, as they say themselves. */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { SimulatedReplica } from './simulated-replica.ts';

export function isLevel(replicas: readonly SimulatedReplica[]): boolean {
  return new Set(replicas.map(appliedBy)).size === 1;
}

export function staysFull({ room }: SimulatedReplica): boolean {
  return room.staysFull;
}

/** It leads with a disk that is nearly full for good. */
export function leadsFull(replica: SimulatedReplica): boolean {
  return staysFull(replica) && isLeading(replica);
}

export function isLeading(replica: SimulatedReplica): boolean {
  return replica.host?.status().role === 'leader';
}

export function isReady(replica: SimulatedReplica): boolean {
  return replica.host?.status().ready === true;
}

export function appliedBy(replica: SimulatedReplica): number {
  return replica.host?.status().appliedUpTo ?? -1;
}

export function idsOf(replicas: readonly SimulatedReplica[]): ReplicaId[] {
  return replicas.map(({ id }) => id);
}
