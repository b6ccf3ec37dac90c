/**
 * The records of the acceptor's log, and their keys.
 *
 *   'a' epoch slot   what was accepted in a slot: the ballot and the command
 *   'c' sequence     the chain record of one synced batch (chain-record.ts)
 *   'p' epoch        the highest ballot promised
 *
 * Each value begins with a checksum: the first half of the SHA-256 of the log's identity (cluster,
 * replica, incarnation), the record's key (epoch and slot) and its content (the ballot first). A
 * record of another log, or in another place, is as damaged as one with a flipped bit.
 */
import { hash } from 'node:crypto';
import type { Ballot, ReplicaId } from '../paxos/ballot.ts';
import type { Command, EpochProposal, Slot } from '../paxos/command.ts';
import type { Epoch, Incarnation } from '../paxos/membership.ts';
import { unreachable } from '../paxos/assert.ts';
import { decodeMembership, encodeMembership } from './membership-record.ts';
import { asBuffer, readUint64, UINT32_BYTES, UINT64_BYTES, writeUint64 } from './bytes.ts';
import { DamagedRecordError } from './storage-error.ts';

export interface LogIdentity {
  readonly clusterId: string;
  readonly replicaId: ReplicaId;
  readonly incarnation: Incarnation;
  readonly epoch: Epoch;
}

export const CHECKSUM_BYTES = 16;
export const BALLOT_BYTES = UINT64_BYTES + UINT32_BYTES;

const SLOT_TAG = 0x61;
/** Below the slots: see `chainKey`. */
const PROMISE_TAG = 0x50;

const SLOT_KEY_BYTES = 1 + UINT32_BYTES + UINT64_BYTES;
export const CHAIN_KEY_BYTES = SLOT_KEY_BYTES + UINT64_BYTES;

const BATCH_KIND = 1;
const NOOP_KIND = 2;
const STOP_KIND = 3;
const TIME_BYTES = 8;
const COMMAND_AT = CHECKSUM_BYTES + BALLOT_BYTES + 1 + TIME_BYTES;

/** The highest that a key holds: four bytes. */
export const MAX_EPOCH = 2 ** 32 - 1;

export function slotKey(epoch: Epoch, slot: Slot): Buffer {
  const key = Buffer.allocUnsafe(SLOT_KEY_BYTES);
  key[0] = SLOT_TAG;
  key.writeUInt32BE(epoch, 1);
  writeUint64(key, slot, 1 + UINT32_BYTES);
  return key;
}

/** Of a slot's key, and of a chain record's. */
export function slotOfKey(key: Uint8Array): Slot {
  return readUint64(asBuffer(key), 1 + UINT32_BYTES);
}

export function epochOfKey(key: Uint8Array): Epoch {
  return asBuffer(key).readUInt32BE(1);
}

export function promiseKey(epoch: Epoch): Buffer {
  const key = Buffer.allocUnsafe(1 + UINT32_BYTES);
  key[0] = PROMISE_TAG;
  key.writeUInt32BE(epoch, 1);
  return key;
}

/**
 * A chain record stands behind the highest slot that the log held when it was written. So keys go
 * up with time, whatever a batch writes: LevelDB's tables do not overlap, and it never has to merge
 * them, which cost as much processor time as everything else that it does for the log.
 */
export function chainKey(epoch: Epoch, highestSlot: Slot, sequence: number): Buffer {
  const key = Buffer.allocUnsafe(CHAIN_KEY_BYTES);
  key[0] = SLOT_TAG;
  key.writeUInt32BE(epoch, 1);
  writeUint64(key, highestSlot, 1 + UINT32_BYTES);
  writeUint64(key, sequence, SLOT_KEY_BYTES);
  return key;
}

/** Of the two kinds of record that stand among the slots. */
export function isChainKey(key: Uint8Array): boolean {
  return key.length === CHAIN_KEY_BYTES;
}

export function sequenceOfKey(key: Uint8Array): number {
  return readUint64(asBuffer(key), SLOT_KEY_BYTES);
}

export function writeBallot(bytes: Buffer, ballot: Ballot, at: number): number {
  return bytes.writeUInt32BE(ballot.leader, writeUint64(bytes, ballot.round, at));
}

export function readBallot(bytes: Buffer, at: number): Ballot {
  return { round: readUint64(bytes, at), leader: bytes.readUInt32BE(at + UINT64_BYTES) };
}

/**
 * Makes and checks the checksums of one log. A value is built behind room for what the checksum
 * binds, so that one pass of SHA-256 over one buffer is enough and nothing is copied.
 */
export class LogSeal {
  readonly #identity: Buffer;

  constructor(identity: LogIdentity) {
    const replica = Buffer.alloc(UINT32_BYTES);
    replica.writeUInt32BE(identity.replicaId);
    const { clusterId, incarnation } = identity;
    this.#identity = Buffer.concat([
      Buffer.from(clusterId, 'hex'),
      replica,
      Buffer.from(incarnation, 'hex'),
    ]);
  }

  /** A value of `bytes` bytes, checksum included; `write` fills in all that follows it. */
  seal(key: Buffer, bytes: number, write: (value: Buffer) => void): Buffer {
    const bound = this.#identity.length + key.length;
    const room = Math.max(0, bound - CHECKSUM_BYTES);
    const whole = Buffer.allocUnsafe(room + bytes);
    const value = whole.subarray(room);
    write(value);
    const from = room + CHECKSUM_BYTES - bound;
    this.#identity.copy(whole, from);
    key.copy(whole, from + this.#identity.length);
    value.write(checksum(whole.subarray(from)), 0, CHECKSUM_BYTES, 'latin1');
    return value;
  }

  /** Throws where the value is not what was sealed under this key. */
  check(key: Uint8Array, stored: Uint8Array, record: string): Buffer {
    const value = asBuffer(stored);
    if (value.length < CHECKSUM_BYTES) throw new DamagedRecordError(record, 'it is cut short');
    const bound = Buffer.concat([this.#identity, key, value.subarray(CHECKSUM_BYTES)]);
    if (checksum(bound) !== value.toString('latin1', 0, CHECKSUM_BYTES)) {
      throw new DamagedRecordError(
        record,
        'its checksum is wrong, or it is the record of another replica',
      );
    }
    return value;
  }
}

/** Latin-1 (`binary`) is the cheapest form in which Node hands a digest over. */
function checksum(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'binary').slice(0, CHECKSUM_BYTES);
}

export function encodePromise(seal: LogSeal, key: Buffer, ballot: Ballot): Buffer {
  return seal.seal(key, CHECKSUM_BYTES + BALLOT_BYTES, (value) => {
    writeBallot(value, ballot, CHECKSUM_BYTES);
  });
}

export function decodePromise(seal: LogSeal, key: Buffer, stored: Uint8Array): Ballot {
  const value = seal.check(key, stored, 'the promise');
  return readBallot(value, CHECKSUM_BYTES);
}

export function encodeAccepted(
  seal: LogSeal,
  key: Buffer,
  ballot: Ballot,
  command: Command,
): Buffer {
  const { kind, bytes } = contentOf(command);
  return seal.seal(key, COMMAND_AT + bytes.length, (value) => {
    let at = writeBallot(value, ballot, CHECKSUM_BYTES);
    at = value.writeUInt8(kind, at);
    at = value.writeDoubleBE(command.timeMs, at);
    value.set(bytes, at);
  });
}

function contentOf(command: Command): { readonly kind: number; readonly bytes: Uint8Array } {
  switch (command.type) {
    case 'batch':
      return { kind: BATCH_KIND, bytes: command.bytes };
    case 'noop': {
      const bytes = Buffer.allocUnsafe(BALLOT_BYTES);
      writeBallot(bytes, command.ballot, 0);
      return { kind: NOOP_KIND, bytes };
    }
    case 'stop':
      return { kind: STOP_KIND, bytes: encodeMembership(command.membership) };
    default:
      return unreachable(command);
  }
}

/** The command's bytes are a view of `stored`. Throws a `DamagedRecordError`. */
export function decodeAccepted(seal: LogSeal, key: Uint8Array, stored: Uint8Array): EpochProposal {
  const slot = slotOfKey(key);
  const value = seal.check(key, stored, `slot ${slot}`);
  const ballot = readBallot(value, CHECKSUM_BYTES);
  return { epoch: epochOfKey(key), slot, ballot, command: decodeCommand(value, slot) };
}

/** Of the command alone: two records have the same one where it is the same, whoever holds them. */
export function digestOfAccepted(stored: Uint8Array): string {
  return hash('sha256', stored.subarray(CHECKSUM_BYTES + BALLOT_BYTES), 'hex');
}

function decodeCommand(value: Buffer, slot: Slot): Command {
  const kind = value[CHECKSUM_BYTES + BALLOT_BYTES];
  const timeMs = value.readDoubleBE(COMMAND_AT - TIME_BYTES);
  if (kind === BATCH_KIND) return { type: 'batch', timeMs, bytes: value.subarray(COMMAND_AT) };
  if (kind === NOOP_KIND) return { type: 'noop', timeMs, ballot: readBallot(value, COMMAND_AT) };
  if (kind === STOP_KIND) {
    const membership = decodeMembership(value.subarray(COMMAND_AT));
    if (typeof membership !== 'string') return { type: 'stop', timeMs, membership };
    throw new DamagedRecordError(`slot ${slot}`, `a stop without a membership: ${membership}`);
  }
  throw new DamagedRecordError(`slot ${slot}`, `unknown kind of command ${kind}`);
}
