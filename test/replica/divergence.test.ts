/** Who notices that states differ, and who is the one that is wrong. */
import { beforeEach, describe, expect, test } from 'vitest';
import { Divergence } from '../../src/replica/divergence.ts';
import { Cores } from '../paxos/cores.ts';

const KEPT_SLOTS = 4096;

let reasons: string[];

function divergence(replicas: number, self = 1): Divergence {
  const { membership } = new Cores({ replicas });
  const start = { slot: 0, hash: 'start' };
  return new Divergence({
    self,
    membership,
    start,
    onDiverged: (reason) => reasons.push(reason),
  });
}

beforeEach(() => {
  reasons = [];
});

describe('of three replicas', () => {
  test('equal states say nothing', () => {
    const own = divergence(3);
    own.applied(1, 'a');
    own.hear(2, { slot: 1, hash: 'a' });
    own.hear(3, { slot: 0, hash: 'start' });
    expect(own.latest).toEqual({ slot: 1, hash: 'a' });
    expect([own.warning, reasons]).toEqual([undefined, []]);
  });

  test('one that differs from both others is wrong, and is told once', () => {
    const own = divergence(3);
    own.applied(1, 'a');
    own.applied(2, 'b');
    own.hear(2, { slot: 1, hash: 'x' });
    expect(reasons).toEqual([]);
    own.hear(3, { slot: 2, hash: 'y' });
    own.hear(3, { slot: 2, hash: 'y' });
    expect(reasons).toEqual([
      'its state differs from that of replica 2 at slot 1, replica 3 at slot 2',
    ]);
  });

  test('where one differs, nobody can tell who is wrong: a warning, until it agrees again', () => {
    const own = divergence(3);
    own.applied(1, 'a');
    own.hear(2, { slot: 1, hash: 'x' });
    expect(own.warning).toBe('its state differs from that of replica 2 at slot 1');
    own.applied(2, 'b');
    own.hear(2, { slot: 2, hash: 'b' });
    expect([own.warning, reasons]).toEqual([undefined, []]);
  });

  test('what is said of a slot that is not applied yet is compared when it is', () => {
    const own = divergence(3);
    own.hear(2, { slot: 2, hash: 'x' });
    own.hear(2, { slot: 3, hash: 'later' });
    own.applied(1, 'a');
    expect(own.warning).toBeUndefined();
    own.applied(2, 'b');
    expect(own.warning).toBe('its state differs from that of replica 2 at slot 2');
  });

  test('a slot that was forgotten is compared no more', () => {
    const own = divergence(3);
    for (let slot = 1; slot <= KEPT_SLOTS + 1; slot += 1) own.applied(slot, `${slot}`);
    own.hear(2, { slot: 1, hash: 'x' });
    own.hear(3, { slot: 1, hash: 'x' });
    expect([own.warning, reasons]).toEqual([undefined, []]);
    own.hear(2, { slot: 2, hash: '2' });
    own.hear(3, { slot: 3, hash: 'x' });
    expect(own.warning).toBe('its state differs from that of replica 3 at slot 3');
  });
});

test('of five, three others are a majority and two are not', () => {
  const own = divergence(5);
  own.applied(1, 'a');
  for (const id of [2, 3]) own.hear(id, { slot: 1, hash: 'x' });
  expect(reasons).toEqual([]);
  own.hear(4, { slot: 1, hash: 'x' });
  expect(reasons).toHaveLength(1);
});

test('of two, nobody can tell', () => {
  const own = divergence(2);
  own.applied(1, 'a');
  own.hear(2, { slot: 1, hash: 'x' });
  expect(reasons).toEqual([]);
  expect(own.warning).toBeDefined();
});
