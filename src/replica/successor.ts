/** Who takes over from a leader that wants to lead no longer. */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { CoreState } from '../paxos/core-state.ts';
import type { MemberStatus } from './api.ts';
import type { Peers } from './peers.ts';

/**
 * At a leader: of the reachable voters that will do, the one that has applied the most; before the
 * others those that have accepted the last chosen slot, since their disks answer.
 */
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
  const order = (a: MemberStatus, b: MemberStatus): number =>
    Number(hasVoted(core, b)) - Number(hasVoted(core, a)) || b.appliedUpTo - a.appliedUpTo;
  return able.toSorted(order)[0]?.id;
}

/** At a leader: whether this member's vote for the last chosen slot has come. */
export function hasVoted({ learner, role }: CoreState, { id }: MemberStatus): boolean {
  return role.name === 'leader' && role.recentVotes.get(learner.chosenUpTo)?.has(id) === true;
}
