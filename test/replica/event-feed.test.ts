/** What those are told who look on at a replica. */
import { describe, expect, test } from 'vitest';
import { EventFeed, type EventReader } from '../../src/replica/event-feed.ts';
import type { Happening, Standing } from '../../src/replica/happening.ts';
import { Onlookers } from '../../src/replica/onlookers.ts';
import type { ReplicaEvent } from '../../src/replica/ports.ts';
import { CalmWorld, put } from './calm-world.ts';

const ballot = { round: 3, leader: 1 };

const STANDING: Standing = {
  type: 'standing',
  role: 'follower',
  ballot,
  epoch: 1,
  members: [1, 2, 3],
  chosenUpTo: 7,
  appliedUpTo: 7,
};

/** A feed of its own, whose deferred work runs when the test says so. */
class Room {
  readonly onlookers = new Onlookers();
  readonly #deferred: (() => void)[] = [];
  wallReads = 0;
  readonly feed = new EventFeed({
    clock: { nowMs: () => 0 },
    scheduler: { defer: (run) => void this.#deferred.push(run) },
    wallMs: () => {
      this.wallReads += 1;
      return 1_000;
    },
    onlookers: this.onlookers,
    limits: { untakenEvents: 4, sampledMessagesPerSecond: 10 },
    standing: () => STANDING,
  });

  turn(): void {
    for (const run of this.#deferred.splice(0)) run();
  }

  role(role: 'follower' | 'candidate' | 'leader', leader?: number): void {
    this.feed.observe({ type: 'role', role, ballot, leader, why: 'so' });
  }
}

/** All that a reader is told, as it comes; `undefined`: it has missed something. */
function read(reader: EventReader): (Happening | undefined)[] {
  const told: (Happening | undefined)[] = [];
  const pull = (): void =>
    reader.pull((events) => {
      if (events === undefined) told.push(undefined);
      else told.push(...events.map(({ happening }) => happening));
      if (events !== undefined) pull();
    });
  pull();
  return told;
}

const typesOf = (told: readonly (Happening | undefined)[]) => told.map((one) => one?.type);

describe('a reader', () => {
  test('begins with how the replica stands, and is told what happens from then on', () => {
    const room = new Room();
    room.feed.observe({ type: 'disk', level: 'low' });
    const reader = room.feed.open();
    const told = read(reader);
    room.feed.observe({ type: 'disk', level: 'full' });
    expect(told).toEqual([]);
    room.turn();
    expect(told).toEqual([STANDING, { type: 'disk', level: 'full' }]);
    room.feed.snapshotSent('begun', 2, 40);
    room.turn();
    expect(told.slice(2)).toEqual([{ type: 'snapshotSent', fact: 'begun', to: 2, slot: 40 }]);
    reader.close();
    room.feed.observe({ type: 'disk', level: 'ok' });
    room.turn();
    expect(told.length).toBe(3);
  });

  test('is told of elections by what they come to', () => {
    const room = new Room();
    room.role('leader', 1);
    const told = read(room.feed.open());
    room.role('follower');
    room.role('candidate');
    room.turn();
    room.role('follower');
    room.role('follower', 2);
    room.role('follower');
    room.turn();
    const why = 'so';
    expect(told.slice(1)).toEqual([
      { type: 'steppedDown', ballot, why },
      { type: 'campaign', ballot, why },
      { type: 'campaignFailed', ballot, why },
      { type: 'leader', ballot, leader: 2, why },
      { type: 'leaderLost', ballot, why },
    ]);
  });

  test('that leaves too much untaken is told that it has missed something, and nothing more', () => {
    const room = new Room();
    const [slow, quick] = [room.feed.open(), room.feed.open()];
    const told = read(quick);
    const event: ReplicaEvent = { type: 'disk', level: 'low' };
    for (let left = 5; left > 0; left -= 1) {
      room.feed.observe(event);
      room.turn();
    }
    expect(typesOf(told)).toEqual(['standing', 'disk', 'disk', 'disk', 'disk', 'disk']);
    const slowly = read(slow);
    room.turn();
    expect(slowly).toEqual([undefined]);
    room.feed.observe(event);
    room.turn();
    expect([slowly.length, told.length]).toEqual([1, 7]);
  });
});

test('while nobody reads, no step is looked at and no time is read', () => {
  const room = new Room();
  room.feed.observe({ type: 'disk', level: 'low' });
  room.role('leader', 1);
  expect([room.onlookers.all.length, room.wallReads]).toEqual([0, 0]);
  const readers = [room.feed.open(), room.feed.open()];
  expect(room.onlookers.all.length).toBe(1);
  for (const reader of readers) reader.close();
  expect(room.onlookers.all.length).toBe(0);
});

describe('in a cluster', () => {
  test('an election is told with its ballots and messages, at whoever is left', () => {
    const world = new CalmWorld(3).start();
    const { leader: old } = world;
    const told = world.followers.map((id) => ({ id, told: read(world.host(id).events()) }));
    world.replica(old).crash();
    world.until(
      () => told.every((one) => one.told.some((event) => event?.type === 'leader')),
      'news of a leader',
    );
    const { leader } = world;
    const winner = told.find(({ id }) => id === leader)?.told ?? [];
    const other = told.find(({ id }) => id !== leader)?.told ?? [];
    const types = typesOf(winner);
    expect(types[0]).toBe('standing');
    expect(winner[0]).toMatchObject({ leader: old, members: [1, 2, 3] });
    expect(types.indexOf('campaign')).toBeGreaterThan(0);
    expect(types.indexOf('leader')).toBeGreaterThan(types.indexOf('campaign'));
    expect(winner).toContainEqual(
      expect.objectContaining({ type: 'message', direction: 'sent', message: 'prepare' }),
    );
    expect(winner).toContainEqual(
      expect.objectContaining({
        direction: 'received',
        message: 'promise',
        peer: expect.any(Number),
      }),
    );
    const { ballot: now } = world.host(leader).status();
    expect(other).toContainEqual({ type: 'promised', ballot: now });
    expect(other).toContainEqual(expect.objectContaining({ type: 'leader', leader, ballot: now }));
  });

  test('messages are told up to a rate, and those between are counted', () => {
    const world = new CalmWorld(3, { sampledMessagesPerSecond: 20 }).start();
    const told = read(world.host(world.leader).events());
    const [before, beganAtMs] = [world.sent.length, world.time.nowMs()];
    for (let left = 300; left > 0; left -= 1) world.answered(world.write(world.leader, put('a')));
    const messages = told.flatMap((event) => (event?.type === 'message' ? [event] : []));
    const seconds = (world.time.nowMs() - beganAtMs) / 1_000;
    // It may be told those of one second at once; clocks here drift a little.
    const most = 20 * (1 + 1.1 * seconds);
    expect(world.sent.length - before).toBeGreaterThan(2 * most);
    expect(messages.length).toBeGreaterThan(10);
    expect(messages.length).toBeLessThanOrEqual(most);
    const skipped = messages.reduce((sum, { skipped: some }) => sum + some, 0);
    expect(skipped + messages.length).toBeGreaterThan(300);
  });
});
