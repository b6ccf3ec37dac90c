/** The story of a write, told to whoever asks for it, at any replica. */
import { describe, expect, test } from 'vitest';
import type { WriteTrace } from '../../src/paxos/write-trace.ts';
import type { WriteOutcome } from '../../src/replica/api.ts';
import { CalmWorld, Pending, put } from './calm-world.ts';

interface Told {
  readonly outcome: WriteOutcome;
  readonly trace: WriteTrace | undefined;
}

function traced(world: CalmWorld, at: number, deadlineMs = 2_000): Pending<Told> {
  const pending = new Pending<Told>();
  world.host(at).write(put('a'), { deadlineMs, trace: true }, (outcome, trace) => {
    pending.settle({ outcome, trace });
  });
  return pending;
}

/** In whole milliseconds of the virtual time: there the network and the disks take about one each. */
function storyOf(world: CalmWorld, at: number): WriteTrace {
  const [told] = world.answered(traced(world, at));
  if (told?.trace === undefined) throw new Error('no story was told');
  return told.trace;
}

const tracing = (world: CalmWorld): number =>
  world.sent.filter(({ message }) => message.type === 'trace' || message.type === 'traced').length;

describe('at the leader', () => {
  test('says which slot, who accepted when, when it was chosen and applied', () => {
    const world = new CalmWorld(3).start();
    const { leader } = world;
    const trace = storyOf(world, leader);
    const entry = world.host(leader).status();
    expect(trace).toMatchObject({ slot: entry.chosenUpTo, epoch: 1, ballot: entry.ballot });
    expect(trace.commands).toBe(1);
    const { accepted, appliedUs = 0, chosenUs = 0, proposedUs, sync } = trace;
    if (sync === undefined) throw new Error('it does not say how long its own write took');
    expect(sync.startedUs).toBeGreaterThanOrEqual(proposedUs);
    expect(sync.durableUs).toBeGreaterThan(sync.startedUs);
    expect(accepted.length).toBeGreaterThanOrEqual(2);
    expect(accepted.map(({ atUs }) => atUs)).toEqual(
      accepted.map(({ atUs }) => atUs).toSorted((a, b) => a - b),
    );
    // The second vote of three makes the quorum.
    expect(chosenUs).toBe(accepted[1]?.atUs);
    expect(appliedUs).toBeGreaterThanOrEqual(chosenUs);
    expect(trace.forwarded).toBeUndefined();
  });

  test('says of each peer how long it had it: the rest was on the network', () => {
    const world = new CalmWorld(3).start();
    // This network does not keep messages in their order, so that not every peer can say it in time.
    const stories = Array.from({ length: 20 }, () => storyOf(world, world.leader));
    const all = stories.flatMap(({ accepted, proposedUs, sync }) =>
      accepted.map((one) => ({ ...one, proposedUs, ownUs: (sync?.durableUs ?? 0) - proposedUs })),
    );
    const own = all.filter(({ id }) => id === world.leader);
    expect(own.map(({ heldUs }) => heldUs)).toEqual(own.map(({ ownUs }) => ownUs));
    const told = all.flatMap(({ atUs, heldUs, id, proposedUs }) =>
      id === world.leader || heldUs === undefined ? [] : [[heldUs, atUs - proposedUs - heldUs]],
    );
    expect(told.length).toBeGreaterThan(5);
    expect(Math.min(...told.flat())).toBeGreaterThan(0);
  });

  test('says how many commands share the slot', () => {
    const world = new CalmWorld(3).start();
    const others = ['b', 'c'].map((key) => world.write(world.leader, put(key)));
    const both = [traced(world, world.leader), traced(world, world.leader)];
    world.answered(...others);
    const [one, other] = world.answered(...both);
    expect(one?.trace?.commands).toBe(4);
    expect(other?.trace?.slot).toBe(one?.trace?.slot);
  });

  test('of a write whose time ran out says how far it came', () => {
    const world = new CalmWorld(3).start();
    const { leader, followers } = world;
    world.network.cut(followers.flatMap((id) => [[id, leader] as const, [leader, id] as const]));
    const [told] = world.answered(traced(world, leader, 60));
    expect(told?.outcome).toEqual({ type: 'unknown', reason: 'deadline' });
    expect(told?.trace).toMatchObject({ accepted: [{ id: leader }] });
    expect(told?.trace).not.toHaveProperty('chosenUs');
    expect(told?.trace).not.toHaveProperty('appliedUs');
  });
});

describe('at a follower', () => {
  test('is the story of the leader, and how long the way there and back took', () => {
    const world = new CalmWorld(3).start();
    const [follower = 0] = world.followers;
    const trace = storyOf(world, follower);
    expect(trace.ballot.leader).toBe(world.leader);
    expect(trace.accepted.map(({ id }) => id)).toContain(world.leader);
    expect(trace.forwarded?.by).toBe(follower);
    expect(trace.forwarded?.roundTripUs).toBeGreaterThan(trace.appliedUs ?? Infinity);
  });

  test('of a write that is refused there is none', () => {
    const world = new CalmWorld(3).start();
    const [follower = 0, other = 0] = world.followers;
    world.replica(world.leader).crash();
    world.replica(other).crash();
    const [told] = world.answered(traced(world, follower, 60_000));
    expect(told).toEqual({
      outcome: { type: 'notApplied', reason: 'noLeader' },
      trace: undefined,
    });
  });
});

test('there is room for so many at once; the others are made all the same, without a story', () => {
  const world = new CalmWorld(3, { tracedWrites: 2 }).start();
  for (let round = 0; round < 3; round += 1) {
    const told = world.answered(...[1, 2, 3].map(() => traced(world, world.leader)));
    expect(told.map(({ outcome }) => outcome.type)).toEqual(['applied', 'applied', 'applied']);
    expect(told.map(({ trace }) => trace === undefined)).toEqual([false, false, true]);
  }
});

test('where it is not asked for, nothing is said of it', () => {
  const world = new CalmWorld(3).start();
  world.answered(world.write(world.leader, put('a')));
  world.answered(world.write(world.followers[0] ?? 0, put('b')));
  expect(tracing(world)).toBe(0);
  storyOf(world, world.leader);
  expect(tracing(world)).toBeGreaterThanOrEqual(2);
});

test('a leader that asks for slots and never proposes them is not remembered for ever', () => {
  const world = new CalmWorld(3, { tracedWrites: 4 }).start();
  const [follower = 0] = world.followers;
  const { ballot, chosenUpTo } = world.host(world.leader).status();
  for (let ahead = 1; ahead <= 50; ahead += 1) {
    const ask = { type: 'trace', ballot, slot: chosenUpTo + ahead } as const;
    world.host(follower).onMessage(world.leader, ask, { sequence: 0, witnessed: 0 });
  }
  for (let left = 50; left > 0; left -= 1) world.answered(world.write(world.leader, put('a')));
  world.runMs(500);
  const told = world.sent.filter(({ message }) => message.type === 'traced');
  expect(told.length).toBe(4);
});
