/** Opening the state: how far it is, and whether it is this replica's. */
import type { Database } from './database.ts';
import { History } from './history.ts';
import { EMPTY_META, readMeta, type StateIdentity, type StateMeta } from './state-meta.ts';
import { END_OF_SYSTEM, FIRST_ITEM_KEY, META_KEY } from './state-records.ts';
import { StateStore } from './state-store.ts';
import { DamagedStateError, StorageError } from './storage-error.ts';

export interface StateOptions {
  /** Of items in memory, besides what is not flushed yet. */
  readonly cacheBytes?: number;
  /** Superseded items are kept for so long, in cluster time, where there are not too many. */
  readonly historyMs?: number;
  /** So many revisions are kept at most. */
  readonly historyRevisions?: number;
  /** Of superseded items that are kept. */
  readonly historyBytes?: number;
  /** Changes of history that one flush deletes; more where it makes more. */
  readonly historyDeletions?: number;
}

/** Room for 100,000 items of 256 bytes: reading one from LevelDB costs 10 us and more. */
const DEFAULT_CACHE_BYTES = 48 * 1024 * 1024;
const DEFAULT_HISTORY_MS = 5 * 60 * 1000;
const DEFAULT_HISTORY_REVISIONS = 10_000_000;
const DEFAULT_HISTORY_BYTES = 1024 * 1024 * 1024;
const DEFAULT_HISTORY_DELETIONS = 2000;

export type StateOpened = (error: Error | undefined, store?: StateStore) => void;

/** An empty database is a new state, at slot 0. */
export function openStateStore(
  database: Database,
  identity: StateIdentity,
  options: StateOptions,
  done: StateOpened,
): void {
  const kept = {
    historyMs: options.historyMs ?? DEFAULT_HISTORY_MS,
    historyRevisions: options.historyRevisions ?? DEFAULT_HISTORY_REVISIONS,
    historyBytes: options.historyBytes ?? DEFAULT_HISTORY_BYTES,
  };
  const limits = {
    cacheBytes: options.cacheBytes ?? DEFAULT_CACHE_BYTES,
    historyDeletions: options.historyDeletions ?? DEFAULT_HISTORY_DELETIONS,
  };
  readPosition(database, identity, (error, meta) => {
    if (error !== undefined) return done(error);
    const history = new History(database, kept, meta.oldestRevision);
    history.load((error) => {
      if (error !== undefined) return done(error);
      done(undefined, new StateStore(database, identity, limits, history, meta));
    });
  });
}

function readPosition(
  database: Database,
  identity: StateIdentity,
  done: (error: Error | undefined, meta: StateMeta) => void,
): void {
  const meta = storedMeta(database, identity);
  if (meta instanceof StorageError) return done(meta, EMPTY_META);
  if (meta !== undefined) return done(undefined, meta);
  const items = { gte: FIRST_ITEM_KEY, lt: END_OF_SYSTEM, limit: 1 };
  database.scan(items, (error, [item]) => {
    if (error !== undefined || item === undefined) return done(error, EMPTY_META);
    const problem = 'it is missing, though there are items';
    done(new DamagedStateError("the state's meta record", problem), EMPTY_META);
  });
}

function storedMeta(
  database: Database,
  identity: StateIdentity,
): StateMeta | StorageError | undefined {
  try {
    const stored = database.get(META_KEY);
    return stored === undefined ? undefined : readMeta(identity, stored);
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}
