/**
 * A state becomes a new cluster of one replica, in a data directory that was empty: with an id and
 * an epoch of its own, so that no member of the old one is ever taken for one of it, and with revisions
 * above any that the old one may have given since. Its history is left behind: who watched the old one
 * has to begin anew. Others are added to it then, as to any cluster.
 */
import { existsSync, readdirSync } from 'node:fs';
import { type ReplicaId, ZERO_BALLOT } from '../paxos/ballot.ts';
import { type Epoch, majorities, type Membership } from '../paxos/membership.ts';
import type { Address } from '../paxos/orders.ts';
import { openDataDirectory } from './data-directory.ts';
import type { Database, DatabaseWrite, Entry } from './database.ts';
import { type StateMeta, writeMeta } from './state-meta.ts';
import { isCurrentItem } from './state-records.ts';
import { StorageError } from './storage-error.ts';
import { markFinished } from './unfinished.ts';

/** More than a cluster can have given unseen: at 5,000 writes a second, 200,000 s of it. */
export const REVISION_GAP = 1_000_000_000;

export interface NewClusterOptions {
  readonly dataDir: string;
  readonly replicaId: ReplicaId;
  readonly address: Address;
  /** 32 hexadecimal digits, drawn at random. */
  readonly clusterId: string;
  /** Higher than any that the old one had. */
  readonly epoch: Epoch;
}

export interface StateSource {
  readonly meta: StateMeta;
  /** All of the state, in the order of its keys; its current items alone are taken. */
  readonly records: AsyncIterable<readonly Entry[]>;
}

export interface NewCluster {
  readonly membership: Membership;
  readonly revision: number;
}

/** Throws a `StorageError` where the directory holds anything. */
export function refuseFilled(dataDir: string, what: string): void {
  if (!existsSync(dataDir) || readdirSync(dataDir).length === 0) return;
  throw new StorageError(`${dataDir} is not empty: ${what}`);
}

/** An attempt that is broken off leaves a directory that is refused (unfinished.ts). */
export async function makeNewCluster(
  { meta, records }: StateSource,
  { address, clusterId, dataDir, epoch, replicaId }: NewClusterOptions,
): Promise<NewCluster> {
  const directory = await openDataDirectory(dataDir, { replicaId, isUnfinished: true });
  try {
    const { incarnation, state } = directory;
    for await (const entries of records) {
      const writes = entries.filter(([key]) => isCurrentItem(key)).map(writeOf);
      if (writes.length > 0) await write(state, writes);
    }
    const membership: Membership = {
      clusterId,
      epoch,
      members: [{ id: replicaId, incarnation, role: 'voter', ...address }],
      quorums: majorities(1),
    };
    const { appliedUpTo } = meta;
    const revision = meta.revision + REVISION_GAP;
    const made = { ...meta, membership, revision, ballot: ZERO_BALLOT, base: appliedUpTo };
    const history = { oldestRevision: revision, historyBytes: 0 };
    const identity = { clusterId, replicaId, incarnation };
    await write(state, [writeMeta(identity, { ...made, ...history, epochFrom: appliedUpTo + 1 })]);
    const stored = directory.storeGenesis(membership);
    if (stored.type === 'refused') throw new StorageError(stored.reason);
    markFinished(directory.path);
    return { membership, revision };
  } finally {
    await directory.close();
  }
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
