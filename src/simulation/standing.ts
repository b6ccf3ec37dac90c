/** How simulated replicas stand, as they say themselves. */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Epoch } from '../paxos/membership.ts';
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

/** The latest that it knows of. */
export function epochOf(replica: SimulatedReplica): Epoch {
  return replica.host?.status().epoch ?? 0;
}

export function idsOf(replicas: readonly SimulatedReplica[]): ReplicaId[] {
  return replicas.map(({ id }) => id);
}

/** What it has of the slots up to some slot is a peer's state, and its log holds them no more. */
export function hasGap({ host }: SimulatedReplica): boolean {
  const { log, store } = host?.replica ?? {};
  return log !== undefined && store !== undefined && log.floor < store.base;
}

/** Its state alone makes up for slots that its log does not hold. */
export function needsState(replica: SimulatedReplica): boolean {
  return hasGap(replica) || (replica.host?.replica?.log.floor ?? 0) > 0;
}
