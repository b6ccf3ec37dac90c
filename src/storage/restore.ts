/** A backup becomes a new cluster of one replica (new-cluster.ts). */
import { createReadStream } from 'node:fs';
import { type BackupHead, readBackup } from './backup-file.ts';
import { ContentSum } from './content-sum.ts';
import {
  makeNewCluster,
  type NewCluster,
  type NewClusterOptions,
  refuseFilled,
} from './new-cluster.ts';
import { parseMeta, type StateMeta } from './state-meta.ts';
import { checkStateRecord, isCurrentItem, META_KEY } from './state-records.ts';
import { StorageError } from './storage-error.ts';

export interface RestoreOptions extends Omit<NewClusterOptions, 'epoch'> {
  readonly file: string;
}

export interface Restored extends NewCluster {
  readonly head: BackupHead;
  readonly items: number;
}

/**
 * Rejects with a `StorageError` that says what is wrong. The whole backup is checked before anything is
 * written.
 */
export async function restoreBackup({ file, ...options }: RestoreOptions): Promise<Restored> {
  refuseFilled(options.dataDir, 'a backup is restored into a new directory');
  const { head, items, meta } = await checkBackup(file);
  const { frames: records } = await openFile(file);
  const epoch = head.epoch + 1;
  const made = await makeNewCluster({ meta, records }, { ...options, epoch });
  return { ...made, head, items };
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

function openFile(file: string) {
  const stream: AsyncIterable<Buffer> = createReadStream(file);
  return readBackup(stream);
}
