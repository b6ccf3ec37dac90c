/** An operator who changes who belongs and who votes: at whoever leads, or believes that it does. */
import type { ReplicaId } from '../paxos/ballot.ts';
import { majorities, type Membership } from '../paxos/membership.ts';
import type { Replica } from '../replica/replica.ts';
import type { Random } from './random.ts';

const DEADLINE_MS = 2_000;
/** Of each replica but the first: that a change leaves it out. */
const LEFT_OUT = 0.12;
/** Of each that is left: that it votes. */
const VOTES = 0.7;
/** Of changes: that the phases do not both need a majority. */
const FLEXIBLE = 0.3;

export interface Electorate {
  readonly members: readonly ReplicaId[];
  readonly voters: readonly ReplicaId[];
  readonly quorums: Membership['quorums'];
}

/**
 * The first replica always belongs. So whoever comes back after any time knows one that can tell it
 * what it has missed.
 */
export function drawElectorate(random: Random, ids: readonly ReplicaId[]): Electorate {
  const members = ids.filter((id) => !random.chance(LEFT_OUT) || id === 1);
  const some = members.filter(() => random.chance(VOTES));
  const voters = some.length > 0 ? some : [random.pick(members)];
  const phase1 = random.between(1, voters.length);
  const flexible = { phase1, phase2: voters.length + 1 - phase1 };
  return {
    members,
    voters,
    quorums: random.chance(FLEXIBLE) ? flexible : majorities(voters.length),
  };
}

/** Nobody waits for the outcome. */
export function changeElectorate(
  replica: Replica | undefined,
  genesis: Membership | undefined,
  { members, voters, quorums }: Electorate,
): void {
  if (replica?.core.role.name !== 'leader' || genesis === undefined) return;
  const next = genesis.members
    .filter(({ id }) => members.includes(id))
    .map((member) => {
      const role = voters.includes(member.id) ? ('voter' as const) : ('nonVoting' as const);
      return { ...member, role };
    });
  const { membership } = replica.core;
  const record = { ...membership, epoch: membership.epoch + 1, members: next, quorums };
  replica.change.start({ membership: record, deadlineMs: DEADLINE_MS, done: () => undefined });
}
