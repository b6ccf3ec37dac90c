import { describe, expect, test } from 'vitest';
import {
  namesOf,
  pickTarget,
  type Target,
  TARGETS,
} from '../../../../scripts/torture/faults/targets.ts';
import { Random } from '../../../../src/simulation/random.ts';

const SEEDS = 40;

/** All that are picked with any of some seeds, each as text. */
function picks(target: Target, size: number, leader: number | undefined): ReadonlySet<string> {
  const ids = Array.from({ length: size }, (_, index) => index + 1);
  const seeds = Array.from({ length: SEEDS }, (_, seed) => seed);
  return new Set(
    seeds.map((seed) => pickTarget(target, { ids, leader }, new Random(seed)).join('')),
  );
}

describe('whom a fault strikes', () => {
  test.each([
    ['one', 3, ['1', '2', '3']],
    ['minority', 3, ['1', '2', '3']],
    ['majority', 3, ['12', '13', '23']],
    ['all', 3, ['123']],
    ['leader', 3, ['2']],
    ['leaderAndOne', 3, ['12', '23']],
    ['nonLeader', 3, ['1', '3']],
    ['minority', 4, ['1', '2', '3', '4']],
    ['majority', 4, ['123', '124', '134', '234']],
    ['leaderAndOne', 5, ['12', '23', '24', '25']],
    ['leader', 1, ['2']],
  ] as const)('%s of %i, replica 2 leads', (target, size, expected) => {
    expect([...picks(target, size, 2)].toSorted()).toEqual(expected);
  });

  test('a minority may be lost, a majority not', () => {
    for (const text of picks('minority', 5, 1)) expect(text).toHaveLength(2);
    for (const text of picks('majority', 5, 1)) expect(text).toHaveLength(3);
  });

  test('never nobody, nobody twice, and in ascending order, also of one and without a leader', () => {
    for (const target of TARGETS) {
      for (const size of [1, 2, 3, 5]) {
        for (const text of picks(target, size, undefined)) {
          expect(text.length).toBeGreaterThan(0);
          expect([...new Set(text)].toSorted().join('')).toBe(text);
        }
      }
    }
  });

  test('without a leader anybody is taken for one', () => {
    expect(picks('leader', 3, undefined).size).toBe(3);
  });

  test('names', () => {
    expect([namesOf([2]), namesOf([1, 3])]).toEqual(['replica 2', 'replicas 1, 3']);
  });
});
