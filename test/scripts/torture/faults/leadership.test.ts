/** What is expected of leaders under a cut, and that it can fail. */
import { describe, expect, test } from 'vitest';
import type { ClusterStatus } from '../../../../scripts/bench/replica-cluster.ts';
import { BallotCount } from '../../../../scripts/torture/faults/ballot-watch.ts';
import {
  canLead,
  flapping,
  noLeader,
  runaway,
} from '../../../../scripts/torture/faults/leadership.ts';
import { leaderAtPlace, shapesFor } from '../../../../scripts/torture/faults/lopsided.ts';
import { cutsOf } from '../../../../src/simulation/cuts.ts';

describe('whether anybody can lead', () => {
  test.each([
    ['isolated', 3, true],
    ['sendOnly', 3, true],
    ['receiveOnly', 3, true],
    ['halves', 4, false],
    ['halves', 5, true],
    ['oneWayHalves', 3, true],
    ['bridge', 5, true],
    ['majoritiesRing', 3, false],
    ['majoritiesRing', 5, true],
    ['quorumLoss', 5, true],
    ['constrainedElection', 3, true],
    ['constrainedElection', 5, true],
    ['chain', 3, true],
    ['chain', 5, true],
  ] as const)('%s of %i: %s', (shape, size, expected) => {
    const ids = Array.from({ length: size }, (_, index) => index + 1);
    expect(canLead(ids, cutsOf(shape, ids))).toBe(expected);
  });
});

test('the shapes of three can all be told apart, and somebody can lead in each', () => {
  expect(shapesFor(3)).toEqual([
    'sendOnly',
    'receiveOnly',
    'oneWayHalves',
    'constrainedElection',
    'chain',
  ]);
  expect(shapesFor(5)).toHaveLength(8);
  for (const size of [3, 5]) {
    const ids = [1, 2, 3, 4, 5].slice(0, size);
    for (const shape of shapesFor(size)) expect(canLead(ids, cutsOf(shape, ids))).toBe(true);
  }
});

test('of two, where a replica was just removed, one may still not hear the other; nobody can lead', () => {
  expect(shapesFor(1)).toEqual([]);
  expect(shapesFor(2)).toEqual(['sendOnly', 'receiveOnly']);
  for (const shape of shapesFor(2)) {
    expect(cutsOf(shape, [1, 2])).toHaveLength(1);
    expect(canLead([1, 2], cutsOf(shape, [1, 2]))).toBe(false);
  }
});

test('the leader stands where it makes a difference', () => {
  expect(leaderAtPlace([1, 2, 3], 3, 1)).toEqual([1, 3, 2]);
  expect(leaderAtPlace([1, 2, 3], 3, 0)).toEqual([3, 1, 2]);
  expect(leaderAtPlace([1, 2, 3], undefined, 0)).toEqual([1, 2, 3]);
  expect(leaderAtPlace([1, 2, 3], 3, undefined)).toEqual([1, 2, 3]);
});

function status(replica: number, role: string, round: number, leader: number): ClusterStatus {
  const slots = { chosenUpTo: 1, appliedUpTo: 1, revision: 1 };
  return { replica, role, leader, ballot: { round, leader }, ...slots, transfers: [], members: [] };
}

describe('ballots are counted', () => {
  test('one leader that stays', () => {
    const count = new BallotCount();
    for (let atMs = 0; atMs < 12_000; atMs += 100) {
      count.add([status(1, 'leader', 4, 1), status(2, 'follower', 4, 1)], atMs);
    }
    const report = count.report(12_000);
    expect(report).toEqual({ lastedMs: 12_000, leaderlessMs: 100, offices: 1, rounds: 0 });
    expect([noLeader(report), flapping(report), runaway(report)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('leaders that change all the time', () => {
    const count = new BallotCount();
    for (let round = 1; round <= 50; round += 1) {
      const leader = (round % 2) + 1;
      count.add([status(leader, 'leader', round, leader)], round * 200);
    }
    expect(count.report(10_000)).toMatchObject({ offices: 50, rounds: 49 });
    expect(flapping(count.report(10_000))).toBe('50 leaders in 10000 ms');
    expect(runaway(count.report(10_000))).toBe('49 rounds in 10000 ms');
  });

  test('nobody who leads: only what lasted long enough to see it counts', () => {
    const count = new BallotCount();
    count.add([], 100);
    count.add([status(1, 'candidate', 3, 1)], 200);
    expect(noLeader(count.report(20_000))).toBe('nobody had led for 20000 ms, after 20000 ms');
    expect(noLeader(count.report(2_000))).toBeUndefined();
    count.add([status(1, 'leader', 3, 1)], 1_000);
    expect(noLeader(count.report(20_000))).toBe('nobody had led for 19000 ms, after 20000 ms');
  });
});
