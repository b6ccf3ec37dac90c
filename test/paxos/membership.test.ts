/** Quorums come from the membership record, and ballots are totally ordered. */
import { describe, expect, test } from 'vitest';
import {
  type Ballot,
  compareBallots,
  isAtLeast,
  isHigher,
  isSame,
} from '../../src/paxos/ballot.ts';
import {
  isPhase1Quorum,
  isPhase2Quorum,
  isVoter,
  majorities,
  type Membership,
} from '../../src/paxos/membership.ts';
import { Cores } from './cores.ts';

function subsets(ids: readonly number[]): Set<number>[] {
  return Array.from(
    { length: 2 ** ids.length },
    (_, mask) => new Set(ids.filter((_id, bit) => (mask & (1 << bit)) !== 0)),
  );
}

describe('quorums', () => {
  test.each([1, 2, 3, 4, 5])('of %i voters: any two majorities meet', (voters) => {
    const { membership } = new Cores({ replicas: voters });
    const all = subsets(membership.members.map(({ id }) => id));
    const quorums = all.filter((ids) => isPhase1Quorum(membership, ids));
    expect(quorums.length).toBeGreaterThan(0);
    for (const one of quorums) {
      for (const other of quorums) expect([...one].some((id) => other.has(id))).toBe(true);
    }
    const { phase1, phase2 } = majorities(voters);
    expect([phase1, phase2]).toEqual([Math.floor(voters / 2) + 1, Math.floor(voters / 2) + 1]);
  });

  test.each([
    [1, 4],
    [2, 3],
    [3, 2],
    [4, 1],
  ])('flexible, of sizes %i and %i of 4: every Q1 meets every Q2', (phase1, phase2) => {
    const { membership } = new Cores({ replicas: 4, quorums: { phase1, phase2 } });
    const all = subsets([1, 2, 3, 4]);
    for (const one of all.filter((ids) => isPhase1Quorum(membership, ids))) {
      for (const other of all.filter((ids) => isPhase2Quorum(membership, ids))) {
        expect([...one].some((id) => other.has(id))).toBe(true);
      }
    }
  });

  test('strangers and non-voting members count for nothing', () => {
    const { membership } = new Cores({ replicas: 3 });
    const members: Membership['members'] = membership.members.map((member) =>
      member.id === 3 ? { ...member, role: 'nonVoting' } : member,
    );
    const changed = { ...membership, members };
    expect(isPhase2Quorum(changed, new Set([1, 3, 9]))).toBe(false);
    expect(isPhase2Quorum(changed, new Set([1, 2]))).toBe(true);
    expect([1, 3, 9].map((id) => isVoter(changed, id))).toEqual([true, false, false]);
  });
});

describe('ballots', () => {
  const ordered: Ballot[] = [
    { round: 0, leader: 0 },
    { round: 1, leader: 1 },
    { round: 1, leader: 3 },
    { round: 2, leader: 1 },
    { round: 9, leader: 2 },
    { round: 10, leader: 1 },
  ];

  test('are ordered by round, then by leader, as numbers (M04)', () => {
    for (const [at, ballot] of ordered.entries()) {
      for (const [otherAt, other] of ordered.entries()) {
        expect(Math.sign(compareBallots(ballot, other))).toBe(Math.sign(at - otherAt));
        expect(isHigher(ballot, other)).toBe(at > otherAt);
        expect(isAtLeast(ballot, other)).toBe(at >= otherAt);
        expect(isSame(ballot, other)).toBe(at === otherAt);
      }
    }
  });
});
