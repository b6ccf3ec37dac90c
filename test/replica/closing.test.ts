/** The graceful end: leadership first, then what is under way, then the state. */
import { describe, expect, test } from 'vitest';
import { CalmWorld, Pending, put } from './calm-world.ts';

function closed(world: CalmWorld, id: number): Pending<void> {
  const pending = new Pending<void>();
  world.host(id).close(8_000, () => pending.settle());
  return pending;
}

describe('SIGTERM hands leadership over first', () => {
  test.each([2, 3, 4, 5])('of %i replicas, in much less than a timeout', (replicas) => {
    const world = new CalmWorld(replicas).start();
    const old = world.leader;
    const end = closed(world, old);
    world.until(() => end.answers.length > 0, 'end', 200);
    const others = world.replicas.filter(({ id }) => id !== old);
    world.until(
      () => others.some(({ host }) => host?.status().role === 'leader'),
      'new leader',
      100,
    );
    expect(world.leader).not.toBe(old);
  });

  test('also while writes are in flight, and each of them is answered', () => {
    const world = new CalmWorld(3).start();
    const old = world.leader;
    const writes = [1, 2, 3].flatMap((id) => [
      world.write(id, put('a')),
      world.write(id, put('b')),
    ]);
    world.runMs(2);
    const end = closed(world, old);
    expect(world.answered(...writes).map(({ type }) => type)).toEqual(writes.map(() => 'applied'));
    world.until(() => end.answers.length > 0, 'end', 200);
  });

  test('what arrives meanwhile is answered by the successor', () => {
    const world = new CalmWorld(3).start();
    const old = world.leader;
    const end = closed(world, old);
    const [outcome] = world.answered(world.write(old, put('a')));
    expect(outcome?.type).toBe('applied');
    world.until(() => end.answers.length > 0, 'end', 200);
  });
});

describe('a follower that ends', () => {
  test('gives the answers that it owes before it stops', () => {
    const world = new CalmWorld(3).start();
    const [follower = 0] = world.followers;
    const write = world.write(follower, put('a'));
    world.runMs(1.5);
    const end = closed(world, follower);
    expect(world.answered(write)[0]?.type).toBe('applied');
    world.until(() => end.answers.length > 0, 'end', 100);
  });

  test('also those to reads', () => {
    const world = new CalmWorld(3).start();
    const [follower = 0] = world.followers;
    world.replica(world.leader).pause(50);
    const read = world.read(follower);
    const end = closed(world, follower);
    world.until(() => end.answers.length > 0, 'end', 100);
    expect(read.answer.type).toBe('granted');
  });

  test('writes its state, so that its next life has nothing to apply', () => {
    const world = new CalmWorld(3).start();
    const [follower = 0] = world.followers;
    world.answered(world.write(follower, put('a')));
    world.runMs(60);
    const { store } = world.host(follower).replica ?? {};
    world.until(() => closedOnce(world, follower), 'end');
    expect(store?.durablyApplied).toBe(store?.appliedUpTo);
    expect(store?.appliedUpTo).toBeGreaterThan(1);
  });

  test('without a quorum it ends within the time that it is given', () => {
    const world = new CalmWorld(3).start();
    const [follower = 0, other = 0] = world.followers;
    world.replica(world.leader).crash();
    world.replica(other).crash();
    const write = world.write(follower, put('a'), 60_000);
    const end = new Pending<void>();
    world.host(follower).close(3_000, () => end.settle());
    world.until(() => end.answers.length > 0, 'end', 3_100);
    expect(write.answer.type).not.toBe('applied');
  });
});

describe('after the end every call is answered at once', () => {
  test('writes, reads and transfers: closing', () => {
    const world = new CalmWorld(3).start();
    const host = world.host(world.leader);
    const wish = new Pending<unknown>();
    const late = new Pending<unknown>();
    host.replica?.beginClosing();
    expect(world.write(host.replicaId, put('a')).answer).toMatchObject({ reason: 'closing' });
    expect(world.read(host.replicaId).answer).toMatchObject({ reason: 'closing' });
    host.transferLeadership(99, (outcome) => wish.settle(outcome));
    host.replica?.close();
    host.transferLeadership(1, (outcome) => late.settle(outcome));
    expect(late.answer).toMatchObject({ reason: 'closing' });
  });

  test('a wish that is under way is answered when its replica stops', () => {
    const world = new CalmWorld(3).start();
    const host = world.host(world.leader);
    const [to = 0] = world.followers;
    world.replica(to).crash();
    const wish = new Pending<unknown>();
    host.transferLeadership(to, (outcome) => wish.settle(outcome));
    world.runMs(5);
    host.replica?.close();
    expect(wish.answer).toEqual({ type: 'notApplied', reason: 'closing' });
  });
});

const ends = new Map<CalmWorld, Pending<void>>();

function closedOnce(world: CalmWorld, id: number): boolean {
  const end = ends.get(world) ?? closed(world, id);
  ends.set(world, end);
  return end.answers.length > 0;
}
