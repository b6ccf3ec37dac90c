/** I17, of read leases: each rule broken once. */
import { expect, test } from 'vitest';
import { DEFAULT_CORE_LIMITS } from '../../../src/paxos/core-limits.ts';
import type { Leader } from '../../../src/paxos/core-state.ts';
import { newLease } from '../../../src/paxos/lease.ts';
import { noBeats } from '../../../src/paxos/freshness.ts';
import { type Holders, Leases } from '../../../src/simulation/ghost/leases.ts';
import { Probes } from '../../../src/simulation/probes.ts';
import { ballotOf, violated } from './forbidden.ts';

function leaderOf(leader: number): Leader {
  return {
    name: 'leader',
    ballot: ballotOf(leader, leader),
    nextSlot: 2,
    inFlight: new Map(),
    firstOwnSlot: 1,
    stop: undefined,
    ticksSinceHeard: new Map(),
    beats: noBeats(),
    heartbeatIn: 0,
    round: undefined,
    readQueue: [],
    lease: newLease({ ...DEFAULT_CORE_LIMITS, leaseGrantMs: 300 }),
    transfer: undefined,
    recentVotes: new Map(),
  };
}

/** Which replicas would answer by a lease now. */
function story() {
  const holding = new Set<number>();
  const holders: Holders = new Map(
    [1, 2].map((id) => {
      const core = { role: leaderOf(id), membership: { epoch: 2 } };
      return [id, () => ({ readLease: { isHeld: holding.has(id) }, core })];
    }),
  );
  const probes = new Probes();
  return { holding, probes, leases: new Leases(holders, probes) };
}

test('two replicas never hold one at a time', () => {
  const { holding, leases } = story();
  holding.add(1);
  expect(violated(() => leases.looks(1, leaderOf(1)))).toBeUndefined();
  holding.add(2);
  expect(violated(() => leases.looks(2, leaderOf(2)))).toBe('I17');
  expect(violated(() => leases.isAlone(1))).toBe('I17');
  holding.delete(1);
  expect(violated(() => leases.looks(2, leaderOf(2)))).toBeUndefined();
});

test('nobody holds one while another is elected without it', () => {
  const { holding, leases } = story();
  const membership = { epoch: 2 };
  const after = { role: leaderOf(2), membership };
  const before = { role: { ...leaderOf(2), ballot: ballotOf(0, 2) }, membership };
  const [earlier, later] = [{ epoch: 1 }, { epoch: 3 }];
  expect(violated(() => leases.elected(2, after))).toBeUndefined();
  holding.add(1);
  expect(violated(() => leases.elected(2, after))).toBe('I17');
  // By promises of before: in a ballot that is over.
  expect(violated(() => leases.elected(2, before))).toBeUndefined();
  // In an epoch that is over, or one that follows.
  expect(violated(() => leases.elected(2, { ...after, membership: earlier }))).toBeUndefined();
  expect(violated(() => leases.elected(2, { ...before, membership: later }))).toBe('I17');
});

test('one that is not renewed is seen to end', () => {
  const { holding, leases, probes } = story();
  const leader = leaderOf(1);
  holding.add(1);
  leases.looks(1, leader);
  expect(probes.names).toEqual([]);
  holding.delete(1);
  leases.looks(1, leader);
  expect(probes.names).toEqual(['leaseExpired']);
});
