import { expect, it } from 'vitest';
import { damagedHistory } from '../../../scripts/torture/damaged-history.ts';
import type { HistoryEvent } from '../../../src/verify/history.ts';

function ended(f: string, value: unknown, time: number): HistoryEvent {
  return { process: 0, type: 'ok', f, key: 'k', value, time };
}

it.each([
  ['W1', 'read', 7],
  ['W3', 'read', [1, 2]],
  ['W4', 'read', 5],
  ['W5', 'read', { a: 1, b: 9 }],
  ['W2', 'txn', { succeeded: true, results: [null, 4] }],
  ['W8', 'read', { revision: 4, value: 'x' }],
])('changes the last answer of %s, and nothing else', (workload, f, value) => {
  const events = [ended(f, value, 1), ended(f, value, 2), ended('other', null, 3)];
  const damaged = damagedHistory(workload, events);
  expect(damaged).toHaveLength(events.length);
  expect([damaged?.[0], damaged?.[2]]).toEqual([events[0], events[2]]);
  expect(damaged?.[1]?.value).not.toEqual(value);
});

function put(revision: number) {
  return { event: 'put', key: 'a', revision };
}

it('gives a fence twice, and leaves an event of a watch out', () => {
  const locks = [ended('acquire', { fence: 3 }, 1), ended('acquire', { fence: 8 }, 2)];
  expect(damagedHistory('W6', locks)?.[1]?.value).toEqual({ fence: 3 });
  const watch = [ended('watch', { events: [put(1), put(2), put(3)], ended: 'cut' }, 1)];
  expect(damagedHistory('W7', watch)?.[0]?.value).toEqual({
    events: [put(2), put(3)],
    ended: 'cut',
  });
});

it('says so where no answer can be changed', () => {
  expect(damagedHistory('W1', [ended('read', null, 1)])).toBeUndefined();
  expect(damagedHistory('W6', [ended('acquire', { fence: 3 }, 1)])).toBeUndefined();
});
