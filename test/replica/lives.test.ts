/** A replica whose state is not that of the others serves nothing from it, and has it anew. */
import { describe, expect, test } from 'vitest';
import { CalmWorld, put } from './calm-world.ts';

const MARGINS = { slots: 3, bytes: 1e9, ageMs: 1e9, chainBytes: 0, heldBytes: 0 };

function written(world: CalmWorld, count: number): void {
  for (let at = 0; at < count; at += 1) {
    const [outcome] = world.answered(world.write(world.leader, put(`key-${at}`)));
    expect(outcome?.type).toBe('applied');
  }
}

/** Two peers say that they hold something else. */
function contradict(world: CalmWorld, id: number): void {
  const { replica } = world.host(id);
  const slot = replica?.store.appliedUpTo ?? 0;
  for (const { id: peer } of world.replicas) {
    if (peer !== id) replica?.divergence.hear(peer, { slot, hash: 'f'.repeat(32) });
  }
}

describe('a state that a majority contradicts', () => {
  test.each([
    ['from the log, where that goes back to the beginning', {}],
    ['from a peer, where it does not', { trimMs: 10, flushMs: 10, logMargins: MARGINS }],
  ])('is had anew %s', (_, limits) => {
    const world = new CalmWorld(3, limits).start();
    written(world, 20);
    world.runMs(2_000);
    const [wrong = 0] = world.followers;
    const before = world.host(wrong).replica;
    world.ghost.losesState(wrong);
    contradict(world, wrong);
    world.until(() => world.host(wrong).replica === undefined, 'quarantine');
    expect(world.host(wrong).status().ready).toBe(false);
    expect(world.read(wrong, { level: 'local' }).answer).toMatchObject({ reason: 'notReady' });
    const isBack = (): boolean => world.host(wrong).status().ready;
    world.until(isBack, 'a new state', 20_000);
    const after = world.host(wrong).replica;
    expect(after).not.toBe(before);
    world.until(() => world.host(wrong).store.item('key-19') !== undefined, 'its content');
    expect(after?.store.hash).toBe(world.host(world.leader).replica?.store.hash);
  });

  test('is the leader’s: it leads no longer, and the cluster goes on', () => {
    const world = new CalmWorld().start();
    written(world, 5);
    const { leader } = world;
    const { ballot } = world.host(leader).status();
    world.ghost.losesState(leader);
    contradict(world, leader);
    world.until(() => world.host(leader).replica === undefined, 'quarantine');
    const isWell = (): boolean => world.replicas.every(({ host }) => host?.status().ready === true);
    world.until(isWell, 'all ready', 20_000);
    expect(world.host(world.leader).status().ballot.round).toBeGreaterThan(ballot.round);
    written(world, 5);
  });

  test('is told of once', () => {
    const world = new CalmWorld().start();
    const [wrong = 0] = world.followers;
    world.ghost.losesState(wrong);
    contradict(world, wrong);
    contradict(world, wrong);
    world.runMs(5_000);
    const told = world.ghost.recent.filter((line) => line.includes('"diverged"'));
    expect(told).toHaveLength(1);
  });
});
