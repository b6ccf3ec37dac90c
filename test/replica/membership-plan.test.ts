/** From a membership and an order to the next membership, or why there is none. */
import { describe, expect, test } from 'vitest';
import { majorities, type Member, type Membership } from '../../src/paxos/membership.ts';
import { planChange } from '../../src/replica/membership-plan.ts';
import type { MembershipOrder } from '../../src/paxos/orders.ts';

const LIFE = 'e'.repeat(32);

function addressOf(id: number) {
  return { peerUrl: `http://replica-${id}:7601`, clientUrl: `http://replica-${id}:7600` };
}

function memberOf(id: number, more: Partial<Member> = {}): Member {
  const incarnation = String(id).padStart(32, '0');
  return { id, incarnation, role: 'voter', ...addressOf(id), ...more };
}

const THREE: Membership = {
  clusterId: 'c'.repeat(32),
  epoch: 5,
  members: [1, 2, 3].map((id) => memberOf(id)),
  quorums: majorities(3),
};
const JOINING: Membership = {
  ...THREE,
  members: [...THREE.members, memberOf(4, { role: 'joining' })],
};
const TAKING_OVER: Membership = {
  ...THREE,
  members: [...THREE.members, memberOf(4, { role: 'joining', replaces: 2 })],
};

function planned(from: Membership, order: MembershipOrder, incarnation = LIFE) {
  const next = planChange(from, order, incarnation);
  if (typeof next === 'string') return next;
  expect(next).toMatchObject({ clusterId: from.clusterId, epoch: from.epoch + 1 });
  const members = next.members.map(({ id, replaces, role }) => {
    return replaces === undefined ? `${id} ${role}` : `${id} ${role} for ${replaces}`;
  });
  return [...members, `${next.quorums.phase1} and ${next.quorums.phase2}`];
}

const voters = (...ids: number[]): string[] => ids.map((id) => `${id} voter`);

describe('the next membership', () => {
  test('of an added replica: it joins, and nobody decides otherwise', () => {
    const add = { type: 'add', id: 4, address: addressOf(4), role: 'joining' } as const;
    expect(planned(THREE, add)).toEqual([...voters(1, 2, 3), '4 joining', '2 and 2']);
    const next = planChange(THREE, add, LIFE);
    expect(typeof next === 'string' ? next : next.members[3]?.incarnation).toBe(LIFE);
  });

  test('of a promotion: majorities of more voters', () => {
    const promote = { type: 'promote', id: 4 } as const;
    expect(planned(JOINING, promote)).toEqual([...voters(1, 2, 3, 4), '3 and 3']);
    expect(planned(TAKING_OVER, promote)).toEqual([...voters(1, 3, 4), '2 and 2']);
  });

  test('of a removal: whoever was to take the place only joins then', () => {
    expect(planned(THREE, { type: 'remove', id: 3 })).toEqual([...voters(1, 2), '2 and 2']);
    const removed = planned(TAKING_OVER, { type: 'remove', id: 2 });
    expect(removed).toEqual([...voters(1, 3), '4 joining', '2 and 2']);
  });

  test('of a replacement by another id, and by the same one', () => {
    const other = { type: 'replace', id: 2, by: 4, address: addressOf(4) } as const;
    expect(planned(THREE, other)).toEqual([...voters(1, 2, 3), '4 joining for 2', '2 and 2']);
    const same = { type: 'replace', id: 2, by: 2, address: addressOf(2) } as const;
    expect(planned(THREE, same)).toEqual(['1 voter', '2 joining', '3 voter', '2 and 2']);
  });

  test('of a suspect that is let in again: as after an empty disk, at its address', () => {
    const from = memberOf(2).incarnation;
    const readmit = { type: 'readmit', id: 2, from, to: LIFE } as const;
    expect(planned(THREE, readmit)).toEqual(['1 voter', '2 joining', '3 voter', '2 and 2']);
    const next = planChange(THREE, readmit, undefined);
    const member = typeof next === 'string' ? next : next.members[1];
    expect(member).toEqual({ ...memberOf(2), role: 'joining', incarnation: LIFE });
    const again = { ...readmit, from: LIFE } as const;
    expect(planned(THREE, again)).toBe('replica 2 is a member in another incarnation');
    expect(planned(THREE, { ...readmit, id: 9 })).toMatch(/replica 9/);
  });

  test('of a non-voting one that is replaced: at once', () => {
    const from = { ...THREE, members: [...THREE.members, memberOf(4, { role: 'nonVoting' })] };
    const order = { type: 'replace', id: 4, by: 5, address: addressOf(5) } as const;
    expect(planned(from, order)).toEqual([...voters(1, 2, 3), '5 nonVoting', '2 and 2']);
  });

  test('keeps the size of phase 2 where quorums are not majorities', () => {
    const members = [1, 2, 3, 4].map((id) => memberOf(id));
    const flexible = { ...THREE, members, quorums: { phase1: 3, phase2: 2 } };
    expect(planned(flexible, { type: 'remove', id: 4 })).toEqual([...voters(1, 2, 3), '2 and 2']);
    const joined = { ...flexible, members: [...members, memberOf(5, { role: 'joining' })] };
    const promoted = planned(joined, { type: 'promote', id: 5 });
    expect(promoted).toEqual([...voters(1, 2, 3, 4, 5), '4 and 2']);
  });
});

describe('no membership follows where', () => {
  test.each<[string, Membership, MembershipOrder, RegExp]>([
    [
      'the id is taken',
      THREE,
      { type: 'add', id: 3, address: addressOf(4), role: 'joining' },
      /member already/,
    ],
    [
      'the address is taken',
      THREE,
      { type: 'add', id: 4, address: addressOf(3), role: 'joining' },
      /two members at one address/,
    ],
    ['nobody has the id', THREE, { type: 'remove', id: 4 }, /no member/],
    ['it votes already', THREE, { type: 'promote', id: 3 }, /voter already/],
    [
      'the last voter leaves',
      { ...THREE, members: [memberOf(1)], quorums: majorities(1) },
      { type: 'remove', id: 1 },
      /no voter/,
    ],
    [
      'the place is taken already',
      TAKING_OVER,
      { type: 'replace', id: 2, by: 5, address: addressOf(5) },
      /replica 4 takes the place of 2 already/,
    ],
    [
      'quorums need not meet',
      THREE,
      { type: 'quorums', quorums: { phase1: 1, phase2: 2 } },
      /need not meet/,
    ],
    [
      'it is there already',
      THREE,
      { type: 'move', id: 3, address: addressOf(3) },
      /has this address already/,
    ],
  ])('%s', (_, from, order, reason) => {
    expect(planned(from, order)).toMatch(reason);
  });

  test('the data directory is the one that is known', () => {
    const order = { type: 'replace', id: 2, by: 2, address: addressOf(2) } as const;
    expect(planned(THREE, order, memberOf(2).incarnation)).toMatch(/still has its data directory/);
    expect(planChange(THREE, order, undefined)).toMatch(/did not answer/);
  });
});
