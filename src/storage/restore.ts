/**
 * A backup becomes a new cluster of one replica, in a data directory that was empty: with an id and
 * an epoch of its own, so that no member of the old one is ever taken for one of it, and with revisions
 * above any that the old one may have given since. Others are added to it then, as to any cluster.
 */
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { type ReplicaId, ZERO_BALLOT } from '../paxos/ballot.ts';
import { majorities, type Membership } from '../paxos/membership.ts';
import type { Address } from '../paxos/orders.ts';
import { type BackupHead, readBackup } from './backup-file.ts';
import { ContentSum } from './content-sum.ts';
import { type DataDirectory, openDataDirectory } from './data-directory.ts';
import type { Database, DatabaseWrite, Entry } from './database.ts';
import { parseMeta, type StateMeta, writeMeta } from './state-meta.ts';
import { checkStateRecord, isCurrentItem, META_KEY } from './state-records.ts';
import { StorageError } from './storage-error.ts';

/** More than a cluster can have given since its backup: at 5,000 writes a second, 200,000 s of it. */
export const REVISION_GAP = 1_000_000_000;

export interface RestoreOptions {
  readonly file: string;
  readonly dataDir: string;
  readonly replicaId: ReplicaId;
  readonly address: Address;
  /** 32 hexadecimal digits, drawn at random. */
  readonly clusterId: string;
}

export interface Restored {
  readonly head: BackupHead;
  readonly membership: Membership;
  readonly items: number;
  readonly revision: number;
}

/**
 * Rejects with a `StorageError` that says what is wrong. The whole backup is checked before anything is
 * written; what was written is no state before its last record is, so that an attempt that was
 * broken off leaves nothing that could be served.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { dataDir, file, replicaId } = options;
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    throw new StorageError(`${dataDir} is not empty: a backup is restored into a new directory`);
  }
  const checked = await checkBackup(file);
  const directory = await openDataDirectory(dataDir, { replicaId });
  try {
    return await fill(directory, checked, options);
  } finally {
    await directory.close();
  }
}

interface Checked {
  readonly head: BackupHead;
  readonly meta: StateMeta;
  readonly items: number;
}

async function checkBackup(file: string): Promise<Checked> {
  const { frames, head } = await openFile(file);
  const sum = new ContentSum();
  let items = 0;
  let meta: StateMeta | undefined;
  for await (const entries of frames) {
    for (const [key, value] of entries) {
      if (meta !== undefined) throw new StorageError('damaged backup: records behind its last one');
      if (META_KEY.equals(key)) {
        meta = parseMeta(value).meta;
      } else {
        checkStateRecord([key, value]);
        if (!isCurrentItem(key)) continue;
        sum.add(key, value);
        items += 1;
      }
    }
  }
  if (meta === undefined || meta.appliedUpTo !== head.slot || meta.contentSum !== sum.hex) {
    throw new StorageError('damaged backup: its content is not what its last record says');
  }
  return { head, meta, items };
}

async function fill(
  directory: DataDirectory,
  { head, items, meta }: Checked,
  { address, clusterId, file, replicaId }: RestoreOptions,
): Promise<Restored> {
  const { incarnation, state } = directory;
  const { frames } = await openFile(file);
  for await (const entries of frames) {
    const writes = entries.filter(([key]) => !META_KEY.equals(key)).map(writeOf);
    if (writes.length > 0) await write(state, writes);
  }
  const membership: Membership = {
    clusterId,
    epoch: head.epoch + 1,
    members: [{ id: replicaId, incarnation, role: 'voter', ...address }],
    quorums: majorities(1),
  };
  const { appliedUpTo } = meta;
  const revision = meta.revision + REVISION_GAP;
  const restored = { ...meta, membership, revision, ballot: ZERO_BALLOT, base: appliedUpTo };
  const identity = { clusterId, replicaId, incarnation };
  await write(state, [writeMeta(identity, { ...restored, epochFrom: appliedUpTo + 1 })]);
  const stored = directory.storeGenesis(membership);
  if (stored.type === 'refused') throw new StorageError(stored.reason);
  return { head, membership, items, revision };
}

function openFile(file: string) {
  const stream: AsyncIterable<Buffer> = createReadStream(file);
  return readBackup(stream);
}

function write(database: Database, writes: readonly DatabaseWrite[]): Promise<void> {
  return new Promise((resolve, reject) => {
    database.write(writes, { sync: true }, (error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}

function writeOf([key, value]: Entry): DatabaseWrite {
  return { key, value };
}
