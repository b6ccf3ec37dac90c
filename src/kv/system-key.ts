/**
 * What the state machine keeps for itself stands in the store as keys do, behind all of theirs: such a key
 * begins with a character that is no byte, so that no client can name it. It is part of the state, of
 * its hash and of snapshots, and of no list, history or watch.
 */
import type { Key } from './key.ts';

const SYSTEM = '\u0100';

/** Behind every key of a client, before every key of the system. */
export const END_OF_KEYS: Key = SYSTEM;

/** `name`: bytes. */
export function systemKey(name: string): Key {
  return SYSTEM + name;
}

export function isSystemKey(key: Key): boolean {
  return key.startsWith(SYSTEM);
}

/** The bytes of a key of either kind. */
export function nameOf(key: Key): string {
  return isSystemKey(key) ? key.slice(SYSTEM.length) : key;
}
