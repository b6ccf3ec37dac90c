/**
 * From a membership and an order to the next membership, or why there is none. One change of
 * voters at a time; where nothing else is said, quorums stay majorities, and else phase 2 keeps its
 * size.
 */
import { unreachable } from '../paxos/assert.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import {
  type Incarnation,
  majorities,
  type Member,
  type Membership,
  memberOf,
  membershipProblem,
  type QuorumSizes,
  votersOf,
} from '../paxos/membership.ts';
import type { Address, MembershipOrder } from '../paxos/orders.ts';

/** In words, for the operator. */
type Refusal = string;

/** `incarnation`: of the replica that is added or takes a place, as it said itself. */
export function planChange(
  membership: Membership,
  order: MembershipOrder,
  incarnation: Incarnation | undefined,
): Membership | Refusal {
  const changed = changeOf(membership, order, incarnation);
  if (typeof changed === 'string') return changed;
  const { members, quorums } = changed;
  const next = { ...membership, epoch: membership.epoch + 1, members, quorums };
  const problem = membershipProblem(next);
  return problem === undefined ? next : `the result would be ${problem}`;
}

type Changed = Pick<Membership, 'members' | 'quorums'>;

function changeOf(
  membership: Membership,
  order: MembershipOrder,
  incarnation: Incarnation | undefined,
): Changed | Refusal {
  switch (order.type) {
    case 'add':
      return add(membership, order, incarnation);
    case 'remove':
      return remove(membership, order.id);
    case 'promote':
      return promote(membership, order.id);
    case 'replace':
      return replace(membership, order, incarnation);
    case 'readmit':
      return readmit(membership, order);
    case 'move':
      return move(membership, order.id, order.address);
    case 'quorums':
      return { members: membership.members, quorums: order.quorums };
    default:
      return unreachable(order);
  }
}

function add(
  membership: Membership,
  { address, id, role }: Extract<MembershipOrder, { type: 'add' }>,
  incarnation: Incarnation | undefined,
): Changed | Refusal {
  if (memberOf(membership, id) !== undefined) return `replica ${id} is a member already`;
  if (incarnation === undefined) return notThere(id);
  const { members, quorums } = membership;
  return { members: [...members, { id, incarnation, role, ...address }], quorums };
}

function remove(membership: Membership, id: ReplicaId): Changed | Refusal {
  if (memberOf(membership, id) === undefined) return noMember(id);
  const members = without(membership.members, id);
  return { members, quorums: quorumsFor(membership, members) };
}

function promote(membership: Membership, id: ReplicaId): Changed | Refusal {
  const member = memberOf(membership, id);
  if (member === undefined) return noMember(id);
  if (member.role === 'voter') return `replica ${id} is a voter already`;
  const { replaces, ...rest } = member;
  const left = replaces === undefined ? membership.members : without(membership.members, replaces);
  const members = left.map((one) => (one.id === id ? { ...rest, role: 'voter' as const } : one));
  return { members, quorums: quorumsFor(membership, members) };
}

/**
 * Under another id it joins first, and the old one leaves in the stop that makes it a voter. Under
 * the same id the old one leaves at once: no record can hold both.
 */
function replace(
  membership: Membership,
  { address, by, id }: Extract<MembershipOrder, { type: 'replace' }>,
  incarnation: Incarnation | undefined,
): Changed | Refusal {
  const { members } = membership;
  const old = memberOf(membership, id);
  if (old === undefined) return noMember(id);
  if (incarnation === undefined) return notThere(by);
  const role = old.role === 'voter' ? ('joining' as const) : old.role;
  const joining: Member = { id: by, incarnation, role, ...address };
  if (by === id) {
    if (old.incarnation === incarnation) return `replica ${id} still has its data directory`;
    return withMember(membership, joining);
  }
  if (memberOf(membership, by) !== undefined) return `replica ${by} is a member already`;
  const pending = members.find(({ replaces }) => replaces === id);
  if (pending !== undefined) return `replica ${pending.id} takes the place of ${id} already`;
  if (role !== 'joining') {
    return { members: [...without(members, id), joining], quorums: membership.quorums };
  }
  return { members: [...members, { ...joining, replaces: id }], quorums: membership.quorums };
}

/** The same member, but for its incarnation: as a voter, it joins anew. */
function readmit(
  membership: Membership,
  { from, id, to }: Extract<MembershipOrder, { type: 'readmit' }>,
): Changed | Refusal {
  const old = memberOf(membership, id);
  if (old === undefined) return noMember(id);
  if (old.incarnation !== from) return `replica ${id} is a member in another incarnation`;
  const role = old.role === 'voter' ? ('joining' as const) : old.role;
  return withMember(membership, { ...old, incarnation: to, role });
}

/** In the place of the one with its id. */
function withMember(membership: Membership, member: Member): Changed {
  const members = membership.members.map((one) => (one.id === member.id ? member : one));
  return { members, quorums: quorumsFor(membership, members) };
}

function move(membership: Membership, id: ReplicaId, address: Address): Changed | Refusal {
  const member = memberOf(membership, id);
  if (member === undefined) return noMember(id);
  const { members, quorums } = membership;
  if (member.peerUrl === address.peerUrl && member.clientUrl === address.clientUrl) {
    return `replica ${id} has this address already`;
  }
  return {
    members: members.map((one) => (one.id === id ? { ...one, ...address } : one)),
    quorums,
  };
}

/** Who was to take the place of one that leaves only joins now. */
function without(members: readonly Member[], id: ReplicaId): readonly Member[] {
  return members
    .filter((one) => one.id !== id)
    .map((one) => {
      if (one.replaces !== id) return one;
      const { replaces: _, ...rest } = one;
      return rest;
    });
}

function quorumsFor(membership: Membership, members: readonly Member[]): QuorumSizes {
  const { quorums } = membership;
  const before = votersOf(membership).length;
  const after = members.filter(({ role }) => role === 'voter').length;
  if (after === before) return quorums;
  const usual = majorities(before);
  const isUsual = quorums.phase1 === usual.phase1 && quorums.phase2 === usual.phase2;
  if (isUsual) return majorities(after);
  const phase2 = Math.max(1, Math.min(quorums.phase2, after));
  return { phase1: Math.max(1, after + 1 - phase2), phase2 };
}

function noMember(id: ReplicaId): Refusal {
  return `replica ${id} is no member of the cluster`;
}

function notThere(id: ReplicaId): Refusal {
  return `nobody knows which data directory replica ${id} has: it did not answer`;
}
