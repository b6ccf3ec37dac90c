/**
 * A replica that lost its state knows its peers from the record that it began with. Since then all of
 * them may have come back in other incarnations: it has its state from them all the same.
 */
import { expect, test } from 'vitest';
import { type Membership, memberOf } from '../../src/paxos/membership.ts';
import { LaterMembership } from '../../src/replica/later-membership.ts';
import { Cores } from '../paxos/cores.ts';
import { CalmWorld, put } from './calm-world.ts';

const MARGINS = { slots: 3, bytes: 1e9, ageMs: 1e9, chainBytes: 0, heldBytes: 0 };
const LIMIT_MS = 60_000;

function leads(world: CalmWorld, not: number): boolean {
  return world.replicas.some(({ host, id }) => id !== not && host?.status().role === 'leader');
}

function writeSome(world: CalmWorld, count: number): void {
  for (let at = 0; at < count; at += 1) {
    const [outcome] = world.answered(world.write(world.leader, put(`k${at}`)));
    expect(outcome?.type).toBe('applied');
  }
}

/** An older copy of its disk is put back: it is suspect, and let in again in another incarnation. */
function comeBackAnew(world: CalmWorld, id: number): void {
  const replica = world.replica(id);
  const before = replica.directory.incarnation;
  const copy = replica.copyDisk();
  if (copy === undefined) throw new Error('no log is open');
  writeSome(world, 5);
  replica.rollBackDisk(copy, false);
  world.until(() => leads(world, id), 'another leader');
  replica.start();
  const isBack = (): boolean =>
    replica.directory.incarnation !== before && replica.host?.status().ready === true;
  world.until(isBack, `return of replica ${id}`, LIMIT_MS);
  const votes = (): boolean => {
    const leader = world.replicas.find(({ host }) => host?.status().role === 'leader');
    const members = leader?.host?.status().members ?? [];
    return members.length > 0 && members.every(({ role }) => role === 'voter');
  };
  world.until(votes, `vote of replica ${id}`, LIMIT_MS);
}

test('a state that is lost is had from peers that all came back in other incarnations', () => {
  const world = new CalmWorld(3, { trimMs: 10, flushMs: 10, logMargins: MARGINS }).start();
  const [struck = 0, other = 0] = world.followers;
  const peers = [other, world.leader];
  for (const peer of peers) comeBackAnew(world, peer);
  writeSome(world, 20);
  const replica = world.replica(struck);
  replica.loseState();
  replica.start();
  world.until(() => replica.host?.status().ready === true, 'a state', LIMIT_MS);
  const isLevel = (): boolean =>
    new Set(world.replicas.map(({ host }) => host?.status().appliedUpTo)).size === 1;
  world.until(isLevel, 'a common state');
  expect(new TextDecoder().decode(world.host(struck).store.item('k7')?.value)).toBe('value');
});

const [A, B] = ['a'.repeat(32), 'b'.repeat(32)];
const { membership: FIRST } = new Cores({ replicas: 3 });
const OWN = memberOf(FIRST, 3)?.incarnation ?? '';

function laterOf(epoch: number, changes: Partial<Membership> = {}): Membership {
  const members = FIRST.members.map((member) =>
    member.id === 3 ? member : { ...member, incarnation: member.id === 1 ? A : B },
  );
  return { ...FIRST, epoch, members, ...changes };
}

function asking(isRebuilding: boolean) {
  const taken: Membership[] = [];
  const asked: number[] = [];
  const later = new LaterMembership({
    self: 3,
    directory: { incarnation: OWN, genesis: FIRST },
    network: { send: (to) => asked.push(to) > 0 },
    isRebuilding: () => isRebuilding,
    onMembership: (membership) => void taken.push(membership),
  });
  return { later, taken, asked };
}

test('it takes later memberships of its cluster that name it, while it has no state, and no others', () => {
  const { later, taken, asked } = asking(true);
  later.tick();
  expect(asked).toEqual([1, 2]);
  const another = FIRST.members.map((one) => (one.id === 3 ? { ...one, incarnation: A } : one));
  expect(later.takes(FIRST)).toBe(false);
  expect(later.takes(laterOf(5, { clusterId: B }))).toBe(false);
  expect(later.takes(laterOf(5, { members: another }))).toBe(false);
  expect(later.takes(laterOf(5))).toBe(true);
  expect(later.takes(laterOf(4))).toBe(false);
  expect(later.takes(laterOf(6))).toBe(true);
  expect(taken.map(({ epoch }) => epoch)).toEqual([5, 6]);
});

test('a replica that has its state asks nobody, and takes none', () => {
  const { later, taken, asked } = asking(false);
  later.tick();
  expect([later.takes(laterOf(5)), taken, asked]).toEqual([false, [], []]);
});
