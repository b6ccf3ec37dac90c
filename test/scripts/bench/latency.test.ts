import { expect, it } from 'vitest';

import { LatencyCounts, median } from '../../../scripts/bench/latency.ts';

it('percentiles are right within 1 %', () => {
  const counts = new LatencyCounts();
  for (let us = 1; us <= 10_000; us += 1) counts.add(us);
  expect(counts.count).toBe(10_000);
  expect(counts.percentileMs(50) / 5).toBeCloseTo(1, 1);
  expect(Math.abs(counts.percentileMs(50) / 5 - 1)).toBeLessThan(0.01);
  expect(Math.abs(counts.percentileMs(99) / 9.9 - 1)).toBeLessThan(0.01);
  expect(counts.maxMs).toBe(10);
});

it('the median is the middle, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
});
