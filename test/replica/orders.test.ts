/** An operator's orders at real replicas: who joins, who leaves, who takes whose place, and what is refused. */
import { describe, expect, test } from 'vitest';
import type { ReplicaId } from '../../src/paxos/ballot.ts';
import type { MembershipOrder, OrderOutcome } from '../../src/paxos/orders.ts';
import { CalmWorld, memberOf, Pending, put } from './calm-world.ts';

const JOIN_MS = 60_000;

function addressOf(id: ReplicaId) {
  const { clientUrl, peerUrl } = memberOf(id);
  return { clientUrl, peerUrl };
}

function addOf(id: ReplicaId): MembershipOrder {
  return { type: 'add', id, address: addressOf(id), role: 'joining' };
}

function replaceOf(id: ReplicaId, by: ReplicaId): MembershipOrder {
  return { type: 'replace', id, by, address: addressOf(by) };
}

function ordered(world: CalmWorld, order: MembershipOrder, more: Partial<Where> = {}) {
  const { at = world.leader, dryRun = false } = more;
  const pending = new Pending<OrderOutcome>();
  world.host(at).order(order, dryRun, (outcome) => pending.settle(outcome));
  world.until(() => pending.answers.length > 0, 'an outcome', JOIN_MS);
  return pending.answer;
}

interface Where {
  readonly at: ReplicaId;
  readonly dryRun: boolean;
}

function rolesOf(world: CalmWorld): string[] {
  const { members } = world.host(world.leader).status();
  return members.map(({ id, role }) => `${id} ${role}`);
}

function becomes(world: CalmWorld, roles: readonly string[]): void {
  const isSo = (): boolean => {
    const led = world.replicas.some(({ host }) => host?.status().role === 'leader');
    return led && rolesOf(world).join() === roles.join();
  };
  world.until(isSo, roles.join(), JOIN_MS);
}

function written(world: CalmWorld, at: ReplicaId, key: string): void {
  const pending = world.write(at, put(key));
  world.until(() => pending.answers.length > 0, `the write of ${key}`);
  expect(pending.answer).toMatchObject({ type: 'applied' });
}

function ready(world: CalmWorld, id: ReplicaId): void {
  world.until(() => world.replica(id).host?.status().ready === true, `${id} ready`, JOIN_MS);
}

describe('a replica that is added', () => {
  test('waits for it, catches up without a vote, and is a voter then, by itself', () => {
    const world = new CalmWorld(3, {}, 1).start();
    for (let at = 0; at < 20; at += 1) written(world, world.leader, `key-${at}`);
    world.replica(4).start();
    world.runMs(2_000);
    expect(world.host(4).status().reasons.join()).toContain('waits to be added');
    const outcome = ordered(world, addOf(4));
    expect(outcome).toMatchObject({
      type: 'changed',
      report: {
        epoch: 2,
        before: { voters: [1, 2, 3], quorums: { phase1: 2, phase2: 2 }, tolerates: 1 },
        after: { voters: [1, 2, 3], nonVoting: [4], quorums: { phase1: 2, phase2: 2 } },
      },
    });
    becomes(world, ['1 voter', '2 voter', '3 voter', '4 voter']);
    ready(world, 4);
    written(world, 4, 'after');
    expect(world.host(4).status().epoch).toBe(3);
  });

  test('stays without a vote where that was ordered, until it is promoted by hand', () => {
    const world = new CalmWorld(3, {}, 1).start();
    world.replica(4).start();
    ordered(world, { type: 'add', id: 4, address: addressOf(4), role: 'nonVoting' });
    ready(world, 4);
    world.runMs(5_000);
    expect(rolesOf(world)).toContain('4 nonVoting');
    expect(ordered(world, { type: 'promote', id: 4 })).toMatchObject({ type: 'changed' });
    becomes(world, ['1 voter', '2 voter', '3 voter', '4 voter']);
  });

  test('comes back in the epoch in which it votes', () => {
    const world = new CalmWorld(3, {}, 1).start();
    world.replica(4).start();
    ordered(world, addOf(4));
    becomes(world, ['1 voter', '2 voter', '3 voter', '4 voter']);
    ready(world, 4);
    world.replica(4).crash();
    written(world, world.leader, 'without');
    world.replica(4).start();
    ready(world, 4);
    world.until(() => world.host(4).store.item('without') !== undefined, 'what it missed');
    expect(world.host(4).status().epoch).toBe(3);
  });

  test('is refused where nobody answers at its address', () => {
    const world = new CalmWorld(3, {}, 1).start();
    const outcome = ordered(world, addOf(4));
    expect(outcome).toMatchObject({ type: 'refused' });
    expect(JSON.stringify(outcome)).toContain('answered as replica 4');
  });

  test('is answered also where the leader ends while it asks the new replica', () => {
    const world = new CalmWorld(3, {}, 1).start();
    const pending = new Pending<OrderOutcome>();
    const leader = world.host(world.leader);
    leader.order(addOf(4), false, (outcome) => pending.settle(outcome));
    leader.close(0, () => undefined);
    world.until(() => pending.answers.length > 0, 'an outcome', JOIN_MS);
    expect(pending.answer).toEqual({ type: 'notApplied', reason: 'closing' });
  });

  test('is refused where it is a member already', () => {
    const world = new CalmWorld().start();
    expect(ordered(world, addOf(3))).toMatchObject({
      type: 'refused',
      reason: 'replica 3 is a member already',
    });
  });
});

test('from one replica to three, and back', () => {
  const world = new CalmWorld(1, {}, 2).start();
  written(world, 1, 'one');
  for (const id of [2, 3]) {
    world.replica(id).start();
    ordered(world, addOf(id));
    ready(world, id);
  }
  becomes(world, ['1 voter', '2 voter', '3 voter']);
  written(world, 2, 'three');
  world.replica(1).crash();
  world.until(() => world.replicas.some(({ host }) => host?.status().role === 'leader'), 'leader');
  written(world, 3, 'two of three');
  world.replica(1).start();
  ready(world, 1);
  for (const id of world.followers) {
    expect(ordered(world, { type: 'remove', id })).toMatchObject({ type: 'changed' });
    world.runMs(1_000);
  }
  expect(world.host(world.leader).status().members).toHaveLength(1);
  written(world, world.leader, 'one again');
});

describe('a replica that is removed', () => {
  test('says so, serves nothing, and the others go on; also where it led', () => {
    const world = new CalmWorld().start();
    const { leader, followers } = world;
    const outcome = ordered(world, { type: 'remove', id: leader });
    expect(outcome).toMatchObject({ type: 'changed', report: { after: { voters: followers } } });
    expect(JSON.stringify(outcome)).toContain('another one will be elected');
    world.until(() => world.replica(leader).host?.status().epoch === 2, 'it heard');
    expect(world.host(leader).status().reasons.join()).toContain('removed');
    becomes(
      world,
      followers.map((id) => `${id} voter`),
    );
    written(world, followers[0] ?? 0, 'after');
  });

  test('is kept where the rest would be no quorum that is heard', () => {
    const world = new CalmWorld().start();
    const [down = 0, other = 0] = world.followers;
    world.replica(down).crash();
    world.runMs(10_000);
    const outcome = ordered(world, { type: 'remove', id: other });
    expect(outcome).toMatchObject({ type: 'refused' });
    expect(JSON.stringify(outcome)).toContain('the cluster would stop');
    expect(ordered(world, { type: 'remove', id: down })).toMatchObject({ type: 'changed' });
  });
});

describe('a replica that is replaced', () => {
  test('by another one: it leaves in the stop that makes the other a voter', () => {
    const world = new CalmWorld(3, {}, 1).start();
    const [out = 0] = world.followers;
    world.replica(4).start();
    const outcome = ordered(world, replaceOf(out, 4));
    expect(outcome).toMatchObject({
      report: { after: { voters: [1, 2, 3], nonVoting: [4] } },
    });
    const stay = [1, 2, 3].filter((id) => id !== out);
    becomes(world, [...stay.map((id) => `${id} voter`), '4 voter']);
    ready(world, 4);
    written(world, 4, 'after');
    expect(world.host(world.leader).status().epoch).toBe(3);
  });

  test('under its own id after its disk was lost: in a new incarnation', () => {
    const world = new CalmWorld().start();
    const [out = 0] = world.followers;
    written(world, world.leader, 'before');
    world.replica(out).loseDisk();
    world.replica(out).isHeld = false;
    world.replica(out).start();
    world.runMs(3_000);
    expect(world.host(out).status().reasons.join()).toContain('replace');
    const at = world.followers.find((id) => id !== out) ?? 0;
    expect(ordered(world, replaceOf(out, out), { at })).toMatchObject({ type: 'changed' });
    becomes(world, ['1 voter', '2 voter', '3 voter']);
    ready(world, out);
    expect(world.host(out).store.item('before')).toBeDefined();
  });
});

describe('orders', () => {
  test('are taken by any replica', () => {
    const world = new CalmWorld().start();
    const [at = 0, out = 0] = world.followers;
    expect(ordered(world, { type: 'remove', id: out }, { at })).toMatchObject({ type: 'changed' });
  });

  test('are only explained on a dry run', () => {
    const world = new CalmWorld().start();
    const [out = 0] = world.followers;
    const outcome = ordered(world, { type: 'remove', id: out }, { dryRun: true });
    expect(outcome).toMatchObject({
      type: 'planned',
      report: { epoch: 2, after: { tolerates: 0 }, warnings: ['no voter may be lost then'] },
    });
    world.runMs(1_000);
    expect(world.host(world.leader).status().epoch).toBe(1);
  });

  test('change quorums, where those still meet', () => {
    const world = new CalmWorld(4).start();
    const quorums = { phase1: 3, phase2: 2 };
    expect(ordered(world, { type: 'quorums', quorums })).toMatchObject({ type: 'changed' });
    becomes(world, ['1 voter', '2 voter', '3 voter', '4 voter']);
    written(world, world.leader, 'after');
    const apart = ordered(world, { type: 'quorums', quorums: { phase1: 2, phase2: 2 } });
    expect(apart).toMatchObject({ type: 'refused' });
    expect(JSON.stringify(apart)).toContain('quorums that need not meet');
  });

  test('move a member: its id stays, and its address changes', () => {
    const world = new CalmWorld().start();
    const address = { peerUrl: 'http://elsewhere:1', clientUrl: 'http://elsewhere:2' };
    expect(ordered(world, { type: 'move', id: 2, address })).toMatchObject({ type: 'changed' });
    becomes(world, ['1 voter', '2 voter', '3 voter']);
    const member = world
      .host(world.leader)
      .status()
      .members.find(({ id }) => id === 2);
    expect(member).toMatchObject(address);
  });
});
