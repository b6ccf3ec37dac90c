/**
 * What the store keeps of leases, of keys that live for a time, and of locks, under keys of the system
 * (system-key.ts). Numbers in them are 8 bytes long, the highest first, so that they keep their order.
 *
 *   'l' lease                    a lease
 *   'k' lease  key               a key that lives as long as it; nothing in it
 *   'd' time 'l' lease           when the lease is due; nothing in it
 *   'd' time 'k' key             when a key with a time of its own is due; nothing in it
 *   'n' lock                     who holds the lock
 *   'w' length (2) lock  ticket  who waits for it
 *   'e'                          how many leases there are, and the last one that was granted
 */
import { ByteCounter, ByteReader, type ByteSink, ByteWriter } from './bytes.ts';
import { type CommandId, readCommandId, writeCommandId } from './command-id.ts';
import { MAX_KEY_BYTES, type Key } from './key.ts';
import type { LeaseId } from './lifetime.ts';
import { type KeyRange, prefixEnd } from './prefix.ts';
import { nameOf, systemKey } from './system-key.ts';

/** Why it is at an end already, though not all of its keys are gone. */
export type Ending = 'expired' | 'revoked';

export interface Lease {
  readonly ttlMs: number;
  /** In cluster time: from then on it may be ended. */
  readonly untilMs: number;
  readonly renewals: number;
  /** How many keys live as long as it. */
  readonly keys: number;
  /** The lock that it holds. */
  readonly lock: Key | undefined;
  readonly ending: Ending | undefined;
}

export interface Lock {
  readonly fence: number;
  readonly lease: LeaseId;
  /** The command that asked for it. */
  readonly owner: CommandId;
}

export interface Waiter {
  readonly owner: CommandId;
  readonly ttlMs: number;
  /** In cluster time: from then on it is passed over. */
  readonly untilMs: number;
}

export interface LeaseCounters {
  readonly leases: number;
  readonly last: LeaseId;
}

/** What is due, and when. */
export type Due =
  | { readonly type: 'lease'; readonly untilMs: number; readonly lease: LeaseId }
  | { readonly type: 'key'; readonly untilMs: number; readonly key: Key };

export const LEASE_COUNTERS: Key = systemKey('e');

const ENDINGS: readonly (Ending | undefined)[] = [undefined, 'expired', 'revoked'];
const NUMBER_BYTES = 8;
const LENGTH_BYTES = 2;
const BYTE = 256;
const LEASES = systemKey('l');
const DUES = systemKey('d');
const OF_LEASE = 'l';
const OF_KEY = 'k';

export function leaseKey(lease: LeaseId): Key {
  return LEASES + numberText(lease);
}

export function leaseOfKey(key: Key): LeaseId {
  return numberIn(nameOf(key), 1);
}

/** Of the leases from this one on. */
export function leasesRange(from: LeaseId): KeyRange {
  return { start: leaseKey(from), end: prefixEnd(LEASES) };
}

export function heldKey(lease: LeaseId, key: Key): Key {
  return systemKey(`k${numberText(lease)}${key}`);
}

/** The client's key that a record of the lease's is about. */
export function keyOfHeld(held: Key): Key {
  return nameOf(held).slice(1 + NUMBER_BYTES);
}

export function heldRange(lease: LeaseId): KeyRange {
  const start = systemKey(`k${numberText(lease)}`);
  return { start, end: systemKey(`k${numberText(lease + 1)}`) };
}

export function leaseDueKey(untilMs: number, lease: LeaseId): Key {
  return DUES + numberText(untilMs) + OF_LEASE + numberText(lease);
}

export function keyDueKey(untilMs: number, key: Key): Key {
  return DUES + numberText(untilMs) + OF_KEY + key;
}

export const ALL_DUES: KeyRange = { start: DUES, end: prefixEnd(DUES) };

export function isDueKey(key: Key): boolean {
  return key.startsWith(DUES);
}

export function dueOf(key: Key): Due {
  const name = nameOf(key);
  const untilMs = numberIn(name, 1);
  const rest = name.slice(1 + NUMBER_BYTES);
  if (rest.startsWith(OF_KEY)) return { type: 'key', untilMs, key: rest.slice(1) };
  return { type: 'lease', untilMs, lease: numberIn(rest, 1) };
}

export function lockKey(name: Key): Key {
  return systemKey(`n${name}`);
}

export function waiterKey(name: Key, ticket: number): Key {
  return waitersOf(name) + numberText(ticket);
}

export function waitersRange(name: Key): KeyRange {
  const start = waitersOf(name);
  return { start, end: start + '\xff'.repeat(NUMBER_BYTES) };
}

function waitersOf(name: Key): Key {
  return systemKey(`w${numberText(name.length).slice(NUMBER_BYTES - LENGTH_BYTES)}${name}`);
}

export function encodeLease(lease: Lease): Uint8Array {
  return written((sink) => {
    sink.writeCount(lease.ttlMs);
    sink.writeCount(lease.untilMs);
    sink.writeCount(lease.renewals);
    sink.writeCount(lease.keys);
    sink.writeByte(ENDINGS.indexOf(lease.ending));
    sink.writeString(lease.lock ?? '');
  });
}

export function decodeLease(bytes: Uint8Array): Lease {
  const reader = new ByteReader(bytes, 'lease');
  const times = { ttlMs: reader.readCount(), untilMs: reader.readCount() };
  const counts = { renewals: reader.readCount(), keys: reader.readCount() };
  const ending = ENDINGS[reader.readByte()];
  const lock = reader.readString(MAX_KEY_BYTES);
  reader.finish();
  return { ...times, ...counts, ending, lock: lock === '' ? undefined : lock };
}

export function encodeLock({ fence, lease, owner }: Lock): Uint8Array {
  return written((sink) => {
    sink.writeCount(fence);
    sink.writeCount(lease);
    writeCommandId(sink, owner);
  });
}

export function decodeLock(bytes: Uint8Array): Lock {
  const reader = new ByteReader(bytes, 'lock');
  const fence = reader.readCount();
  return { fence, lease: reader.readCount(), owner: readCommandId(reader) };
}

export function encodeWaiter({ owner, ttlMs, untilMs }: Waiter): Uint8Array {
  return written((sink) => {
    writeCommandId(sink, owner);
    sink.writeCount(ttlMs);
    sink.writeCount(untilMs);
  });
}

export function decodeWaiter(bytes: Uint8Array): Waiter {
  const reader = new ByteReader(bytes, 'waiter');
  return { owner: readCommandId(reader), ttlMs: reader.readCount(), untilMs: reader.readCount() };
}

export function encodeLeaseCounters({ last, leases }: LeaseCounters): Uint8Array {
  return written((sink) => {
    sink.writeCount(leases);
    sink.writeCount(last);
  });
}

export function decodeLeaseCounters(bytes: Uint8Array): LeaseCounters {
  const reader = new ByteReader(bytes, 'counters of leases');
  return { leases: reader.readCount(), last: reader.readCount() };
}

function written(write: (sink: ByteSink) => void): Uint8Array {
  const counter = new ByteCounter();
  write(counter);
  const writer = new ByteWriter(counter.length);
  write(writer);
  return writer.finish();
}

function numberText(number: number): string {
  let text = '';
  let rest = number;
  for (let left = NUMBER_BYTES; left > 0; left -= 1) {
    text = String.fromCharCode(rest % BYTE) + text;
    rest = Math.floor(rest / BYTE);
  }
  return text;
}

function numberIn(text: string, from: number): number {
  let number = 0;
  for (let at = from; at < from + NUMBER_BYTES; at += 1)
    number = number * BYTE + text.charCodeAt(at);
  return number;
}
