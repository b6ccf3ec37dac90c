/** Reads by a lease: at once at the leader that holds one, and the linearizable way in any other case. */
import { expect, test } from 'vitest';
import { DEFAULT_CORE_LIMITS } from '../../src/paxos/core-limits.ts';
import type { ReplicaId } from '../../src/paxos/ballot.ts';
import { CalmWorld, put } from './calm-world.ts';

const GRANT_MS = 300;
const LEASE_MS = 255;
const CORE = { ...DEFAULT_CORE_LIMITS, leaseGrantMs: GRANT_MS, leaseDriftPerMille: 50 };

function start(): CalmWorld {
  const world = new CalmWorld(3, { core: CORE }).start();
  world.until(() => isHeld(world, world.leader), 'a lease');
  return world;
}

function isHeld(world: CalmWorld, id: ReplicaId): boolean {
  return world.host(id).replica?.readLease.isHeld ?? false;
}

/** The level of an answer that comes before anything else can happen. */
function levelNow(world: CalmWorld, id: ReplicaId, minRevision = 0): string {
  const [grant] = world.read(id, { level: 'lease', minRevision }).answers;
  return grant?.type === 'granted' ? grant.level : 'none';
}

function levelAtLast(world: CalmWorld, id: ReplicaId, minRevision = 0): string {
  const [grant] = world.answered(world.read(id, { level: 'lease', minRevision }));
  return grant?.type === 'granted' ? grant.level : `${grant?.reason}`;
}

function cutOff(world: CalmWorld, id: ReplicaId): void {
  const others = world.replicas.map((replica) => replica.id).filter((other) => other !== id);
  world.network.cut(others.flatMap((other) => [[id, other] as const, [other, id] as const]));
}

test('at the leader they are answered at once, of all that was acknowledged', () => {
  const world = start();
  const { leader } = world;
  const [written] = world.answered(world.write(leader, put('a')));
  if (written?.type !== 'applied') throw new Error('not applied');
  const [grant] = world.read(leader, { level: 'lease' }).answers;
  expect(grant).toEqual({
    type: 'granted',
    level: 'lease',
    readIndex: written.slot,
    revision: written.answer.revision,
    stalenessMs: 0,
  });
});

test('elsewhere, and where leases are off, they are linearizable', () => {
  const world = start();
  const [follower = 0] = world.followers;
  expect(levelNow(world, follower)).toBe('none');
  expect(levelAtLast(world, follower)).toBe('linearizable');
  const off = new CalmWorld(3).start();
  expect(levelNow(off, off.leader)).toBe('none');
  expect(levelAtLast(off, off.leader)).toBe('linearizable');
  expect(off.sent.some(({ message }) => 'sentAtMs' in message || 'lease' in message)).toBe(false);
});

test('a minimal revision that is yet to come is waited for', () => {
  const world = start();
  const { leader } = world;
  const next = world.host(leader).store.revision + 1;
  const pending = world.read(leader, { level: 'lease', minRevision: next });
  expect(pending.answers).toEqual([]);
  world.answered(world.write(leader, put('a')));
  const [grant] = world.answered(pending);
  expect(grant).toMatchObject({ type: 'granted', level: 'linearizable', revision: next });
});

test('a leader that nobody hears answers none once its lease is over', () => {
  const world = start();
  const { leader } = world;
  cutOff(world, leader);
  world.runMs(LEASE_MS / 2);
  expect(levelNow(world, leader)).toBe('lease');
  world.runMs(LEASE_MS / 2);
  expect(levelNow(world, leader)).toBe('none');
  expect(world.host(leader).status().role).toBe('leader');
});

test('a machine that stood still for long answers none, until it is granted one anew', () => {
  const world = start();
  const { leader } = world;
  const replica = world.replica(leader);
  cutOff(world, leader);
  const shownMs = replica.clock.nowMs();
  replica.standStill(2 * GRANT_MS);
  world.runMs(2 * GRANT_MS);
  // By the monotonic clock no time has passed.
  expect(replica.clock.nowMs()).toBe(shownMs);
  expect(levelNow(world, leader)).toBe('none');
  world.runMs(20);
  expect(levelNow(world, leader)).toBe('none');
});

test('a wall clock that is set ends a lease for a moment, or not at all', () => {
  const world = start();
  const { leader } = world;
  world.runMs(50);
  world.replica(leader).clock.setWall(-10_000);
  expect(levelNow(world, leader)).toBe('lease');
  world.runMs(50);
  world.replica(leader).clock.setWall(10_000);
  expect(levelNow(world, leader)).toBe('none');
  expect(levelAtLast(world, leader)).toBe('linearizable');
  world.until(() => isHeld(world, leader), 'a lease');
});

test('who leads next has a lease of its own, and the former leader has none', () => {
  const world = start();
  const { leader } = world;
  const [next = 0] = world.followers;
  world.host(leader).transferLeadership(next, () => undefined);
  world.until(() => world.host(next).status().role === 'leader', 'a hand-over', GRANT_MS / 2);
  expect(isHeld(world, leader)).toBe(false);
  world.until(() => isHeld(world, next), 'a lease');
  expect(levelNow(world, next)).toBe('lease');
});

test('a leader that died is missed until what was granted to it is over', () => {
  const world = start();
  const { leader } = world;
  const diedAtMs = world.time.nowMs();
  world.replica(leader).crash();
  const isLed = (): boolean => world.replicas.some(({ host }) => host?.status().role === 'leader');
  world.until(() => isLed(), 'another leader');
  // The last heartbeat may have been sent up to 50 ms before.
  expect(world.time.nowMs() - diedAtMs).toBeGreaterThan(GRANT_MS - 60);
});
