/** From epoch to epoch at real replicas: who goes on, who is out, and what a restart finds. */
import { describe, expect, test } from 'vitest';
import type { ReplicaId } from '../../src/paxos/ballot.ts';
import { majorities, type Membership } from '../../src/paxos/membership.ts';
import type { ChangeOutcome } from '../../src/replica/membership-change.ts';
import { CalmWorld, Pending, put } from './calm-world.ts';

function nextOf(world: CalmWorld, voters: readonly ReplicaId[]): Membership {
  const core = world.host(world.leader).replica?.core;
  if (core === undefined) throw new Error('the leader does not work');
  const { membership } = core;
  const members = membership.members.filter(({ id }) => voters.includes(id));
  const quorums = majorities(members.length);
  return { ...membership, epoch: membership.epoch + 1, members, quorums };
}

function change(world: CalmWorld, membership: Membership, at = world.leader) {
  const pending = new Pending<ChangeOutcome>();
  const done = (outcome: ChangeOutcome): void => pending.settle(outcome);
  world.host(at).replica?.change.start({ membership, deadlineMs: 2_000, done });
  return pending;
}

function changed(world: CalmWorld, voters: readonly ReplicaId[]): void {
  const next = nextOf(world, voters);
  const pending = change(world, next);
  world.until(() => isAnswered(pending), 'the change');
  expect(pending.answer).toEqual({ type: 'changed' });
  lead(world, voters, next.epoch);
}

function lead(world: CalmWorld, voters: readonly ReplicaId[], epoch: number): void {
  const statuses = () => voters.map((id) => world.host(id).status());
  const isIn = (): boolean => statuses().every((one) => one.ready && one.epoch === epoch);
  const isLed = (): boolean => statuses().some(({ role }) => role === 'leader');
  world.until(() => isIn() && isLed(), `a leader of epoch ${epoch}`);
}

function written(world: CalmWorld, at: ReplicaId, key: string): void {
  const pending = world.write(at, put(key));
  world.until(() => isAnswered(pending), `the write of ${key}`);
  expect(pending.answer).toMatchObject({ type: 'applied' });
}

function isAnswered({ answers }: { readonly answers: readonly unknown[] }): boolean {
  return answers.length > 0;
}

function epochOf(world: CalmWorld, id: ReplicaId): number {
  return world.host(id).status().epoch;
}

describe('a change of membership', () => {
  test('takes a follower out: the others go on, and it says that it is removed', () => {
    const world = new CalmWorld().start();
    const [out = 0, stays = 0] = world.followers;
    const { leader } = world;
    written(world, stays, 'before');
    changed(world, [leader, stays]);
    written(world, stays, 'after');
    world.until(() => epochOf(world, out) === 2, 'the removed one has heard');
    const { ready, reasons } = world.host(out).status();
    expect(ready).toBe(false);
    expect(reasons.join()).toContain('removed: since epoch 2');
    const refused = world.write(out, put('x'));
    expect(refused.answer).toEqual({ type: 'notApplied', reason: 'removed' });
    expect(world.read(out, { level: 'local' }).answer).toMatchObject({ reason: 'removed' });
  });

  test('takes the leader out: another one leads', () => {
    const world = new CalmWorld().start();
    const { leader, followers } = world;
    changed(world, followers);
    expect(world.leader).not.toBe(leader);
    written(world, followers[0] ?? 0, 'after');
  });

  test('loses no write that is on its way at the leader', () => {
    const world = new CalmWorld().start();
    const { leader, followers } = world;
    const before = [1, 2, 3].map((n) => world.write(leader, put(`before ${n}`)));
    const pending = change(world, nextOf(world, [leader, followers[0] ?? 0]));
    const during = [1, 2, 3].map((n) => world.write(leader, put(`during ${n}`)));
    const all = [...before, ...during];
    world.until(() => isAnswered(pending) && all.every(isAnswered), 'all answers');
    expect(all.map(({ answer }) => answer.type)).toEqual(all.map(() => 'applied'));
  });

  test('is refused where it cannot follow, and at one that does not lead', () => {
    const world = new CalmWorld().start();
    const next = nextOf(world, [1, 2, 3]);
    const wrong = change(world, { ...next, epoch: 7 });
    const elsewhere = change(world, next, world.followers[0]);
    world.until(() => isAnswered(wrong) && isAnswered(elsewhere), 'the answers');
    expect(wrong.answer).toEqual({ type: 'refused', reason: 'not the next epoch' });
    expect(elsewhere.answer).toEqual({ type: 'notApplied', reason: 'noLeader' });
  });

  test('of two at once, the second is outdated', () => {
    const world = new CalmWorld().start();
    const { leader, followers } = world;
    const [first, second] = followers.map((id) => change(world, nextOf(world, [leader, id])));
    world.until(() => second !== undefined && isAnswered(second), 'the second answer');
    expect(first?.answer).toEqual({ type: 'changed' });
    expect(second?.answer).toMatchObject({ type: 'refused' });
    expect(world.host(leader).replica?.core.membership.epoch).toBe(2);
  });
});

describe('after a restart', () => {
  test.each([
    ['log', 0],
    ['state', 2_000],
  ])('each replica is in the epoch in which it was: the stop is in its %s', (_, settleMs) => {
    const world = new CalmWorld().start();
    const { leader, followers } = world;
    const voters = [leader, followers[0] ?? 0];
    changed(world, voters);
    written(world, leader, 'x');
    world.runMs(settleMs);
    for (const id of voters) world.replica(id).crash();
    for (const id of voters) world.replica(id).start();
    lead(world, voters, 2);
    for (const id of voters) expect(epochOf(world, id)).toBe(2);
    written(world, leader, 'y');
  });

  test('a removed one still says that it is, and one that is let in again votes', () => {
    const world = new CalmWorld().start();
    const { leader, followers } = world;
    const [out = 0, stays = 0] = followers;
    const { members } = nextOf(world, [1, 2, 3]);
    changed(world, [leader, stays]);
    world.until(() => epochOf(world, out) === 2, 'the removed one has heard');
    world.runMs(2_000);
    world.replica(out).crash();
    world.replica(out).start();
    world.until(() => world.host(out).status().epoch === 2, 'it is up');
    expect(world.host(out).status().reasons.join()).toContain('removed: since epoch 2');
    const again = change(world, {
      ...nextOf(world, [leader, stays]),
      members,
      quorums: majorities(3),
    });
    world.until(() => isAnswered(again), 'the change back');
    lead(world, [1, 2, 3], 3);
    world.replica(stays).crash();
    written(world, leader, 'with the vote of the one that came back');
  });

  test('one that was away goes through all epochs, and pulls what was chosen in each', () => {
    const world = new CalmWorld().start();
    const [away = 0] = world.followers;
    world.replica(away).crash();
    const all = [1, 2, 3];
    for (let n = 0; n < 3; n += 1) {
      const pending = change(world, nextOf(world, all));
      world.until(() => isAnswered(pending), 'the change');
      const others = all.filter((id) => id !== away);
      lead(world, others, n + 2);
      written(world, world.leader, `in epoch ${n + 2}`);
    }
    world.replica(away).start();
    const upTo = world.host(world.leader).status().appliedUpTo;
    world.until(() => world.host(away).status().appliedUpTo >= upTo, 'it has caught up');
    expect(epochOf(world, away)).toBe(4);
    lead(world, all, 4);
  });
});
