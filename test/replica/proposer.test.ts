/** The way of a client's command: batches at the leader, one forward elsewhere, one answer. */
import { describe, expect, test } from 'vitest';
import type { Forward } from '../../src/transport/messages.ts';
import { NO_TESTIMONY } from '../../src/transport/network.ts';
import { CalmWorld, put } from './calm-world.ts';

function forwards(world: CalmWorld): { from: number; to: number; message: Forward }[] {
  return world.sent.flatMap(({ from, to, message }) =>
    message.type === 'forward' ? [{ from, to, message }] : [],
  );
}

describe('at the leader', () => {
  test('what arrives together is one slot, in order, at most `slotBytes`', () => {
    const world = new CalmWorld(3).start();
    const before = world.ghost.chosen.size;
    const writes = Array.from({ length: 20 }, (_, index) =>
      world.write(world.leader, put(`${index}`)),
    );
    const outcomes = world.answered(...writes);
    expect(world.ghost.chosen.size - before).toBe(1);
    const revisions = outcomes.map((outcome) =>
      outcome.type === 'applied' ? outcome.answer.revision : 0,
    );
    expect(revisions).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test('a command that is longer than a slot gets one of its own', () => {
    const world = new CalmWorld(3, { slotBytes: 10 }).start();
    const before = world.ghost.chosen.size;
    const writes = ['a', 'b', 'c'].map((key) => world.write(world.leader, put(key)));
    const outcomes = world.answered(...writes);
    expect(world.ghost.chosen.size - before).toBe(3);
    expect(outcomes.map(({ type }) => type)).toEqual(['applied', 'applied', 'applied']);
  });

  test('too many at a time are refused at once, and the others are answered', () => {
    const world = new CalmWorld(3, { pendingRequests: 2 }).start();
    const writes = ['a', 'b', 'c'].map((key) => world.write(world.leader, put(key)));
    expect(world.answered(...writes)).toMatchObject([
      { type: 'applied' },
      { type: 'applied' },
      { type: 'notApplied', reason: 'overloaded' },
    ]);
  });
});

describe('elsewhere', () => {
  test('a command is forwarded once, to the leader, and the answer comes back', () => {
    const world = new CalmWorld(3).start();
    const [follower = 0] = world.followers;
    const [outcome] = world.answered(world.write(follower, put('a')));
    expect(outcome).toMatchObject({ type: 'applied', answer: { type: 'put', revision: 1 } });
    world.runMs(500);
    expect(forwards(world)).toMatchObject([{ from: follower, to: world.leader }]);
  });

  test('a repeated forward, soon or a minute late, gets no second slot', () => {
    const world = new CalmWorld(3).start();
    const [follower = 0] = world.followers;
    world.answered(world.write(follower, put('a')));
    const [forward] = forwards(world);
    if (forward === undefined) throw new Error('nothing was forwarded');
    const { size } = world.ghost.chosen;
    const again = (): void =>
      world.host(forward.to).onMessage(follower, forward.message, NO_TESTIMONY);
    again();
    world.runMs(50);
    again();
    world.runMs(1_000);
    expect(world.ghost.chosen.size).toBe(size);
  });

  test('nor at a leader of a later ballot, the same replica or another', () => {
    const world = new CalmWorld(3).start();
    const [follower = 0] = world.followers;
    world.answered(world.write(follower, put('a')));
    const [forward] = forwards(world);
    if (forward === undefined) throw new Error('nothing was forwarded');
    world.replica(forward.to).crash();
    world.until(
      () => world.replicas.some(({ host }) => host?.status().role === 'leader'),
      'a new leader',
    );
    world.runMs(300);
    const { size } = world.ghost.chosen;
    for (const { host } of world.replicas) host?.onMessage(3, forward.message, NO_TESTIMONY);
    world.runMs(300);
    expect(world.ghost.chosen.size).toBe(size);
  });

  test('once its bytes may have left, a leader that is gone is an `unknown`', () => {
    const world = new CalmWorld(3).start();
    const [follower = 0] = world.followers;
    const write = world.write(follower, put('a'));
    world.until(() => forwards(world).length > 0, 'a forward');
    world.replica(world.leader).crash();
    expect(world.answered(write)).toEqual([{ type: 'unknown', reason: 'leaderLost' }]);
  });

  test('what has not left waits for the next leader, and is applied', () => {
    const world = new CalmWorld(3).start();
    const [follower = 0] = world.followers;
    world.replica(world.leader).crash();
    const write = world.write(follower, put('a'));
    expect(world.answered(write)[0]?.type).toBe('applied');
  });

  test('without a leader for long: refused, at once for those that come then', () => {
    const world = new CalmWorld(3).start();
    const [follower = 0, other = 0] = world.followers;
    world.replica(world.leader).crash();
    world.replica(other).crash();
    const write = world.write(follower, put('a'), 60_000);
    expect(world.answered(write)).toEqual([{ type: 'notApplied', reason: 'noLeader' }]);
    expect(world.write(follower, put('b')).answer).toMatchObject({ reason: 'noLeader' });
    expect(world.read(follower).answer).toMatchObject({ reason: 'noLeader' });
  });

  test('a deposed leader answers `unknown` for what it has proposed (M37)', () => {
    const world = new CalmWorld(3).start();
    const { leader, followers } = world;
    world.network.cut(followers.flatMap((id) => [[id, leader] as const, [leader, id] as const]));
    const write = world.write(leader, put('a'), 60_000);
    const [outcome] = world.answered(write);
    expect(outcome).toEqual({ type: 'unknown', reason: 'steppedDown' });
  });
});

describe('a linearizable read', () => {
  test.each([0, 1, 2])('at replica %i sees what was acknowledged before', (index) => {
    const world = new CalmWorld(3).start();
    const at = world.replicas[index]?.id ?? 0;
    for (const key of ['a', 'b', 'c']) world.answered(world.write(world.leader, put(key)));
    const [grant] = world.answered(world.read(at));
    expect(grant).toMatchObject({ type: 'granted', revision: 3, stalenessMs: 0 });
  });

  test('at a leader that is cut off is not granted', () => {
    const world = new CalmWorld(3).start();
    const { leader, followers } = world;
    world.network.cut(followers.flatMap((id) => [[id, leader] as const, [leader, id] as const]));
    const [grant] = world.answered(world.read(leader));
    expect(grant?.type).toBe('refused');
  });
});

describe('transfer of leadership', () => {
  test.each(['leader', 'follower'] as const)('asked at the %s, it is told who leads', (where) => {
    const world = new CalmWorld(3).start();
    const [to = 0, other = 0] = world.followers;
    const outcomes: unknown[] = [];
    const at = where === 'leader' ? world.leader : other;
    world.host(at).transferLeadership(to, (outcome) => outcomes.push(outcome));
    world.until(() => outcomes.length > 0, 'an outcome', 200);
    expect(outcomes).toEqual([{ type: 'transferred', leader: to }]);
    expect(world.leader).toBe(to);
  });

  test('to one that is down it is refused in the end, and the leader goes on', () => {
    const world = new CalmWorld(3).start();
    const [to = 0] = world.followers;
    const { leader } = world;
    world.replica(to).crash();
    const outcomes: unknown[] = [];
    world.host(leader).transferLeadership(to, (outcome) => outcomes.push(outcome));
    world.until(() => outcomes.length > 0, 'an outcome', 6_000);
    expect(outcomes).toMatchObject([{ type: 'refused' }]);
    expect(world.answered(world.write(leader, put('a')))[0]?.type).toBe('applied');
    expect(world.leader).toBe(leader);
  });

  test('to a stranger it is refused at once', () => {
    const world = new CalmWorld(3).start();
    const outcomes: unknown[] = [];
    world.host(1).transferLeadership(9, (outcome) => outcomes.push(outcome));
    world.runMs(1);
    expect(outcomes).toMatchObject([{ type: 'refused' }]);
  });
});
