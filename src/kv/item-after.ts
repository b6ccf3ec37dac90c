/** What a key holds after a write. */
import { numberIn, valueOfNumber } from './increment.ts';
import type { Item } from './item.ts';

/** Of a number that came to be by adding to nothing. */
const NUMBER_TYPE = 'text/plain';

/** `revision`: the one that the write makes. */
export function itemAfter(
  before: Item | undefined,
  content: Pick<Item, 'value' | 'contentType' | 'lifetime'>,
  revision: number,
): Item {
  const { contentType, lifetime, value } = content;
  const createRevision = before?.createRevision ?? revision;
  const version = (before?.version ?? 0) + 1;
  const item = { value, contentType, createRevision, revision, version };
  return lifetime === undefined ? item : { ...item, lifetime };
}

/** It lives as long as before. `undefined`: the value is no number, or the sum none that is exact. */
export function incremented(
  before: Item | undefined,
  by: number,
  revision: number,
): { readonly item: Item; readonly number: number } | undefined {
  const base = before === undefined ? 0 : numberIn(before.value);
  const number = base === undefined ? Number.NaN : base + by;
  if (!Number.isSafeInteger(number)) return undefined;
  const contentType = before?.contentType ?? NUMBER_TYPE;
  const content = { value: valueOfNumber(number), contentType, lifetime: before?.lifetime };
  const item = itemAfter(before, content, revision);
  return { item, number };
}
