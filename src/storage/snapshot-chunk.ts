/**
 * A snapshot travels as chunks of records: `key length, key, value length, value`, lengths in four
 * bytes. Each chunk has a digest over the digest of the one before it and its own bytes, so that the
 * last one stands for all of them, in their order.
 */
import { hash } from 'node:crypto';
import type { Slot } from '../paxos/command.ts';
import { asBuffer, UINT32_BYTES } from './bytes.ts';
import type { Entry } from './database.ts';

export interface SnapshotTotals {
  readonly records: number;
  /** Of keys and values. */
  readonly bytes: number;
}

export interface SnapshotChunk {
  /** From 0. */
  readonly index: number;
  readonly records: Uint8Array;
  /** 64 hexadecimal digits. */
  readonly digest: string;
  /** Of the whole snapshot, with its last chunk. */
  readonly totals: SnapshotTotals | undefined;
}

/** Before the first chunk of this snapshot. */
export function firstDigest(id: string, slot: Slot): string {
  return hash('sha256', `synod snapshot ${id} at slot ${slot}`, 'hex');
}

export function nextDigest(previous: string, records: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(previous, 'hex'), records]), 'hex');
}

export function bytesOf(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const [key, value] of entries) bytes += key.length + value.length;
  return bytes;
}

export function encodeRecords(entries: readonly Entry[]): Buffer {
  const records = Buffer.allocUnsafe(bytesOf(entries) + 2 * UINT32_BYTES * entries.length);
  let at = 0;
  for (const entry of entries) {
    for (const part of entry) {
      at = records.writeUInt32BE(part.length, at);
      records.set(part, at);
      at += part.length;
    }
  }
  return records;
}

/** `undefined`: they are none. The entries are copies, so that they outlive the message. */
export function decodeRecords(bytes: Uint8Array): readonly Entry[] | undefined {
  const records = asBuffer(bytes);
  const entries: Entry[] = [];
  let at = 0;
  const next = (): Buffer | undefined => {
    if (at + UINT32_BYTES > records.length) return undefined;
    const from = at + UINT32_BYTES;
    const end = from + records.readUInt32BE(at);
    if (end > records.length) return undefined;
    at = end;
    return Buffer.from(records.subarray(from, end));
  };
  while (at < records.length) {
    const key = next();
    const value = key === undefined ? undefined : next();
    if (key === undefined || value === undefined) return undefined;
    entries.push([key, value]);
  }
  return entries;
}
