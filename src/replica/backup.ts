/**
 * A backup of everything that was acknowledged when it was asked for: the replica asks its leader up
 * to where that is, waits until its own state on the disk holds it, and reads that moment, piece by
 * piece, while it goes on.
 */
import type { Slot } from '../paxos/command.ts';
import { BackupWriter } from '../storage/backup-file.ts';
import type { Entry } from '../storage/database.ts';
import { checkStateRecord, META_KEY } from '../storage/state-records.ts';
import { DamagedStateError, StorageError } from '../storage/storage-error.ts';
import type { StateView } from '../storage/state-view.ts';
import type { Backup, BackupOutcome } from './api.ts';
import type { Clock, Scheduler } from './ports.ts';
import type { Replica } from './replica.ts';

const PIECE_BYTES = 256 * 1024;

export interface BackupOptions {
  readonly replica: Replica;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly tickMs: number;
  /** For the wait before its first byte. */
  readonly deadlineMs: number;
}

export function openBackup(options: BackupOptions, done: (outcome: BackupOutcome) => void): void {
  const { deadlineMs, replica } = options;
  replica.read({ level: 'linearizable', deadlineMs }, (grant) => {
    if (grant.type === 'granted') waitForDisk(options, grant.readIndex, done);
    else done({ type: 'notDone', reason: grant.reason });
  });
}

/** The state is written every so often, whatever it holds. */
function waitForDisk(
  options: BackupOptions,
  upTo: Slot,
  done: (outcome: BackupOutcome) => void,
): void {
  const { clock, deadlineMs, replica, scheduler, tickMs } = options;
  const untilMs = clock.nowMs() + deadlineMs;
  const look = (): BackupOutcome | undefined => {
    if (replica.isStopped) return { type: 'notDone', reason: 'notReady' };
    if (replica.store.durablyApplied >= upTo) return begin(options);
    return clock.nowMs() >= untilMs ? { type: 'notDone', reason: 'deadline' } : undefined;
  };
  const outcome = look();
  if (outcome !== undefined) return done(outcome);
  const stop = scheduler.every(tickMs, () => {
    const later = look();
    if (later === undefined) return;
    stop();
    done(later);
  });
}

function begin({ clock, replica }: BackupOptions): BackupOutcome {
  const view = viewOf(replica);
  if (view === undefined) return { type: 'notDone', reason: 'notReady' };
  const { clusterId } = replica.core.membership;
  const watchDisk = (): (() => void) => replica.disk.begin(clock.nowMs());
  return { type: 'backup', backup: new OpenBackup(view, clusterId, watchDisk) };
}

function viewOf({ store }: Replica): StateView | undefined {
  try {
    return store.openView();
  } catch (error) {
    if (!(error instanceof DamagedStateError)) throw error;
    store.onDamage(error);
    return undefined;
  }
}

/** What is damaged is in no backup. */
function problemIn(entries: readonly Entry[]): StorageError | undefined {
  try {
    for (const entry of entries) if (!META_KEY.equals(entry[0])) checkStateRecord(entry);
    return undefined;
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}

class OpenBackup implements Backup {
  readonly slot: Slot;
  readonly clusterId: string;
  readonly #view: StateView;
  readonly #watchDisk: () => () => void;
  readonly #writer = new BackupWriter();
  #after: Uint8Array | undefined;
  #stage: 'head' | 'records' | 'end' = 'head';

  constructor(view: StateView, clusterId: string, watchDisk: () => () => void) {
    this.#view = view;
    this.slot = view.slot;
    this.clusterId = clusterId;
    this.#watchDisk = watchDisk;
  }

  next(done: (error: Error | undefined, piece: Uint8Array | undefined) => void): void {
    switch (this.#stage) {
      case 'head': {
        this.#stage = 'records';
        const { epoch, revision, slot } = this.#view;
        const { clusterId } = this;
        return done(undefined, this.#writer.head({ clusterId, epoch, slot, revision }));
      }
      case 'records':
        return this.#readRecords(done);
      case 'end':
        return done(undefined, undefined);
    }
  }

  close(): void {
    this.#view.close();
  }

  #readRecords(done: (error: Error | undefined, piece: Uint8Array | undefined) => void): void {
    const end = this.#watchDisk();
    this.#view.read(this.#after, PIECE_BYTES, (error, { entries, more }) => {
      end();
      const problem = error ?? problemIn(entries);
      if (problem !== undefined) return done(problem, undefined);
      const [key] = entries.at(-1) ?? [];
      this.#after = key ?? this.#after;
      if (more) return done(undefined, this.#writer.frame(entries));
      this.#stage = 'end';
      const isWhole = key !== undefined && META_KEY.equals(key);
      if (!isWhole) return done(new Error('the state has no meta record'), undefined);
      done(undefined, this.#writer.lastFrame(entries));
    });
  }
}
