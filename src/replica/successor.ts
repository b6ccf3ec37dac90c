/** Who takes over from a leader that wants to lead no longer. */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { CoreState } from '../paxos/core-state.ts';
import type { MemberStatus } from './api.ts';
import type { Peers } from './peers.ts';

/** At a leader: of the reachable voters that will do, the one that has applied the most. */
export function successorOf(
  core: CoreState,
  peers: Peers,
  willDo: (member: MemberStatus) => boolean = () => true,
): ReplicaId | undefined {
  if (core.role.name !== 'leader') return undefined;
  const able = peers
    .members(core)
    .filter(({ id, role, reachable }) => id !== core.self && role === 'voter' && reachable)
    .filter(willDo);
  return able.toSorted((a, b) => b.appliedUpTo - a.appliedUpTo)[0]?.id;
}
