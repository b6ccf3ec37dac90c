import { describe, expect, test } from 'vitest';
import { parseOptions, USAGE, UsageError } from '../../../scripts/simulate/options.ts';

const DRAWN = { replicas: undefined, minEvents: undefined };

describe('the options of npm run simulate', () => {
  test('without any: 1000 seeds, from the first', () => {
    expect(parseOptions([])).toMatchObject({
      type: 'many',
      from: 1,
      seeds: 1_000,
      minutes: undefined,
      change: DRAWN,
      shrinks: true,
    });
  });

  test('with a time and no number, as many seeds as there is time for', () => {
    const timed = parseOptions(['--minutes', '1.5', '--from', '70', '--jobs', '2']);
    expect(timed).toMatchObject({ seeds: undefined, minutes: 1.5, from: 70, jobs: 2 });
    const both = parseOptions(['--minutes', '60', '--seeds', '5000']);
    expect(both).toMatchObject({ seeds: 5_000, minutes: 60 });
  });

  test('of one world', () => {
    const args = ['--seed', '0', '--replicas', '5', '--events', '9', '--trace-all', '--no-shrink'];
    expect(parseOptions([...args, '--save', 'a.jsonl'])).toEqual({
      type: 'one',
      seed: 0,
      change: { replicas: 5, minEvents: 9 },
      view: { isShown: true, isComplete: true },
      save: 'a.jsonl',
      shrinks: false,
    });
    expect(parseOptions(['--seed', '7'])).toMatchObject({ view: { isShown: false } });
  });

  test('of a saved world', () => {
    const view = { isShown: false, isComplete: false };
    expect(parseOptions(['--replay', 'a.jsonl'])).toEqual({
      type: 'replay',
      file: 'a.jsonl',
      view,
    });
  });

  test.each([
    [['--sedes', '1'], "Unknown option '--sedes'"],
    [['7'], 'Unexpected argument'],
    [['--seeds'], "'--seeds <value>' argument missing"],
    [['--seeds', '0'], '--seeds: not a whole number from 1 to 2147483647: 0'],
    [['--seeds', '1e3'], '--seeds: not a whole number'],
    [['--from', '-1'], '--from'],
    [['--seed', '2147483648'], '--seed: not a whole number'],
    [['--minutes', '0'], '--minutes: not a number above 0: 0'],
    [['--replicas', '10'], '--replicas: not a whole number from 1 to 9: 10'],
    [['--trace'], '--trace is for one world: with --seed or --replay'],
    [['--seed', '7', '--minutes', '1'], '--minutes not with --seed'],
    [['--replay', 'f', '--replicas', '3'], '--replicas not with --replay'],
  ])('%j is refused', (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });

  test('the help names each of them', () => {
    expect(parseOptions(['--help', '--seeds', '3'])).toEqual({ type: 'help' });
    for (const name of ['minutes', 'jobs', 'trace-all', 'save', 'no-shrink', 'events']) {
      expect(USAGE).toContain(`--${name} `);
    }
  });
});
