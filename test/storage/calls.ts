/** The callbacks of the storage room as promises, for tests. */
import { rangeOfPrefix } from '../../src/kv/prefix.ts';
import type { EpochProposal, Slot } from '../../src/paxos/command.ts';
import type { AcceptorLog, LogBatch, RecoveredLog } from '../../src/storage/acceptor-log.ts';
import type {
  Database,
  DatabaseWrite,
  Entry,
  KeyRange,
  ScanRange,
} from '../../src/storage/database.ts';
import type { FloorWish } from '../../src/storage/floor-keeper.ts';
import type { LogIdentity } from '../../src/storage/log-codec.ts';
import { type LogOptions, openAcceptorLog } from '../../src/storage/log-recovery.ts';
import type { StateIdentity } from '../../src/storage/state-meta.ts';
import { openStateStore, type StateOptions } from '../../src/storage/state-recovery.ts';
import type { StateStore } from '../../src/storage/state-store.ts';
import type { Page, PageQuery } from '../../src/storage/page.ts';
import type { TrimFloor } from '../../src/storage/trim-floor.ts';

export function write(
  database: Database,
  writes: readonly DatabaseWrite[],
  sync = true,
): Promise<void> {
  return new Promise((resolve, reject) => {
    database.write(writes, { sync }, (error) => settle(error, resolve, reject));
  });
}

export function clear(database: Database, range: KeyRange): Promise<void> {
  return new Promise((resolve, reject) => {
    database.clear(range, (error) => settle(error, resolve, reject));
  });
}

export function scan(
  database: Pick<Database, 'scan'>,
  range: ScanRange,
): Promise<{ entries: readonly Entry[]; more: boolean }> {
  return new Promise((resolve, reject) => {
    database.scan(range, (error, entries, more) =>
      settle(error, () => resolve({ entries, more }), reject),
    );
  });
}

export function openLog(
  database: Database,
  identity: LogIdentity,
  from: Slot = 0,
  options: LogOptions = {},
): Promise<{ log: AcceptorLog; recovered: RecoveredLog }> {
  return new Promise((resolve, reject) => {
    openAcceptorLog(
      database,
      identity,
      from,
      (error, log, recovered) => {
        if (error !== undefined) reject(error);
        else if (log === undefined || recovered === undefined) reject(new Error('no log'));
        else resolve({ log, recovered });
      },
      options,
    );
  });
}

export function append(log: AcceptorLog, batch: LogBatch): Promise<void> {
  return new Promise((resolve, reject) => {
    log.append(batch, (error) => settle(error, resolve, reject));
  });
}

/** Where nothing else is said, nothing is held for anybody. */
export function floorOf(
  log: AcceptorLog,
  wish: Omit<FloorWish, 'heldFrom'> & Partial<FloorWish>,
): Promise<TrimFloor | undefined> {
  return new Promise((resolve, reject) => {
    log.findFloor({ heldFrom: Number.POSITIVE_INFINITY, ...wish }, (error, floor) =>
      settle(error, () => resolve(floor), reject),
    );
  });
}

/** Looks again, as the databases go on, at most so many times. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 1000; look += 1) if (await isSo()) return;
  throw new Error('it did not come to be so');
}

export function readLog(
  log: AcceptorLog,
  from: Slot,
  maxSlots = 1000,
  maxBytes = 1 << 20,
): Promise<readonly EpochProposal[]> {
  return new Promise((resolve, reject) => {
    log.read({ from, maxSlots, maxBytes }, (error, proposals) =>
      settle(error, () => resolve(proposals), reject),
    );
  });
}

export function openState(
  database: Database,
  identity: StateIdentity,
  options: StateOptions = {},
): Promise<StateStore> {
  return new Promise((resolve, reject) => {
    openStateStore(database, identity, options, (error, store) => {
      if (store === undefined) reject(error ?? new Error('no store'));
      else resolve(store);
    });
  });
}

export function flush(store: StateStore): Promise<void> {
  return new Promise((resolve, reject) => {
    store.flush((error) => settle(error, resolve, reject));
  });
}

export function page(store: StateStore, query: PageQuery): Promise<Page> {
  return new Promise((resolve, reject) => {
    store.page(query, (error, page) => settle(error, () => resolve(page), reject));
  });
}

export function keys(store: StateStore, prefix: string, limit = 1000): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    store.keys({ ...rangeOfPrefix(prefix), limit }, (error, keys) =>
      settle(error, () => resolve(keys), reject),
    );
  });
}

function settle(
  error: Error | undefined,
  resolve: () => void,
  reject: (error: Error) => void,
): void {
  if (error === undefined) resolve();
  else reject(error);
}

export function noteBase(log: AcceptorLog, slot: Slot): Promise<void> {
  return new Promise((resolve, reject) => {
    log.noteBase(slot, (error) => settle(error, resolve, reject));
  });
}
