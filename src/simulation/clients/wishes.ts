/**
 * What one client draws before it does anything. Every wish takes the same number of draws, whatever
 * it comes to, so that one that is left out shifts nothing for those that follow.
 */
import type { Random } from '../random.ts';

export interface ClientNature {
  /** The only replica that it talks to, as an index; undefined: it goes from one to another. */
  readonly home: number | undefined;
  readonly readsOnly: boolean;
  /** Of answers: how often it does not wait for one. */
  readonly impatience: number;
  /** Of answers that are none: how often it asks the same of another replica. */
  readonly persistence: number;
  /** 1: all keys are alike; the higher, the more it keeps to the first keys. */
  readonly skew: number;
}

export function drawNature(random: Random, replicas: number): ClientNature {
  const home = random.between(0, replicas - 1);
  const isBound = random.chance(0.3);
  return {
    home: isBound ? home : undefined,
    readsOnly: random.chance(0.1),
    impatience: random.pick([0, 0, 0.05, 0.3]),
    persistence: random.pick([0, 0.5, 1]),
    skew: random.pick([1, 1, 3]),
  };
}

export type WishKind =
  | 'put'
  | 'delete'
  | 'deleteRange'
  | 'increment'
  | 'transaction'
  | 'read'
  | 'localRead';

/** Of what a write's condition is on. */
export type Guard = 'none' | 'exists' | 'absent' | 'lastSeen' | 'notLastSeen' | 'anyRevision';

export interface Wish {
  readonly kind: WishKind;
  /** Numbers from 0 up to 1: which of the replicas that are up, and which then. */
  readonly at: number;
  readonly elsewhere: number;
  /** Of the keys, from 1. */
  readonly key: number;
  readonly guard: Guard;
  /** From 0 up to 1: of all revisions, the one that `anyRevision` or an old page names. */
  readonly revision: number;
  readonly prev: boolean;
  /** Of a value. */
  readonly bytes: number;
  /** The value is a number. */
  readonly isNumber: boolean;
  /** From which a transaction is drawn. */
  readonly seed: number;
  readonly deadline: number;
  readonly isAbandoned: boolean;
  readonly abandonMs: number;
  readonly isRetried: boolean;
  /** A read asks for the last revision that this client has seen, or for a bit more. */
  readonly minRevision: 'none' | 'seen' | 'next';
  /** What a granted read then looks at besides its key. */
  readonly page: 'none' | 'all' | 'part' | 'old';
  readonly think: number;
}

const ABANDON_MS = 60;
const MOST_SHORT_BYTES = 8;
const WRITES: readonly WishKind[] = [
  'put',
  'put',
  'put',
  'put',
  'put',
  'put',
  'increment',
  'increment',
  'transaction',
  'transaction',
  'transaction',
  'delete',
  'delete',
  'deleteRange',
];
const GUARDS: readonly Guard[] = [
  'none',
  'none',
  'none',
  'none',
  'exists',
  'absent',
  'lastSeen',
  'lastSeen',
  'notLastSeen',
  'anyRevision',
];

export function drawWish(random: Random, nature: ClientNature, keys: number): Wish {
  const isRead = random.chance(0.35) || nature.readsOnly;
  const read = random.chance(0.3) ? 'localRead' : 'read';
  const write = random.pick(WRITES);
  const isLong = random.chance(0.1);
  const longBytes = random.between(6, 305);
  return {
    kind: isRead ? read : write,
    at: random.next(),
    elsewhere: random.next(),
    key: 1 + Math.floor(random.next() ** nature.skew * keys),
    guard: random.pick(GUARDS),
    revision: random.next(),
    prev: random.chance(0.4),
    bytes: isLong ? longBytes : longBytes % (MOST_SHORT_BYTES + 1),
    deadline: random.next(),
    isAbandoned: random.chance(nature.impatience),
    abandonMs: random.next() * ABANDON_MS,
    isRetried: random.chance(nature.persistence),
    minRevision: random.pick(['none', 'none', 'none', 'seen', 'next']),
    page: random.pick(['none', 'none', 'none', 'all', 'part', 'old']),
    think: random.next(),
    isNumber: random.chance(0.4),
    seed: random.integer(32),
  };
}
