/** "A client's command is given a slot at most once", however often its forward arrives. */
import { expect, test } from 'vitest';
import { commandId, ForwardFilter } from '../../src/replica/forward-filter.ts';

const BOOT = '0123456789abcdef';
const OTHER_BOOT = 'fedcba9876543210';

test('a repetition is not taken, in whatever order they come', () => {
  const filter = new ForwardFilter();
  for (const counter of [3, 1, 2]) expect(filter.take(commandId(BOOT, counter))).toBe(true);
  for (const counter of [1, 2, 3]) expect(filter.take(commandId(BOOT, counter))).toBe(false);
  expect(filter.take(commandId(BOOT, 4))).toBe(true);
});

test('another life of the sender counts anew', () => {
  const filter = new ForwardFilter();
  expect(filter.take(commandId(BOOT, 1))).toBe(true);
  expect(filter.take(commandId(OTHER_BOOT, 1))).toBe(true);
});

test('one too old to be told from a repetition is not taken', () => {
  const filter = new ForwardFilter();
  expect(filter.take(commandId(BOOT, 100_000))).toBe(true);
  expect(filter.take(commandId(BOOT, 100_000 - 65_536))).toBe(false);
  expect(filter.take(commandId(BOOT, 100_000 - 65_535))).toBe(true);
});

test('what it has forgotten is not taken either: memory has a bound, doubt has none', () => {
  const filter = new ForwardFilter();
  for (let counter = 1; counter <= 140_000; counter += 1) filter.take(commandId(BOOT, counter));
  for (let counter = 1; counter <= 140_000; counter += 997) {
    expect(filter.take(commandId(BOOT, counter))).toBe(false);
  }
});

test('an id is 32 hexadecimal digits: the boot, then the counter', () => {
  expect(commandId(BOOT, 255)).toBe(`${BOOT}00000000000000ff`);
});
