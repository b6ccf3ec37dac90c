/** An operator who changes who votes: at whoever leads, or believes that it does. */
import type { ReplicaId } from '../paxos/ballot.ts';
import { majorities } from '../paxos/membership.ts';
import type { Replica } from '../replica/replica.ts';

const DEADLINE_MS = 2_000;

/** `phase1` undefined: majorities. Nobody waits for the outcome. */
export function changeVoters(
  replica: Replica | undefined,
  voters: readonly ReplicaId[],
  phase1: number | undefined,
): void {
  if (replica?.core.role.name !== 'leader') return;
  const { membership } = replica.core;
  const members = membership.members.map((member) => {
    const role = voters.includes(member.id) ? ('voter' as const) : ('nonVoting' as const);
    return { ...member, role };
  });
  const quorums =
    phase1 === undefined
      ? majorities(voters.length)
      : { phase1, phase2: voters.length + 1 - phase1 };
  const next = { ...membership, epoch: membership.epoch + 1, members, quorums };
  replica.change.start({ membership: next, deadlineMs: DEADLINE_MS, done: () => undefined });
}
