/** Disks that are nearly full: who still takes what grows, and who leads. */
import { describe, expect, test } from 'vitest';
import type { Operation } from '../../src/kv/operation.ts';
import type { WriteOutcome } from '../../src/replica/api.ts';
import { CalmWorld, put } from './calm-world.ts';

const FOR_EVER = Number.POSITIVE_INFINITY;
const REFUSED = { type: 'notApplied', reason: 'diskFull' };
const APPLIED = { type: 'applied' };

/** Long enough for all to have told each other. */
const GOSSIP_MS = 1_000;

function del(key: string): Operation {
  return { type: 'delete', key, prev: false };
}

function write(world: CalmWorld, at: number, operation: Operation): WriteOutcome | undefined {
  return world.answered(world.write(at, operation))[0];
}

function fill(world: CalmWorld, ...ids: readonly number[]): void {
  for (const id of ids) world.replica(id).room.fill(FOR_EVER);
}

describe('of three replicas', () => {
  test('one full follower stops nobody', () => {
    const world = new CalmWorld(3).start();
    const { leader, followers } = world;
    fill(world, ...followers.slice(0, 1));
    world.runMs(GOSSIP_MS);
    expect(world.leader).toBe(leader);
    for (const { id } of world.replicas) expect(write(world, id, put('a'))).toMatchObject(APPLIED);
  });

  test('a full leader hands over to one with room, once, and writes go on', () => {
    const world = new CalmWorld(3).start();
    const { leader } = world;
    const leaders = world.ghost.leaders;
    fill(world, leader);
    world.until(() => world.host(leader).status().role !== 'leader', 'hand-over');
    world.runMs(GOSSIP_MS);
    expect(world.ghost.leaders).toBe(leaders + 1);
    expect(world.leader).not.toBe(leader);
    expect(write(world, leader, put('a'))).toMatchObject(APPLIED);
  });

  test('two full ones: what grows is refused wherever it comes in, deletes pass', () => {
    const world = new CalmWorld(3).start();
    expect(write(world, 1, put('a'))).toMatchObject(APPLIED);
    fill(world, 1, 2);
    world.runMs(GOSSIP_MS);
    const before = world.ghost.chosen.size;
    for (const { id } of world.replicas) expect(write(world, id, put('b'))).toEqual(REFUSED);
    expect(world.ghost.chosen.size).toBe(before);
    expect(write(world, 1, del('a'))).toMatchObject({ ...APPLIED, answer: { deleted: 1 } });
  });

  test('it clears by itself, as soon as one of them has room', () => {
    const world = new CalmWorld(3).start();
    fill(world, 1, 2);
    world.runMs(GOSSIP_MS);
    expect(write(world, 3, put('a'))).toEqual(REFUSED);
    world.replica(2).room.clear();
    world.runMs(GOSSIP_MS);
    expect(write(world, 3, put('a'))).toMatchObject(APPLIED);
  });

  test('a full one that is needed because another is away counts', () => {
    const world = new CalmWorld(3).start();
    const [away = 0, full = 0] = world.followers;
    world.replica(away).crash();
    fill(world, full);
    world.runMs(2 * GOSSIP_MS);
    expect(write(world, world.leader, put('a'))).toEqual(REFUSED);
    world.replica(away).start();
    world.runMs(2 * GOSSIP_MS);
    expect(write(world, world.leader, put('a'))).toMatchObject(APPLIED);
  });

  test('a new leader does not go by what it knew when it led before', () => {
    const world = new CalmWorld(3).start();
    fill(world, 1, 2);
    world.runMs(GOSSIP_MS);
    const { leader } = world;
    const [next = 0] = world.followers;
    world.host(leader).transferLeadership(next, () => undefined);
    world.until(() => world.host(next).status().role === 'leader', 'hand-over');
    for (const id of [1, 2]) world.replica(id).room.clear();
    world.runMs(GOSSIP_MS);
    world.host(next).transferLeadership(leader, () => undefined);
    world.until(() => world.host(leader).status().role === 'leader', 'hand-over back');
    expect(write(world, leader, put('a'))).toMatchObject(APPLIED);
  });
});

test('a replica alone refuses what grows, says so, and takes it again', () => {
  const world = new CalmWorld(1).start();
  fill(world, 1);
  world.runMs(GOSSIP_MS);
  expect(write(world, 1, put('a'))).toEqual(REFUSED);
  const { members, ready, warnings } = world.host(1).status();
  expect(ready).toBe(true);
  expect(warnings).toEqual([expect.stringContaining('hard watermark')]);
  expect(members).toMatchObject([{ id: 1, disk: 'full' }]);
  world.replica(1).room.clear();
  world.runMs(GOSSIP_MS);
  expect(write(world, 1, put('a'))).toMatchObject(APPLIED);
  expect(world.host(1).status().warnings).toEqual([]);
});
