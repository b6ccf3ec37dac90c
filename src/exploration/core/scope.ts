/** How much of the core is explored: what may happen, how often, and which states count as one. */
import { type CoreLimits, DEFAULT_CORE_LIMITS } from '../../paxos/core-limits.ts';
import type { ReplicaId } from '../../paxos/ballot.ts';
import { majorities, type Member, type Membership } from '../../paxos/membership.ts';

export interface CoreScope {
  readonly replicas: number;
  /** Replicas 1 to this one may campaign, and have one command each. */
  readonly proposers: number;
  /** How often each proposer may campaign. */
  readonly campaigns: number;
  /** Slots of the log: no acceptor takes, and no leader gives a command, one above. */
  readonly slots: number;
  /** Of the replicas, who has no vote in the first epoch. */
  readonly nonVoting: readonly ReplicaId[];
  /** With them replica 1 ends the first epoch, instead of giving a command; with none it does not. */
  readonly nextVoters: readonly ReplicaId[];
  /** How many crashes there may be, all replicas together; each is followed by a restart. */
  readonly crashes: number;
  /** How many messages may be lost. One that never arrives does as much. */
  readonly losses: number;
  /** How many messages may arrive once more. */
  readonly duplicates: number;
  /** Whether the heartbeats arrive that a leader sends when it takes office. */
  readonly heartbeats: boolean;
  readonly reductions: Reductions;
}

/** What makes the exploration smaller and hides nothing: docs/exploration.md says why. */
export interface Reductions {
  /** Which replica crashes is chosen at the beginning; the disks of the others are immediate. */
  readonly chosenVictim: boolean;
  /** What a replica sends to itself arrives as soon as it may leave. */
  readonly selfAtOnce: boolean;
  /** A message that can never again change anything is taken out of the network. */
  readonly deadMessages: boolean;
}

export const ALL_REDUCTIONS: Reductions = {
  chosenVictim: true,
  selfAtOnce: true,
  deadMessages: true,
};

export const NO_REDUCTIONS: Reductions = {
  chosenVictim: false,
  selfAtOnce: false,
  deadMessages: false,
};

export const DEFAULT_CORE_SCOPE: CoreScope = {
  replicas: 3,
  proposers: 2,
  campaigns: 1,
  slots: 2,
  nonVoting: [],
  nextVoters: [],
  crashes: 1,
  losses: 0,
  duplicates: 0,
  heartbeats: false,
  reductions: ALL_REDUCTIONS,
};

/** Without ticks a follower would stick to the first candidate it hears: nobody is stuck to. */
export function limitsOf({ slots }: CoreScope): CoreLimits {
  return { ...DEFAULT_CORE_LIMITS, leaderTimeoutTicks: 0, openSlots: slots };
}

export function membershipOf({ replicas, nonVoting }: CoreScope): Membership {
  const ids = Array.from({ length: replicas }, (_, index) => index + 1);
  const members = ids.map((id) => memberOf(id, nonVoting.includes(id) ? 'nonVoting' : 'voter'));
  const quorums = majorities(replicas - nonVoting.length);
  return { clusterId: '0'.repeat(32), epoch: 1, members, quorums };
}

function memberOf(id: ReplicaId, role: Member['role']): Member {
  const incarnation = String(id).padStart(32, '0');
  return { id, incarnation, role, peerUrl: `http://${id}`, clientUrl: '' };
}

/** By epoch, from 1. */
export function membershipsOf(scope: CoreScope): readonly Membership[] {
  const first = membershipOf(scope);
  const { nextVoters } = scope;
  if (nextVoters.length === 0) return [first];
  const members = nextVoters.map((id) => memberOf(id, 'voter'));
  return [first, { ...first, epoch: 2, members, quorums: majorities(members.length) }];
}

/** With more than one crash there is no one victim. */
export function isVictimChosen({ crashes, reductions }: CoreScope): boolean {
  return reductions.chosenVictim && crashes <= 1;
}
