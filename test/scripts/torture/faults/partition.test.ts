import { expect, test } from 'vitest';
import { cutsAround, cutsOfEach } from '../../../../scripts/torture/faults/partition.ts';

const IDS = [1, 2, 3, 4, 5];

function texts(links: readonly (readonly [number, number])[]): string[] {
  return links.map(([from, to]) => `${from}${to}`).toSorted();
}

test('a group hears itself and is cut from the others, both ways', () => {
  expect(texts(cutsAround([3], [1, 2, 3]))).toEqual(['13', '23', '31', '32']);
  expect(texts(cutsAround([1, 2], [1, 2, 3]))).toEqual(['13', '23', '31', '32']);
  expect(texts(cutsAround([1, 4], IDS))).toEqual(
    ['12', '13', '15', '21', '24', '31', '34', '42', '43', '45', '51', '54'].toSorted(),
  );
  expect(cutsAround(IDS, IDS)).toEqual([]);
});

test('of those that are isolated each is alone, also from the others that are', () => {
  expect(texts(cutsOfEach([1, 2], [1, 2, 3]))).toEqual(['12', '13', '21', '23', '31', '32']);
  expect(texts(cutsOfEach([3], [1, 2, 3]))).toEqual(texts(cutsAround([3], [1, 2, 3])));
  expect(cutsOfEach([], IDS)).toEqual([]);
});
