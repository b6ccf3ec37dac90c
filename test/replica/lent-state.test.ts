/**
 * Whoever may have forgotten votes has not forgotten what was chosen: a peer that has to have its
 * state from somebody has it also from a replica whose log cannot be read.
 */
import { expect, test } from 'vitest';
import { CalmWorld, put } from './calm-world.ts';

const MARGINS = { slots: 3, bytes: 1e9, ageMs: 1e9, chainBytes: 0, heldBytes: 0 };
const LIMIT_MS = 60_000;
const VALUE = 'value';
/** So many that a log of a few records cannot be read. */
const FLIPPED_BITS = 40;

function writeSome(world: CalmWorld, prefix: string, count: number): void {
  for (let at = 0; at < count; at += 1) {
    const [outcome] = world.answered(world.write(world.leader, put(`${prefix}${at}`)));
    expect(outcome?.type).toBe('applied');
  }
}

/** One of the others is away, and what these two chose since is in no log but theirs, nor there. */
function leaveBehind(world: CalmWorld, away: number): void {
  const behind = world.host(away).status().appliedUpTo;
  world.replica(away).crash();
  world.until(
    () => world.replicas.some(({ host }) => host?.status().role === 'leader'),
    'a leader',
  );
  writeSome(world, 'late', 20);
  const areAbove = (): boolean =>
    world.replicas.every(({ host }) => {
      const { log, store } = host?.replica ?? {};
      if (log === undefined || store === undefined) return host === undefined;
      return log.floor > behind && store.durablyApplied > log.floor;
    });
  world.until(areAbove, 'logs that end above it', LIMIT_MS);
}

interface Harmed {
  readonly world: CalmWorld;
  /** Its log cannot be read. */
  readonly damaged: number;
  /** Its state is gone. */
  readonly struck: number;
}

/** Of three, each is harmed in another place: the third lacks what the other two chose last. */
function harmEach(lender: 'leader' | 'follower'): Harmed {
  const world = new CalmWorld(3, { trimMs: 10, flushMs: 10, logMargins: MARGINS }).start();
  writeSome(world, 'early', 5);
  const { leader } = world;
  const [follower = 0, third = 0] = world.followers;
  leaveBehind(world, third);
  const [damaged, struck] = lender === 'leader' ? [leader, follower] : [follower, leader];
  world.replica(damaged).crash();
  for (let bit = 0; bit < FLIPPED_BITS; bit += 1) world.replica(damaged).flipBit('log');
  world.replica(struck).loseState();
  return { world, damaged, struck };
}

test.each(['leader', 'follower'] as const)(
  'a lost state is had from the %s of before, whose log is damaged: the third has not all of it',
  (lender) => {
    const { world, damaged } = harmEach(lender);
    const { incarnation } = world.replica(damaged).directory;
    for (const replica of world.replicas) replica.start();

    const areWell = (): boolean =>
      world.replicas.every(({ host }) => host?.status().ready === true);
    world.until(areWell, 'three replicas that are well', LIMIT_MS);
    const isLevel = (): boolean =>
      new Set(world.replicas.map(({ host }) => host?.status().appliedUpTo)).size === 1;
    world.until(isLevel, 'a common state');
    for (const { id } of world.replicas) {
      const { value } = world.host(id).store.item('late19') ?? {};
      expect(new TextDecoder().decode(value)).toBe(VALUE);
    }
    expect(world.replica(damaged).directory.incarnation).not.toBe(incarnation);
    writeSome(world, 'after', 3);
  },
);

test('a state that is damaged too is had by nobody, and the replica says so', () => {
  const { world, damaged, struck } = harmEach('leader');
  world.replica(damaged).flipBit('state');
  for (const replica of world.replicas) replica.start();
  const reasons = (): string => world.host(damaged).status().reasons.join('; ');
  world.until(() => reasons().includes('of its state no peer gets anything'), 'a reason', LIMIT_MS);
  expect(reasons()).toMatch(/^suspect: .*; of its state no peer gets anything: damaged record: /);
  world.runMs(LIMIT_MS);
  expect(world.replicas.map(({ host }) => host?.status().ready)).toEqual([false, false, false]);
  expect(world.host(struck).store.item('late19')).toBeUndefined();
});
