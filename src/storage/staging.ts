/**
 * A state that is being pulled from a peer, in a database of its own that is nobody's state yet.
 * Each chunk is verified, and written in one synced batch with how far it is: so a transfer goes on
 * after a crash where it was. The meta record, without which a database is no state, is written
 * last, when everything that stands there has been read once more; it names this replica, and the
 * slot as the base of the state.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import { asBuffer } from './bytes.ts';
import { ContentSum } from './content-sum.ts';
import type { Database, DatabaseWrite, Entry } from './database.ts';
import { scanRange } from './range-scan.ts';
import {
  bytesOf,
  decodeRecords,
  firstDigest,
  nextDigest,
  type SnapshotChunk,
  type SnapshotTotals,
} from './snapshot-chunk.ts';
import { NO_PROGRESS, type Progress, progressWrite, readProgress } from './staging-progress.ts';
import { parseMeta, type StateIdentity, type StateMeta, writeMeta } from './state-meta.ts';
import {
  checkStateRecord,
  END_OF_STATE,
  FIRST_OF_STATE,
  isCurrentItem,
  META_KEY,
} from './state-records.ts';
import { StorageError } from './storage-error.ts';

export interface SnapshotSource {
  readonly from: ReplicaId;
  readonly id: string;
  readonly slot: Slot;
}

/** `refused`: the chunk, or what came before it, is not what it should be: begin anew. */
export type Added = 'more' | 'complete' | 'refused';

type AddDone = (error: Error | undefined, added: Added) => void;

export class Staging {
  readonly database: Database;
  readonly #identity: StateIdentity;
  #progress: Progress;
  /** The last chunk has come; its meta record. */
  #meta: StateMeta | undefined;

  constructor(database: Database, identity: StateIdentity, progress: Progress) {
    this.database = database;
    this.#identity = identity;
    this.#progress = progress;
  }

  /** What is durable of the transfer. */
  get progress(): Progress {
    return this.#progress;
  }

  /** The first answer of a sender: what it will send. */
  begin({ from, id, slot }: SnapshotSource): void {
    this.#progress = { ...NO_PROGRESS, from, id, slot, digest: firstDigest(id, slot) };
  }

  /** After `done` without an error, the chunk is durable. */
  add(chunk: SnapshotChunk, done: AddDone): void {
    const entries = this.#verified(chunk);
    if (entries === undefined) return done(undefined, 'refused');
    const isLast = chunk.totals !== undefined;
    const meta = isLast ? this.#metaOf(entries.at(-1)) : undefined;
    if (isLast && meta === undefined) return done(undefined, 'refused');
    const progress = this.#after(chunk, entries);
    if (chunk.totals !== undefined && !isSame(chunk.totals, progress)) {
      return done(undefined, 'refused');
    }
    const writes = entries.filter(([key]) => !META_KEY.equals(key)).map(writeOf);
    // After a crash the last chunk comes once more: its meta record is not written as it is.
    if (!isLast) writes.push(progressWrite(this.#identity, progress));
    this.database.write(writes, { sync: true }, (error) => {
      if (error !== undefined) return done(error, 'refused');
      this.#progress = progress;
      if (meta === undefined) return done(undefined, 'more');
      this.#meta = meta;
      done(undefined, 'complete');
    });
  }

  /** Everything that stands there is read and checked; then it is a state. */
  finish(done: (error: Error | undefined, isWhole: boolean) => void): void {
    const meta = this.#meta;
    if (meta === undefined) return done(undefined, false);
    const found = { records: 1, bytes: this.#progress.metaBytes };
    const sum = new ContentSum();
    const take = (entry: Entry): boolean => {
      checkStateRecord(entry);
      if (isCurrentItem(entry[0])) sum.add(...entry);
      found.records += 1;
      found.bytes += bytesOf([entry]);
      return true;
    };
    const all = { gte: FIRST_OF_STATE, lt: END_OF_STATE };
    scanRange(this.database, all, take, (error) => {
      if (error instanceof StorageError) return done(undefined, false);
      if (error !== undefined) return done(error, false);
      const isWhole = isSame(found, this.#progress) && sum.hex === meta.contentSum;
      if (isWhole) this.#writeMeta(meta, done);
      else done(undefined, false);
    });
  }

  #writeMeta(meta: StateMeta, done: (error: Error | undefined, isWhole: boolean) => void): void {
    const own = writeMeta(this.#identity, { ...meta, base: meta.appliedUpTo });
    const { key } = progressWrite(this.#identity, NO_PROGRESS);
    this.database.write([own, { key }], { sync: true }, (error) => {
      done(error, error === undefined);
    });
  }

  /** The chunk's records, where it is the next one, whole, in order, and each record is sound. */
  #verified({ digest, index, records }: SnapshotChunk): readonly Entry[] | undefined {
    const { chunks, digest: before } = this.#progress;
    if (index !== chunks || nextDigest(before, records) !== digest) return undefined;
    const entries = decodeRecords(records);
    if (entries === undefined || entries.length === 0) return undefined;
    try {
      let after = asBuffer(this.#progress.after);
      for (const [key, value] of entries) {
        if (after.compare(key) >= 0) return undefined;
        if (!META_KEY.equals(key)) checkStateRecord([key, value]);
        after = asBuffer(key);
      }
      return entries;
    } catch (error) {
      if (error instanceof StorageError) return undefined;
      throw error;
    }
  }

  /** The last record: of the same cluster, at the slot that was said. */
  #metaOf(entry: Entry | undefined): StateMeta | undefined {
    if (entry === undefined || !META_KEY.equals(entry[0])) return undefined;
    try {
      const { identity, meta } = parseMeta(entry[1]);
      const isMeant = identity.clusterId === this.#identity.clusterId;
      return isMeant && meta.appliedUpTo === this.#progress.slot ? meta : undefined;
    } catch (error) {
      if (error instanceof StorageError) return undefined;
      throw error;
    }
  }

  #after({ digest }: SnapshotChunk, entries: readonly Entry[]): Progress {
    const { bytes, chunks, records } = this.#progress;
    const [key, value] = entries.at(-1) ?? [];
    const isMeta = key !== undefined && META_KEY.equals(key);
    return {
      ...this.#progress,
      chunks: chunks + 1,
      records: records + entries.length,
      bytes: bytes + bytesOf(entries),
      metaBytes: isMeta ? key.length + (value?.length ?? 0) : 0,
      digest,
      after: key ?? this.#progress.after,
    };
  }
}

/** With what an earlier transfer left there; a damaged mark of it is none. */
export function openStaging(database: Database, identity: StateIdentity): Staging {
  return new Staging(database, identity, readProgress(database, identity) ?? NO_PROGRESS);
}

function isSame(one: SnapshotTotals, other: SnapshotTotals): boolean {
  return one.records === other.records && one.bytes === other.bytes;
}

function writeOf([key, value]: Entry): DatabaseWrite {
  return { key, value };
}
