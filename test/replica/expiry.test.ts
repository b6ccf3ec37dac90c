/** "A lease's expiry is a guarded command. Remaining time survives a change of leader; a TTL is a lower bound." */
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/kv/answer.ts';
import type { Operation } from '../../src/kv/operation.ts';
import { CalmWorld, put } from './calm-world.ts';

function answer(world: CalmWorld, at: number, operation: Operation): Answer {
  const [outcome] = world.answered(world.write(at, operation));
  if (outcome?.type !== 'applied') throw new Error(`${operation.type}: ${outcome?.type}`);
  return outcome.answer;
}

function mortal(key: string, ttlMs: number): Operation {
  const value = Uint8Array.of(1);
  const lifetime = { type: 'ttl', ttlMs } as const;
  return { type: 'put', key, value, contentType: '', prev: false, lifetime };
}

function has(world: CalmWorld, at: number, key: string): boolean {
  return world.host(at).store.item(key) !== undefined;
}

function cutOff(world: CalmWorld, id: number): void {
  const others = world.replicas.map((replica) => replica.id).filter((other) => other !== id);
  world.network.cut(others.flatMap((other) => [[id, other] as const, [other, id] as const]));
}

describe('what has outlived its time', () => {
  test('goes on all replicas, soon after it is due and not before', () => {
    const world = new CalmWorld(3).start();
    answer(world, world.leader, mortal('a', 300));
    world.runMs(280);
    expect(world.replicas.map(({ id }) => has(world, id, 'a'))).toEqual([true, true, true]);
    world.runMs(120);
    expect(world.replicas.map(({ id }) => has(world, id, 'a'))).toEqual([false, false, false]);
  });

  test('goes by the hundred in few commands', () => {
    const world = new CalmWorld(3).start();
    for (let key = 0; key < 300; key += 1) world.write(world.leader, mortal(`k${key}`, 500));
    world.until(() => has(world, 1, 'k299'), 'all keys');
    const before = world.host(1).store.revision;
    world.until(() => !has(world, 1, 'k299') && !has(world, 1, 'k0'), 'no key');
    expect(world.host(1).store.revision - before).toBeLessThanOrEqual(3);
  });

  test('does not go while its lease is renewed at any replica', () => {
    const world = new CalmWorld(3).start();
    const [follower = 0] = world.followers;
    const granted = answer(world, follower, { type: 'leaseGrant', ttlMs: 200 });
    if (granted.type !== 'leaseGranted') throw new Error(granted.type);
    const { lease } = granted;
    const lifetime = { type: 'lease', lease } as const;
    const value = Uint8Array.of(1);
    const onLease = { type: 'put', key: 'a', value, contentType: '', prev: false } as const;
    answer(world, world.leader, { ...onLease, lifetime });
    for (let time = 0; time < 10; time += 1) {
      world.runMs(150);
      expect(answer(world, follower, { type: 'leaseRenew', lease }).type).toBe('leaseRenewed');
    }
    expect(has(world, follower, 'a')).toBe(true);
    world.until(() => !has(world, follower, 'a'), 'the end of the lease');
    expect(answer(world, follower, { type: 'leaseRenew', lease }).type).toBe('leaseGone');
  });

  test('has at least its time where the leader changes, and then goes', () => {
    const world = new CalmWorld(3).start();
    const first = world.leader;
    answer(world, first, mortal('a', 3_000));
    world.runMs(1_000);
    answer(world, first, put('b'));
    world.replica(first).crash();
    world.runMs(1_900);
    const [other = 0] = world.followers;
    expect(has(world, other, 'a')).toBe(true);
    world.until(() => !has(world, other, 'a'), 'the end of the key');
  });

  test('stays while there is no leader', () => {
    const world = new CalmWorld(3).start();
    answer(world, world.leader, mortal('a', 500));
    world.runMs(100);
    const [follower = 0, other = 0] = world.followers;
    world.replica(world.leader).crash();
    world.replica(other).crash();
    world.runMs(5_000);
    expect(has(world, follower, 'a')).toBe(true);
  });

  test('is not ended by a leader that is cut off, nor twice', () => {
    const world = new CalmWorld(3).start();
    const deposed = world.leader;
    const granted = answer(world, deposed, { type: 'leaseGrant', ttlMs: 2_000 });
    if (granted.type !== 'leaseGranted') throw new Error(granted.type);
    cutOff(world, deposed);
    world.until(
      () =>
        world.replicas.some(({ host, id }) => id !== deposed && host?.status().role === 'leader'),
      'another leader',
    );
    const next = world.replicas.find(
      ({ host, id }) => id !== deposed && host?.status().role === 'leader',
    );
    const { lease } = granted;
    for (let time = 0; time < 5; time += 1) {
      expect(answer(world, next?.id ?? 0, { type: 'leaseRenew', lease }).type).toBe('leaseRenewed');
      world.runMs(1_000);
    }
    world.network.cut([]);
    world.runMs(500);
    expect(answer(world, deposed, { type: 'leaseRenew', lease }).type).toBe('leaseRenewed');
  });
});

describe('who waits for a lock', () => {
  test('hears of it at its own replica, also where that got the state of a peer meanwhile', () => {
    const margins = { slots: 2, heldBytes: 0, bytes: 1, ageMs: 1, chainBytes: 0 };
    const world = new CalmWorld(3, { trimMs: 10, logMargins: margins }).start();
    const [follower = 0] = world.followers;
    const acquire = { type: 'lockAcquire', name: 'l', ttlMs: 60_000 } as const;
    const held = answer(world, world.leader, { ...acquire, waitMs: 0 });
    const queued = answer(world, follower, { ...acquire, waitMs: 60_000 });
    if (held.type !== 'lockHeld' || queued.type !== 'lockQueued') throw new Error(queued.type);
    const fences: number[] = [];
    world.host(follower).awaitLock('l', queued.waiter, ({ fence }) => fences.push(fence));
    cutOff(world, follower);
    const { leader } = world;
    const fence = { name: 'l', fence: held.fence };
    let isReleased = false;
    const release = { type: 'lockRelease', name: 'l' } as const;
    world.host(leader).write(release, { deadlineMs: 2_000, fence }, () => {
      isReleased = true;
    });
    world.until(() => isReleased, 'the release');
    for (let key = 0; key < 20; key += 1) answer(world, leader, put(`k${key}`));
    world.runMs(500);
    expect(fences).toEqual([]);
    world.network.cut([]);
    world.until(() => fences.length > 0, 'the lock');
    expect(fences[0]).toBeGreaterThan(held.fence);
  });
});
