/**
 * A hash of what a store holds: the sum of the hashes of its items, so that it goes along with each
 * change and depends on the content alone. 62 bits, as two numbers.
 */
import type { Item } from '../../kv/item.ts';

export interface ContentHash {
  readonly low: number;
  readonly high: number;
}

export const EMPTY_HASH: ContentHash = { low: 0, high: 0 };

const BASIS_LOW = 0x811c9dc5;
const BASIS_HIGH = 0x9e3779b9;
const PRIME_LOW = 0x01000193;
const PRIME_HIGH = 0x85ebca6b;

export function plus(a: ContentHash, b: ContentHash): ContentHash {
  return { low: (a.low + b.low) | 0, high: (a.high + b.high) | 0 };
}

export function minus(a: ContentHash, b: ContentHash): ContentHash {
  return { low: (a.low - b.low) | 0, high: (a.high - b.high) | 0 };
}

export function isSameHash(a: ContentHash, b: ContentHash): boolean {
  return a.low === b.low && a.high === b.high;
}

/** Of a key with everything that its item holds. */
export function itemHash(key: string, item: Item): ContentHash {
  const { contentType, createRevision, revision, value, version } = item;
  let low = BASIS_LOW;
  let high = BASIS_HIGH;
  const take = (part: number): void => {
    low = Math.imul(low ^ part, PRIME_LOW);
    high = Math.imul(high ^ part ^ (high >>> 15), PRIME_HIGH);
  };
  take(key.length);
  for (let index = 0; index < key.length; index += 1) take(key.charCodeAt(index));
  for (let index = 0; index < contentType.length; index += 1) take(contentType.charCodeAt(index));
  take(createRevision);
  take(revision);
  take(version);
  for (let index = 0; index < value.length; index += 1) take(value[index] ?? 0);
  return { low, high };
}
