/** Each shape of a partition, link by link: who still hears whom. */
import { describe, expect, test } from 'vitest';
import { CUT_SHAPES, type CutShape, cutsOf } from '../../src/simulation/cuts.ts';

/** By shape, for 3, 4 and 5 replicas in the order 1, 2, ...: whom each one hears. */
const HEARD: Readonly<Record<CutShape, readonly (readonly string[])[]>> = {
  isolated: [
    ['', '3', '2'],
    ['', '34', '24', '23'],
    ['', '345', '245', '235', '234'],
  ],
  sendOnly: [
    ['', '13', '12'],
    ['', '134', '124', '123'],
    ['', '1345', '1245', '1235', '1234'],
  ],
  receiveOnly: [
    ['23', '3', '2'],
    ['234', '34', '24', '23'],
    ['2345', '345', '245', '235', '234'],
  ],
  halves: [
    ['', '3', '2'],
    ['2', '1', '4', '3'],
    ['2', '1', '45', '35', '34'],
  ],
  oneWayHalves: [
    ['', '13', '12'],
    ['2', '1', '124', '123'],
    ['2', '1', '1245', '1235', '1234'],
  ],
  bridge: [
    ['23', '1', '1'],
    ['234', '1', '14', '13'],
    ['2345', '13', '12', '15', '14'],
  ],
  majoritiesRing: [
    ['2', '3', '1'],
    ['24', '13', '24', '13'],
    ['25', '13', '24', '35', '14'],
  ],
  quorumLoss: [
    ['23', '1', '1'],
    ['234', '1', '1', '1'],
    ['2345', '1', '1', '1', '1'],
  ],
  constrainedElection: [
    ['3', '', '1'],
    ['34', '', '1', '1'],
    ['345', '', '1', '1', '1'],
  ],
  chain: [
    ['2', '13', '2'],
    ['2', '13', '24', '3'],
    ['2', '13', '24', '35', '4'],
  ],
};

function heard(shape: CutShape, order: readonly number[]): string[] {
  const cuts = new Set(cutsOf(shape, order).map(([from, to]) => `${from}>${to}`));
  const ids = order.toSorted((a, b) => a - b);
  return ids.map((to) => ids.filter((from) => from !== to && !cuts.has(`${from}>${to}`)).join(''));
}

function sortedText(digits: string): string {
  return digits.split('').toSorted().join('');
}

describe('partitions', () => {
  test.each(CUT_SHAPES)('%s', (shape) => {
    const found = [3, 4, 5].map((size) => {
      const order = Array.from({ length: size }, (_, index) => index + 1);
      return heard(shape, order);
    });
    expect(found).toEqual(HEARD[shape]);
  });

  test('the order says who is who', () => {
    expect(heard('isolated', [3, 1, 2])).toEqual(['2', '1', '']);
    expect(heard('chain', [2, 4, 1, 3])).toEqual(['34', '4', '1', '12']);
    expect(heard('constrainedElection', [2, 3, 1])).toEqual(['2', '1', '']);
  });

  test('on the ring everybody hears a majority, and no two the same one', () => {
    for (const size of [3, 4, 5, 7]) {
      const order = Array.from({ length: size }, (_, index) => index + 1);
      const majorities = heard('majoritiesRing', order).map((others, index) =>
        sortedText(`${others}${index + 1}`),
      );
      for (const majority of majorities) expect(majority.length).toBeGreaterThan(size / 2);
      expect(new Set(majorities).size).toBe(size);
    }
  });

  test('with lost quorums only the first reaches one', () => {
    for (const shape of ['quorumLoss', 'constrainedElection'] as const) {
      const counts = heard(shape, [1, 2, 3, 4, 5]).map((others) => others.length + 1);
      expect(counts.filter((count) => count >= 3)).toHaveLength(1);
    }
  });
});
