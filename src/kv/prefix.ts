/**
 * Ranges of keys. A range starts at a key, inclusive, and ends before one, exclusive; an end of
 * `undefined` is the end of all keys of clients.
 */
import type { Key } from './key.ts';
import { END_OF_KEYS } from './system-key.ts';

export interface KeyRange {
  readonly start: Key;
  readonly end: Key | undefined;
}

const MAX_BYTE = 0xff;

export function rangeOfPrefix(prefix: Key): KeyRange {
  return { start: prefix, end: prefixEnd(prefix) };
}

export function isInRange(key: Key, { end, start }: KeyRange): boolean {
  return key >= start && key < (end ?? END_OF_KEYS);
}

/**
 * The first key, in the order of bytes, after all those with the prefix: where a scan of them
 * ends. `undefined` where no key can follow, as for the empty prefix or one of 0xff bytes only.
 */
export function prefixEnd(prefix: Key): Key | undefined {
  let length = prefix.length;
  while (length > 0 && prefix.charCodeAt(length - 1) === MAX_BYTE) length -= 1;
  if (length === 0) return undefined;
  const last = prefix.charCodeAt(length - 1);
  return prefix.slice(0, length - 1) + String.fromCharCode(last + 1);
}

/** The next key in the order of bytes: nothing lies between the two. It may be too long to store. */
export function keyAfter(key: Key): Key {
  return `${key}\0`;
}

export function hasPrefix(key: Key, prefix: Key): boolean {
  return key.startsWith(prefix);
}
