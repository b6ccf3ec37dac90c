/**
 * One chain record goes with each synced batch of the log. It says what the batch wrote, and holds
 * the checksum of the record before it, so that a batch which LevelDB dropped in the middle, or
 * in part, shows when the log is opened: LevelDB itself passes over it in silence.
 *
 * It also keeps what the peers said of their logs, so that a peer which lost the end of its own,
 * and with it votes, can be told (docs/protocol.md, "What was forgotten").
 */
import type { Ballot, ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { Epoch, Incarnation } from '../paxos/membership.ts';
import { readUint64, UINT32_BYTES, UINT64_BYTES, writeUint64 } from './bytes.ts';
import {
  BALLOT_BYTES,
  CHECKSUM_BYTES,
  CHAIN_KEY_BYTES,
  type LogSeal,
  readBallot,
  sequenceOfKey,
  writeBallot,
} from './log-codec.ts';
import { DamagedRecordError } from './storage-error.ts';

/** Slots count from 1: under slot 0 stands the promise of the epoch. */
export const PROMISE_SLOT = 0;

/** What the batch left under one key. */
export interface ChainEntry {
  readonly epoch: Epoch;
  readonly slot: Slot;
  readonly ballot: Ballot;
}

/** The sequence up to which a peer's log, in one incarnation, is known to have been durable. */
export interface KnownSequence {
  readonly id: ReplicaId;
  readonly incarnation: Incarnation;
  readonly sequence: number;
}

export interface ChainRecord {
  /** From 1, without holes. */
  readonly sequence: number;
  /** The checksum of the record before it; zeros in the first. */
  readonly previous: Buffer;
  readonly chosenUpTo: Slot;
  /** What this batch and all before it added to the log, by their records' keys and values. */
  readonly totalBytes: number;
  /** The highest stamp of any command so far, in cluster time. */
  readonly timeMs: number;
  /** The trim floor of which the log's record must tell: see trim-floor.ts. */
  readonly floor: Slot;
  readonly entries: readonly ChainEntry[];
  /** Of the peers, one entry for each at the most. */
  readonly known: readonly KnownSequence[];
}

export const NO_PREVIOUS = Buffer.alloc(CHECKSUM_BYTES);

const TIME_BYTES = 8;
const HEAD_BYTES =
  CHECKSUM_BYTES + CHECKSUM_BYTES + 3 * UINT64_BYTES + TIME_BYTES + 2 * UINT32_BYTES;
const ENTRY_BYTES = UINT32_BYTES + UINT64_BYTES + BALLOT_BYTES;
const INCARNATION_BYTES = 16;
const KNOWN_BYTES = UINT32_BYTES + INCARNATION_BYTES + UINT64_BYTES;

/** How many bytes a batch's chain record adds to the log. */
export function chainRecordBytes(entries: number, known: number): number {
  return CHAIN_KEY_BYTES + valueBytes(entries, known);
}

function valueBytes(entries: number, known: number): number {
  return HEAD_BYTES + entries * ENTRY_BYTES + known * KNOWN_BYTES;
}

export function encodeChainRecord(
  seal: LogSeal,
  key: Buffer,
  record: Omit<ChainRecord, 'sequence'>,
): Buffer {
  const bytes = valueBytes(record.entries.length, record.known.length);
  return seal.seal(key, bytes, (value) => {
    let at = CHECKSUM_BYTES;
    at += record.previous.copy(value, at);
    at = writeUint64(value, record.chosenUpTo, at);
    at = writeUint64(value, record.totalBytes, at);
    at = writeUint64(value, record.floor, at);
    at = value.writeDoubleBE(record.timeMs, at);
    at = value.writeUInt32BE(record.entries.length, at);
    at = value.writeUInt32BE(record.known.length, at);
    for (const entry of record.entries) {
      at = value.writeUInt32BE(entry.epoch, at);
      at = writeUint64(value, entry.slot, at);
      at = writeBallot(value, entry.ballot, at);
    }
    for (const { id, incarnation, sequence } of record.known) {
      at = value.writeUInt32BE(id, at);
      at += value.write(incarnation, at, INCARNATION_BYTES, 'hex');
      at = writeUint64(value, sequence, at);
    }
  });
}

/** Throws a `DamagedRecordError`. */
export function decodeChainRecord(
  seal: LogSeal,
  key: Uint8Array,
  stored: Uint8Array,
): { readonly record: ChainRecord; readonly checksum: Buffer } {
  const sequence = sequenceOfKey(key);
  const name = `chain record ${sequence}`;
  const value = seal.check(key, stored, name);
  if (value.length < HEAD_BYTES) throw new DamagedRecordError(name, 'it is cut short');
  let at = CHECKSUM_BYTES;
  const previous = value.subarray(at, (at += CHECKSUM_BYTES));
  const chosenUpTo = readUint64(value, at);
  const totalBytes = readUint64(value, at + UINT64_BYTES);
  const floor = readUint64(value, at + 2 * UINT64_BYTES);
  const timeMs = value.readDoubleBE(at + 3 * UINT64_BYTES);
  const entries = value.readUInt32BE(HEAD_BYTES - 2 * UINT32_BYTES);
  const known = value.readUInt32BE(HEAD_BYTES - UINT32_BYTES);
  if (value.length !== valueBytes(entries, known)) {
    throw new DamagedRecordError(name, 'its length is wrong');
  }
  const record = {
    sequence,
    previous,
    chosenUpTo,
    totalBytes,
    timeMs,
    floor,
    entries: readEntries(value, entries),
    known: readKnown(value, valueBytes(entries, 0), known),
  };
  return { record, checksum: value.subarray(0, CHECKSUM_BYTES) };
}

function readEntries(value: Buffer, count: number): readonly ChainEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const at = HEAD_BYTES + index * ENTRY_BYTES;
    const epoch = value.readUInt32BE(at);
    const slot = readUint64(value, at + UINT32_BYTES);
    return { epoch, slot, ballot: readBallot(value, at + UINT32_BYTES + UINT64_BYTES) };
  });
}

function readKnown(value: Buffer, from: number, count: number): readonly KnownSequence[] {
  return Array.from({ length: count }, (_, index) => {
    const at = from + index * KNOWN_BYTES;
    const life = at + UINT32_BYTES;
    return {
      id: value.readUInt32BE(at),
      incarnation: value.toString('hex', life, life + INCARNATION_BYTES),
      sequence: readUint64(value, life + INCARNATION_BYTES),
    };
  });
}
