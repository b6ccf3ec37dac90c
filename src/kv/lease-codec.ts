/**
 * The bytes of what is ordered of leases and locks, within those of its command (operation.ts):
 *
 *   type (1 byte)  what that type has, in the order of its members in lease.ts
 *
 * where numbers and strings are written as in bytes.ts, and lists have their number before them.
 */
import type { ByteReader, ByteSink } from './bytes.ts';
import { readCommandId, writeCommandId } from './command-id.ts';
import { MAX_KEY_BYTES, MIN_KEY_BYTES, type Key } from './key.ts';
import {
  type Expire,
  type ExpiredKey,
  type ExpiredLease,
  type Fence,
  type LeaseOperation,
  MAX_EXPIRED,
} from './lease.ts';
import { MAX_TTL_MS, readPositive, readTtl, writeTtl } from './lifetime.ts';
import { unreachable } from './unreachable.ts';

/** In the order of their numbers in the log: new ones come last. */
const TYPES = [
  'leaseGrant',
  'leaseRenew',
  'leaseRevoke',
  'lockAcquire',
  'lockLeave',
  'lockRenew',
  'lockRelease',
  'expire',
] as const satisfies readonly LeaseOperation['type'][];

const KNOWN_TYPES: ReadonlySet<string> = new Set(TYPES);

export function isLeaseOperation(
  operation: LeaseOperation | { readonly type: string },
): operation is LeaseOperation {
  return KNOWN_TYPES.has(operation.type);
}

/** Throws where it is none that `readLeaseOperation` would take. */
export function writeLeaseOperation(sink: ByteSink, operation: LeaseOperation): void {
  sink.writeByte(TYPES.indexOf(operation.type));
  switch (operation.type) {
    case 'leaseGrant':
      return writeTtl(sink, operation.ttlMs);
    case 'leaseRenew':
    case 'leaseRevoke':
      return sink.writeCount(operation.lease);
    case 'lockAcquire':
      writeName(sink, operation.name);
      writeTtl(sink, operation.ttlMs);
      return sink.writeCount(operation.waitMs);
    case 'lockLeave':
      writeName(sink, operation.name);
      writeCommandId(sink, operation.waiter);
      return sink.writeByte(operation.givesBack ? 1 : 0);
    case 'lockRenew':
    case 'lockRelease':
      return writeName(sink, operation.name);
    case 'expire':
      return writeExpire(sink, operation);
    default:
      return unreachable(operation);
  }
}

export function readLeaseOperation(reader: ByteReader): LeaseOperation {
  const type = TYPES[reader.readByte()];
  switch (type) {
    case 'leaseGrant':
      return { type, ttlMs: readTtl(reader) };
    case 'leaseRenew':
    case 'leaseRevoke':
      return { type, lease: readPositive(reader) };
    case 'lockAcquire':
      return { type, name: readName(reader), ttlMs: readTtl(reader), waitMs: readWait(reader) };
    case 'lockLeave': {
      const name = readName(reader);
      return { type, name, waiter: readCommandId(reader), givesBack: readFlag(reader) };
    }
    case 'lockRenew':
    case 'lockRelease':
      return { type, name: readName(reader) };
    case 'expire':
      return readExpire(reader);
    case undefined:
      return reader.refuse('an unknown kind of lease or lock');
    default:
      return unreachable(type);
  }
}

export function writeFence(sink: ByteSink, { fence, name }: Fence): void {
  writeName(sink, name);
  sink.writeCount(fence);
}

export function readFence(reader: ByteReader): Fence {
  return { name: readName(reader), fence: reader.readCount() };
}

function writeExpire(sink: ByteSink, { ballot, keys, leases }: Expire): void {
  if (keys.length + leases.length > MAX_EXPIRED) {
    throw new Error(`${leases.length} leases and ${keys.length} keys that expire`);
  }
  sink.writeCount(ballot.round);
  sink.writeCount(ballot.leader);
  sink.writeCount(leases.length);
  for (const { lease, renewals } of leases) {
    sink.writeCount(lease);
    sink.writeCount(renewals);
  }
  sink.writeCount(keys.length);
  for (const { key, revision } of keys) {
    writeName(sink, key);
    sink.writeCount(revision);
  }
}

function readExpire(reader: ByteReader): Expire {
  const ballot = { round: reader.readCount(), leader: reader.readCount() };
  const leases = readList(reader, readExpiredLease);
  const keys = readList(reader, readExpiredKey);
  if (leases.length + keys.length > MAX_EXPIRED) return reader.refuse('too much expires');
  return { type: 'expire', ballot, leases, keys };
}

function readExpiredLease(reader: ByteReader): ExpiredLease {
  return { lease: readPositive(reader), renewals: reader.readCount() };
}

function readExpiredKey(reader: ByteReader): ExpiredKey {
  return { key: readName(reader), revision: readPositive(reader) };
}

function readList<T>(reader: ByteReader, read: (reader: ByteReader) => T): readonly T[] {
  const length = reader.readCount();
  if (length > MAX_EXPIRED) return reader.refuse('too much expires');
  return Array.from({ length }, () => read(reader));
}

function readWait(reader: ByteReader): number {
  const waitMs = reader.readCount();
  return waitMs <= MAX_TTL_MS ? waitMs : reader.refuse('a wait is too long');
}

function writeName(sink: ByteSink, name: Key): void {
  if (name.length < MIN_KEY_BYTES || name.length > MAX_KEY_BYTES) {
    throw new Error(`a name of ${name.length} bytes`);
  }
  sink.writeString(name);
}

function readName(reader: ByteReader): Key {
  const name = reader.readString(MAX_KEY_BYTES);
  return name.length < MIN_KEY_BYTES ? reader.refuse('an empty name') : name;
}

function readFlag(reader: ByteReader): boolean {
  const byte = reader.readByte();
  return byte <= 1 ? byte === 1 : reader.refuse('a flag that is neither 0 nor 1');
}
