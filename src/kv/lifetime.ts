/** How long a key lives by itself: as long as a lease, or until a cluster time. */
import { type ByteReader, type ByteSink } from './bytes.ts';

/** Numbers from 1, in the order in which they were granted; none is ever used again. */
export type LeaseId = number;

export type Lifetime =
  | { readonly type: 'lease'; readonly lease: LeaseId }
  /** It may be deleted from this cluster time on. */
  | { readonly type: 'until'; readonly untilMs: number };

/** What a put wishes: a lease that there is, or a time from when it is applied. */
export type LifetimeWish =
  | { readonly type: 'lease'; readonly lease: LeaseId }
  | { readonly type: 'ttl'; readonly ttlMs: number };

/** Ten years. */
export const MAX_TTL_MS = 315_360_000_000;

const LEASE = 1;
const TIME = 2;

export function writeLifetime(sink: ByteSink, lifetime: Lifetime): void {
  sink.writeByte(lifetime.type === 'lease' ? LEASE : TIME);
  sink.writeCount(lifetime.type === 'lease' ? lifetime.lease : lifetime.untilMs);
}

export function readLifetime(reader: ByteReader): Lifetime {
  const kind = reader.readByte();
  if (kind === LEASE) return { type: 'lease', lease: readPositive(reader) };
  if (kind !== TIME) return reader.refuse('a lifetime of an unknown kind');
  return { type: 'until', untilMs: reader.readCount() };
}

export function writeWish(sink: ByteSink, wish: LifetimeWish): void {
  sink.writeByte(wish.type === 'lease' ? LEASE : TIME);
  if (wish.type === 'lease') sink.writeCount(wish.lease);
  else writeTtl(sink, wish.ttlMs);
}

export function readWish(reader: ByteReader): LifetimeWish {
  const kind = reader.readByte();
  if (kind === LEASE) return { type: 'lease', lease: readPositive(reader) };
  if (kind !== TIME) return reader.refuse('a lifetime of an unknown kind');
  return { type: 'ttl', ttlMs: readTtl(reader) };
}

/** Throws where it is no whole number of ms, or more than `MAX_TTL_MS`. */
export function writeTtl(sink: ByteSink, ttlMs: number): void {
  if (ttlMs < 1 || ttlMs > MAX_TTL_MS) throw new Error(`a time to live of ${ttlMs} ms`);
  sink.writeCount(ttlMs);
}

export function readTtl(reader: ByteReader): number {
  const ttlMs = readPositive(reader);
  return ttlMs <= MAX_TTL_MS ? ttlMs : reader.refuse('a time to live is too long');
}

export function readPositive(reader: ByteReader): number {
  const count = reader.readCount();
  return count > 0 ? count : reader.refuse('a 0 where none may be');
}
