/**
 * Makes the new cluster: what is taken over is applied to the copy of the best state; then every
 * surviving directory is fenced; then the new directory is filled, and is refused until it is full. A
 * crash in between leaves directories that are fenced, and no new cluster: the same command, with an
 * empty directory again, goes on from there, since what is fenced can still be read.
 */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Entry } from '../storage/database.ts';
import { syncDirectory } from '../storage/durable-file.ts';
import { writeFence } from '../storage/fence.ts';
import { openLevelDatabase } from '../storage/level-database.ts';
import { makeNewCluster, type NewCluster, type NewClusterOptions } from '../storage/new-cluster.ts';
import type { StateMeta } from '../storage/state-meta.ts';
import { openStateView, type StatePart, type StateView } from '../storage/state-view.ts';
import { StorageError } from '../storage/storage-error.ts';
import { commandOf, type Plan } from './plan.ts';
import type { Closers } from './surviving-directory.ts';
import type { SurvivorsRead } from './survivors.ts';
import { openTakeover, type TakeoverOptions } from './takeover.ts';

export interface NewEpochOptions extends Omit<NewClusterOptions, 'epoch'> {
  readonly changedKeys: number;
  /** ISO 8601. */
  readonly at: string;
  /** Where an empty state is made if there is none. */
  readonly scratch: string;
  readonly closers: Closers;
}

const OWNER_ONLY = 0o700;
const PART_BYTES = 1024 * 1024;

export async function beginNewEpoch(
  read: SurvivorsRead,
  plan: Plan,
  options: NewEpochOptions,
): Promise<NewCluster & { readonly appliedUpTo: number }> {
  const target = await targetOf(read, options);
  const meta = await takeOver(read, plan, target);
  if (meta.appliedUpTo === 0) {
    throw new StorageError('there is nothing to recover: no state, and no slot from the first on');
  }
  const { at, clusterId, dataDir } = options;
  // What cannot be written to must show before anything is fenced.
  prepare(dataDir);
  for (const { directory } of read.survivors) writeFence(directory.root, { clusterId, at });
  try {
    const source = { meta, records: recordsOf(target) };
    const made = await makeNewCluster(source, { ...options, epoch: plan.highestEpoch + 1 });
    return { ...made, appliedUpTo: meta.appliedUpTo };
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError(`${detail}. What was begun in ${dataDir} must be deleted`, { cause });
  }
}

function prepare(dataDir: string): void {
  const created = mkdirSync(dataDir, { recursive: true, mode: OWNER_ONLY });
  if (created !== undefined) syncDirectory(dirname(dataDir));
  accessSync(dataDir, constants.W_OK);
}

async function targetOf(
  { best, survivors }: SurvivorsRead,
  { changedKeys, closers, scratch }: NewEpochOptions,
): Promise<TakeoverOptions> {
  if (best !== undefined) return { ...best, changedKeys };
  const [first] = survivors;
  if (first === undefined) throw new StorageError('there is no survivor');
  const database = await openLevelDatabase(`${scratch}/empty-state`);
  closers.push(() => database.close());
  return { database, identity: first.directory.identity, changedKeys };
}

async function takeOver(
  { survivors }: SurvivorsRead,
  { steps }: Plan,
  target: TakeoverOptions,
): Promise<StateMeta> {
  const takeover = await openTakeover(target);
  for (const { taken, upTo, verdict } of steps) {
    if (taken === undefined) await takeover.pass(upTo, verdict === 'lost');
    else await takeover.apply(upTo, commandOf(taken, survivors));
  }
  return takeover.finish();
}

async function* recordsOf({
  database,
  identity,
}: TakeoverOptions): AsyncGenerator<readonly Entry[], undefined> {
  const view = openStateView(database, identity);
  if (view === undefined) return;
  try {
    let after: Uint8Array | undefined;
    for (let more = true; more;) {
      const part = await readPart(view, after);
      if (part.entries.length > 0) yield part.entries;
      after = part.entries.at(-1)?.[0];
      more = part.more && after !== undefined;
    }
  } finally {
    view.close();
  }
}

function readPart(view: StateView, after: Uint8Array | undefined): Promise<StatePart> {
  return new Promise((resolve, reject) => {
    view.read(after, PART_BYTES, (error, part) => {
      if (error === undefined) resolve(part);
      else reject(error);
    });
  });
}
