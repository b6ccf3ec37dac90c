import { expect, it } from 'vitest';
import { readOptions, UsageError } from '../../../scripts/torture/options.ts';

it('asks for a run by workloads and faults', () => {
  const options = readOptions('--workload W1,W4 --fault N5 --minutes 0.5 --seed 7'.split(' '));
  expect(options).toMatchObject({
    workloads: ['W1', 'W4'],
    faults: ['N5'],
    minutes: 0.5,
    seed: 7,
    replicas: 3,
    network: 'auto',
    jobs: 1,
  });
});

it('draws a seed where none is given, so that two runs differ', () => {
  const seeds = Array.from({ length: 20 }, () => readOptions([]).seed);
  expect(new Set(seeds).size).toBeGreaterThan(1);
});

it.each([
  ['--minutes 0'],
  ['--minutes -1'],
  ['--minutes 1e9'],
  ['--minutes soon'],
  ['--seed 0x10'],
  ['--replicas 2'],
  ['--replicas 4'],
  ['--profile everything'],
  ['--network moon'],
  ['--jobs 0'],
  ['--name ../elsewhere'],
  ['--unknown'],
  ['W1'],
])('refuses %s', (text) => {
  expect(() => readOptions(text.split(' '))).toThrow(UsageError);
});
