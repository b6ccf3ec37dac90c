/** Opens log and state on a simulated disk, in the order in which a server does. */
import type { StorageOpened } from '../replica/host-options.ts';
import type { LogIdentity } from '../storage/log-codec.ts';
import { type LogOpened, type LogOptions, openAcceptorLog } from '../storage/log-recovery.ts';
import { openStateStore, type StateOptions } from '../storage/state-recovery.ts';
import { StorageError } from '../storage/storage-error.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

export function openStorage(
  disk: SimulatedDisk,
  options: LogOptions & { readonly identity: LogIdentity; readonly history: StateOptions },
  done: StorageOpened,
): void {
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

/** An observer who reads all that is stored finds a damaged record before the replica does. */
export function damageSeenBy(look: () => void): StorageError | undefined {
  try {
    look();
    return undefined;
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}
