/** How far a transfer is: one record of the staging database, written with each chunk. */
import { z } from 'zod';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { Database, DatabaseWrite } from './database.ts';
import type { StateIdentity } from './state-meta.ts';
import { openRecord, PROGRESS_KEY, sealRecord } from './state-records.ts';
import { StorageError } from './storage-error.ts';

export interface Progress {
  /** Who sends, and what: the sender's name for the snapshot, and its slot. */
  readonly from: ReplicaId;
  readonly id: string;
  readonly slot: Slot;
  readonly chunks: number;
  readonly records: number;
  readonly bytes: number;
  /** Of the sender's meta record, once it has come: it is not written as it is. */
  readonly metaBytes: number;
  readonly digest: string;
  /** The last key that came. */
  readonly after: Uint8Array;
}

export const NO_PROGRESS: Progress = {
  from: 0,
  id: '',
  slot: 0,
  chunks: 0,
  records: 0,
  bytes: 0,
  metaBytes: 0,
  digest: '',
  after: new Uint8Array(0),
};

const count = z.int().nonnegative();
const schema = z.strictObject({
  clusterId: z.string(),
  replicaId: count,
  incarnation: z.string(),
  from: count,
  id: z.string(),
  slot: count,
  chunks: count,
  records: count,
  bytes: count,
  metaBytes: count,
  digest: z.string(),
  after: z.string(),
});

export function progressWrite(identity: StateIdentity, progress: Progress): DatabaseWrite {
  const { clusterId, replicaId, incarnation } = identity;
  const after = Buffer.from(progress.after).toString('hex');
  const json = JSON.stringify({ clusterId, replicaId, incarnation, ...progress, after });
  return { key: PROGRESS_KEY, value: sealRecord(PROGRESS_KEY, Buffer.from(json)) };
}

/** `undefined`: there is none, or none that can be trusted. */
export function readProgress(database: Database, identity: StateIdentity): Progress | undefined {
  try {
    const stored = database.get(PROGRESS_KEY);
    if (stored === undefined) return undefined;
    const json: unknown = JSON.parse(openRecord(PROGRESS_KEY, stored, 'the progress').toString());
    const { clusterId, replicaId, incarnation, after, ...progress } = schema.parse(json);
    const isOurs =
      clusterId === identity.clusterId &&
      replicaId === identity.replicaId &&
      incarnation === identity.incarnation;
    return isOurs ? { ...progress, after: Buffer.from(after, 'hex') } : undefined;
  } catch (error) {
    if (error instanceof StorageError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}
