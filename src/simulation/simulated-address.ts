/** Where a simulated replica is said to be. */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { InitialMember } from '../replica/bootstrap.ts';

export function addressOf(id: ReplicaId): Omit<InitialMember, 'id'> {
  const host = `http://replica-${id}`;
  return { peerUrl: `${host}:7601`, clientUrl: `${host}:7600` };
}

export function memberOf(id: ReplicaId): InitialMember {
  return { id, ...addressOf(id) };
}
