/**
 * A backup: the state at one slot, as one stream of bytes that checks itself.
 *
 *   a line of JSON    what it is: format, version, cluster, epoch, slot, revision
 *   frames            a length in four bytes, and so many bytes of records (snapshot-chunk.ts)
 *   the end           a length of 0, and the SHA-256 of everything before that length
 *
 * The records are those of the state, in the order of their keys; the last one is the meta record.
 * A backup that is cut short, or in which one bit is wrong, is refused as a whole.
 */
import { createHash, type Hash } from 'node:crypto';
import { z } from 'zod';
import type { Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import { UINT32_BYTES } from './bytes.ts';
import type { Entry } from './database.ts';
import { decodeRecords, encodeRecords } from './snapshot-chunk.ts';
import { StorageError } from './storage-error.ts';

export interface BackupHead {
  readonly clusterId: string;
  readonly epoch: Epoch;
  readonly slot: Slot;
  readonly revision: number;
}

const FORMAT = 'synod-backup';
const VERSION = 2;
const MAX_HEAD_BYTES = 4_096;
/** A frame holds one record at least, and a record is not larger than this. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const DIGEST_BYTES = 32;
const NEWLINE = 0x0a;

const headSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION, `is not ${VERSION}: another version wrote it`),
  clusterId: z.string().regex(/^[0-9a-f]{32}$/),
  epoch: z.int().positive(),
  slot: z.int().nonnegative(),
  revision: z.int().nonnegative(),
});

export class BackupWriter {
  readonly #hash: Hash = createHash('sha256');

  head({ clusterId, epoch, revision, slot }: BackupHead): Buffer {
    const head = { format: FORMAT, version: VERSION, clusterId, epoch, slot, revision };
    return this.#count(Buffer.from(`${JSON.stringify(head)}\n`));
  }

  frame(entries: readonly Entry[]): Buffer {
    const records = encodeRecords(entries);
    return this.#count(Buffer.concat([lengthOf(records.length), records]));
  }

  /** With the meta record, and the end behind it. */
  lastFrame(entries: readonly Entry[]): Buffer {
    const frame = this.frame(entries);
    return Buffer.concat([frame, lengthOf(0), this.#hash.digest()]);
  }

  #count(piece: Buffer): Buffer {
    this.#hash.update(piece);
    return piece;
  }
}

export interface BackupReader {
  readonly head: BackupHead;
  /** In order; each batch of them was in one frame. Throws a `StorageError`, at the latest at the end. */
  readonly frames: AsyncIterable<readonly Entry[]>;
}

/** Throws a `StorageError` that says what is wrong with it. */
export async function readBackup(stream: AsyncIterable<Buffer>): Promise<BackupReader> {
  const bytes = new ByteReader(stream);
  const line = await bytes.line(MAX_HEAD_BYTES);
  const parsed = headSchema.safeParse(parseJson(line.toString()));
  if (!parsed.success) throw new StorageError(`not a backup: ${z.prettifyError(parsed.error)}`);
  const { clusterId, epoch, revision, slot } = parsed.data;
  return { head: { clusterId, epoch, slot, revision }, frames: framesOf(bytes) };
}

async function* framesOf(bytes: ByteReader): AsyncIterable<readonly Entry[]> {
  for (;;) {
    const digest = bytes.digest();
    const length = (await bytes.exactly(UINT32_BYTES)).readUInt32BE();
    if (length === 0) return checkEnd(bytes, digest);
    if (length > MAX_FRAME_BYTES) throw new StorageError('damaged backup: a frame is too long');
    const entries = decodeRecords(await bytes.exactly(length));
    if (entries === undefined) throw new StorageError('damaged backup: a frame of no records');
    yield entries;
  }
}

async function checkEnd(bytes: ByteReader, digest: Buffer): Promise<void> {
  if (!(await bytes.exactly(DIGEST_BYTES)).equals(digest)) {
    throw new StorageError('damaged backup: its checksum is wrong');
  }
  if (!(await bytes.isAtEnd())) throw new StorageError('damaged backup: it goes on behind its end');
}

/** Takes a stream apart, and hashes what was taken. */
class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  readonly #hash: Hash = createHash('sha256');
  #held: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#source = stream[Symbol.asyncIterator]();
  }

  /** Of everything that was taken so far. */
  digest(): Buffer {
    return this.#hash.copy().digest();
  }

  async exactly(bytes: number): Promise<Buffer> {
    while (this.#held.length < bytes) {
      if (!(await this.#more())) throw new StorageError('damaged backup: it is cut short');
    }
    return this.#take(bytes);
  }

  async line(maxBytes: number): Promise<Buffer> {
    for (;;) {
      const end = this.#held.indexOf(NEWLINE);
      if (end >= 0 && end < maxBytes) return this.#take(end + 1);
      if (end >= 0 || this.#held.length >= maxBytes || !(await this.#more())) {
        throw new StorageError('not a backup: it does not begin with a line of JSON');
      }
    }
  }

  async isAtEnd(): Promise<boolean> {
    return this.#held.length === 0 && !(await this.#more());
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done === true) return false;
    this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value]);
    return true;
  }

  #take(bytes: number): Buffer {
    const taken = this.#held.subarray(0, bytes);
    this.#held = this.#held.subarray(bytes);
    this.#hash.update(taken);
    return taken;
  }
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(UINT32_BYTES);
  bytes.writeUInt32BE(length);
  return bytes;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
