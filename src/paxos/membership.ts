/**
 * The membership record: which replicas, in which incarnations, decide an epoch, and how many of
 * them each phase needs. Quorums are computed from this record, never from who is reachable, and
 * votes are sets of replica ids. Any phase 1 quorum meets any phase 2 quorum (Flexible Paxos):
 * phase1 + phase2 > number of voters.
 */
import type { ReplicaId } from './ballot.ts';

/** 32 hexadecimal digits, drawn when a data directory is created. */
export type Incarnation = string;

/** From 1; one epoch is one membership. */
export type Epoch = number;

/** `joining`: without a vote as yet; its leader makes it a voter once it has caught up. */
export type MemberRole = 'voter' | 'nonVoting' | 'joining';

export interface Member {
  readonly id: ReplicaId;
  readonly incarnation: Incarnation;
  readonly role: MemberRole;
  /** Where its peers reach it, such as `http://127.0.0.1:7601`. Never its identity. */
  readonly peerUrl: string;
  readonly clientUrl: string;
  /** Of one that joins: who leaves in the stop that makes it a voter. */
  readonly replaces?: ReplicaId;
}

export interface QuorumSizes {
  /** Promises that a campaign needs, and campaign checks. */
  readonly phase1: number;
  /** Acceptances that choose, read confirmations, and what a leader must reach to go on leading. */
  readonly phase2: number;
}

export interface Membership {
  /** 32 hexadecimal digits, drawn once by the founder. */
  readonly clusterId: string;
  readonly epoch: Epoch;
  readonly members: readonly Member[];
  readonly quorums: QuorumSizes;
}

/** In one record, voters and others together. */
export const MAX_MEMBERS = 64;

/** Majorities, the default for both phases. */
export function majorities(voters: number): QuorumSizes {
  const majority = Math.floor(voters / 2) + 1;
  return { phase1: majority, phase2: majority };
}

export function latestOf(memberships: readonly (Membership | undefined)[]): Membership | undefined {
  return memberships.flatMap((one) => one ?? []).toSorted((a, b) => b.epoch - a.epoch)[0];
}

export function votersOf(membership: Membership): readonly Member[] {
  return membership.members.filter((member) => member.role === 'voter');
}

export function isVoter(membership: Membership, id: ReplicaId): boolean {
  return membership.members.some((member) => member.id === id && member.role === 'voter');
}

export function memberOf(membership: Membership, id: ReplicaId): Member | undefined {
  return membership.members.find((member) => member.id === id);
}

export function isPhase1Quorum(membership: Membership, ids: ReadonlySet<ReplicaId>): boolean {
  return countVoters(membership, ids) >= membership.quorums.phase1;
}

export function isPhase2Quorum(membership: Membership, ids: ReadonlySet<ReplicaId>): boolean {
  return countVoters(membership, ids) >= membership.quorums.phase2;
}

/** Why this record can decide no epoch; `undefined`: it can. */
export function membershipProblem(membership: Membership): string | undefined {
  const { members, quorums } = membership;
  const voters = votersOf(membership).length;
  const { phase1, phase2 } = quorums;
  if (members.length > MAX_MEMBERS) return `more than ${MAX_MEMBERS} members`;
  if (new Set(members.map(({ id }) => id)).size !== members.length) return 'two members of one id';
  if (new Set(members.map(({ peerUrl }) => peerUrl)).size !== members.length) {
    return 'two members at one address';
  }
  if (voters === 0) return 'no voter';
  if (members.some((member) => !mayReplace(member, members))) return 'a member replaces nobody';
  if (Math.min(phase1, phase2) < 1) return 'a quorum of nobody';
  if (Math.max(phase1, phase2) > voters) return 'a quorum larger than all voters';
  // Flexible Paxos: any phase 1 quorum meets any phase 2 quorum.
  return phase1 + phase2 > voters ? undefined : 'quorums that need not meet';
}

function mayReplace({ id, replaces, role }: Member, members: readonly Member[]): boolean {
  if (replaces === undefined) return true;
  return role === 'joining' && replaces !== id && members.some((one) => one.id === replaces);
}

/** Why `next` cannot follow `current`; `undefined`: a stop may carry it. */
export function successorProblem(current: Membership, next: Membership): string | undefined {
  if (next.clusterId !== current.clusterId) return 'the membership of another cluster';
  if (next.epoch !== current.epoch + 1) return 'not the next epoch';
  return membershipProblem(next);
}

/** Whether two records are the same, member by member: in one order too. */
export function isSameMembership(a: Membership, b: Membership): boolean {
  return (
    a.clusterId === b.clusterId &&
    a.epoch === b.epoch &&
    a.quorums.phase1 === b.quorums.phase1 &&
    a.quorums.phase2 === b.quorums.phase2 &&
    a.members.length === b.members.length &&
    a.members.every((member, index) => isSameMember(member, b.members[index]))
  );
}

function isSameMember(a: Member, b: Member | undefined): boolean {
  return (
    a.id === b?.id &&
    a.incarnation === b.incarnation &&
    a.role === b.role &&
    a.peerUrl === b.peerUrl &&
    a.clientUrl === b.clientUrl &&
    a.replaces === b.replaces
  );
}

function countVoters(membership: Membership, ids: ReadonlySet<ReplicaId>): number {
  let count = 0;
  for (const member of membership.members) {
    if (member.role === 'voter' && ids.has(member.id)) count += 1;
  }
  return count;
}
