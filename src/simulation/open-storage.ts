/** Opens log and state on a simulated disk, in the order in which a server does. */
import type { OpenedStorage, StorageOpened } from '../replica/host-options.ts';
import type { LogIdentity } from '../storage/log-codec.ts';
import { type LogOpened, type LogOptions, openAcceptorLog } from '../storage/log-recovery.ts';
import { openStateStore, type StateOptions } from '../storage/state-recovery.ts';
import { StorageError } from '../storage/storage-error.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

interface Opening extends LogOptions {
  readonly identity: LogIdentity;
  readonly history: StateOptions;
  /** Of an observer; throws where a record is damaged. */
  readonly watch: (storage: OpenedStorage) => void;
}

/** With an observer, who reads all that is stored, and finds a damaged record before the replica does. */
export function openWatched(disk: SimulatedDisk, options: Opening, done: StorageOpened): void {
  openStorage(disk, options, (error, storage, state) => {
    if (error !== undefined || storage === undefined) return done(error, undefined, state);
    const damage = damageSeenBy(() => options.watch(storage));
    if (damage !== undefined) done(damage, undefined, storage.store);
    else done(undefined, storage);
  });
}

/** Whether it goes as far as the log reaches back. */
export function hasState(storage: OpenedStorage | undefined): boolean {
  if (storage === undefined) return false;
  const { base, floor } = storage.recovered;
  return storage.store.durablyApplied >= Math.max(base, floor);
}

function openStorage(disk: SimulatedDisk, options: Opening, done: StorageOpened): void {
  const { history, identity } = options;
  openStateStore(disk.state, identity, history, (error, store) => {
    if (error !== undefined || store === undefined) return done(error);
    const opened: LogOpened = (error, log, recovered) => {
      if (error !== undefined || log === undefined || recovered === undefined) {
        return done(error, undefined, store);
      }
      done(undefined, { log, recovered, store });
    };
    const { log, witness } = disk;
    openAcceptorLog(log, identity, store.durablyApplied, opened, { ...options, witness });
  });
}

function damageSeenBy(look: () => void): StorageError | undefined {
  try {
    look();
    return undefined;
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}
