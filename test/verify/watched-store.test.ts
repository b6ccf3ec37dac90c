import { describe, expect, it } from 'vitest';
import { isRecord } from '../../src/verify/json.ts';
import { checkWatch } from '../../src/verify/watch.ts';
import { damaged, eventsOf, missedDamages, falseAlarm } from './reports.ts';
import { watchedStore } from './watched-store.ts';

type Item = Readonly<Record<string, unknown>>;

function isItem(value: unknown): value is Item {
  return isRecord(value);
}

type Damage = (items: readonly Item[]) => readonly unknown[] | undefined;

/** `undefined`: nothing would be wrong. */
const DAMAGES: readonly (readonly [string, Damage])[] = [
  [
    'the first event of several revisions is missing',
    (items) => {
      const first = items.find((item) => item['event'] !== 'bookmark');
      const isLast = items.at(-1)?.['revision'] === first?.['revision'];
      return first === undefined || isLast ? undefined : items.filter((item) => item !== first);
    },
  ],
  [
    'an event comes twice',
    (items) => {
      const [first] = items;
      return first === undefined || first['event'] === 'bookmark' ? undefined : [...items, first];
    },
  ],
  ['all comes backwards', (items) => (items.length > 2 ? items.toReversed() : undefined)],
  ['a value is another', (items) => each(items, isPut, { value: 'other' })],
  ['a version is another', (items) => each(items, isNew, { version: 2 })],
  ['nothing was there before', (items) => each(items, hadPrev, { prev: null })],
];

function each(
  items: readonly Item[],
  is: (item: Item) => boolean,
  other: Item,
): readonly Item[] | undefined {
  if (!items.some(is)) return undefined;
  return items.map((item) => (is(item) ? { ...item, ...other } : item));
}

const isPut = (item: Item) => item['event'] === 'put';
const isNew = (item: Item) => item['version'] === 1;
const hadPrev = (item: Item) => isRecord(item['prev']);

const CERTAIN = { unknownPercent: 0 };

/** A history with one change in the list of a stream's events. */
function changed(seed: number, change: Damage) {
  return damaged(eventsOf(seed, watchedStore(), CERTAIN), seed, ({ f, value }) => {
    if (f !== 'watch' || !isRecord(value) || !Array.isArray(value['events'])) return undefined;
    const events = change(value['events'].filter(isItem));
    return events === undefined ? undefined : { ...value, events };
  });
}

describe('a watched store', () => {
  it('passes', () => {
    const alarm = falseAlarm(checkWatch, (seed) => eventsOf(seed, watchedStore()));
    expect(alarm).toBeUndefined();
  });

  it.each(DAMAGES)('fails where %s', (_, change) => {
    expect(missedDamages(checkWatch, (seed) => changed(seed, change))).toEqual([]);
  });
});
