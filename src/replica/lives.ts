/**
 * The lives of a replica within one process: it opens the log and the state of its cluster and works
 * on them. Where a peer's state takes the place of its own, or its own turns out to be wrong, it
 * begins anew, as after a restart: so nothing in memory outlives what it was read from.
 */
import type { Key } from '../kv/key.ts';
import type { Slot } from '../paxos/command.ts';
import { latestOf, type Membership } from '../paxos/membership.ts';
import { drawHex } from './draw-hex.ts';
import { findEpoch, firstGap } from './first-core.ts';
import { guard } from './guard.ts';
import type { HostOptions, OpenedStorage } from './host-options.ts';
import type { StateStore } from '../storage/state-store.ts';
import {
  BrokenChainError,
  DamagedRecordError,
  DamagedStateError,
} from '../storage/storage-error.ts';
import { missingState } from './missing-state.ts';
import type { Onlookers } from './onlookers.ts';
import { readThrough } from './read-through.ts';
import { Replica } from './replica.ts';
import type { Scrub } from './scrub.ts';
import { Snapshots, type SnapshotsOptions } from './snapshots.ts';
import { markIfBehind, SUSPECT_ADVICE } from './witnesses.ts';

/** While no replica works on the disk, nobody leads from it. */
const NOTHING_WATCHED = (): void => undefined;

export interface LivesOptions extends HostOptions {
  readonly onlookers: Onlookers;
  readonly onSending: SnapshotsOptions['onSending'];
}

export class Lives {
  readonly snapshots: Snapshots;
  readonly #options: LivesOptions;
  readonly #onApplied: (system: readonly Key[] | undefined) => void;
  #replica: Replica | undefined;
  #storage: OpenedStorage | undefined;
  #scrub: Scrub | undefined;
  /** Its log cannot be read, and peers may have its state: who belongs to the cluster, by that state. */
  #lent: Membership | undefined;
  #waitsFor = 'opening its log and its state';
  #isClosed = false;
  /** Goes up with each life, and with each end of one. */
  #turn = 0;

  /** `onApplied`: the state has changed, also in these keys of the system; `undefined`: it is another one. */
  constructor(options: LivesOptions, onApplied: (system: readonly Key[] | undefined) => void) {
    this.#options = options;
    this.#onApplied = onApplied;
    this.snapshots = new Snapshots({
      ...options,
      onFatal: (error) => this.#sendingFailed(error),
      drawId: () => drawHex(options.drawInteger, 32),
      watchDisk: () => this.#watchDisk(),
      onSent: (to, slot) => this.#replica?.trimmer.hold(to, slot, options.clock.nowMs()),
      onComplete: (slot) => this.#install(slot),
    });
  }

  get replica(): Replica | undefined {
    return this.#replica;
  }

  /** As the log or the state tells it; `undefined`: neither does as yet. */
  get membership(): Membership | undefined {
    return this.#replica?.core.membership ?? this.#lent;
  }

  #watchDisk(): () => void {
    return this.#replica?.disk.begin(this.#options.clock.nowMs()) ?? NOTHING_WATCHED;
  }

  /** Why no replica works on what is opened. */
  get waitsFor(): string {
    return this.#waitsFor;
  }

  /** No life begins any more; the last one goes on until it is closed. */
  close(): void {
    this.#isClosed = true;
    this.snapshots.stop();
    this.#scrub?.close();
  }

  /** Opens what belongs to the cluster of this genesis, and works on it. */
  begin(membership: Membership): void {
    const { onFatal, openStorage } = this.#options;
    this.#turn += 1;
    openStorage(membership, (error, storage, state) => {
      if (error instanceof DamagedStateError) {
        guard(this.#options, () => this.#discard(error.message));
      } else if (isLogDamage(error)) {
        guard(this.#options, () => this.#giveUpLog(error.message, state));
      } else if (error !== undefined || storage === undefined) {
        onFatal(error ?? new Error('the storage did not open'));
      } else if (!this.#isClosed) {
        guard(this.#options, () => this.#run(membership, storage));
      }
    });
  }

  #run(membership: Membership, storage: OpenedStorage): void {
    const options = this.#options;
    markIfBehind(options.directory, storage.recovered);
    this.#storage = storage;
    this.snapshots.begin(membership, storage.store);
    const missing = missingState(membership, storage);
    if (missing !== undefined) {
      this.#waitsFor = missing.reason;
      options.observe({ type: 'rebuilds', ...missing });
      return this.snapshots.rebuild(missing.above);
    }
    this.#waitsFor = 'reads its state through, and checks it';
    this.#scrub = readThrough(options, storage.store, {
      watchDisk: () => this.#watchDisk(),
      onServable: () => this.#work(membership, storage),
      onDamaged: ({ message }) => this.#discard(message),
      onFatal: options.onFatal,
    });
  }

  #work(membership: Membership, storage: OpenedStorage): void {
    const { drawInteger, ...options } = this.#options;
    const epoch = findEpoch(membership, storage.store, storage.recovered);
    const gap = firstGap(epoch, storage);
    if (gap !== undefined) {
      const reason = `slot ${gap} is chosen, as the log itself says, and is not in it any more`;
      return this.#later(() => this.#giveUpLog(reason, storage.store));
    }
    const onMembership = (next: Membership): void => {
      this.snapshots.setMembership(next);
      options.onMembership(next);
    };
    onMembership(epoch.membership);
    const replica: Replica = new Replica({
      ...options,
      ...storage,
      onMembership,
      epoch,
      seed: drawInteger(32),
      firstNonce: drawInteger(52),
      bootNonce: drawHex(drawInteger, 16),
      onFatal: (error) => this.#failed(replica, error),
      onApplied: this.#onApplied,
      onWrongState: (reason) => {
        options.observe({ type: 'diverged', reason });
        options.scheduler.defer(() => {
          if (this.#replica === replica) guard(options, () => this.#renew());
        });
      },
      fetchSnapshot: (from, above, failed) => {
        if (this.#isClosed) failed();
        else this.snapshots.pull(from, above, failed);
      },
    });
    this.#replica = replica;
    this.#onApplied(undefined);
  }

  /**
   * The staged state takes the place of this one. What waits is settled as at any end; nothing that
   * is on its way to the log is lost, as the core begins anew on what is there then.
   */
  #install(slot: Slot): boolean {
    const { genesis } = this.#options.directory;
    const storage = this.#storage;
    if (storage === undefined || genesis === undefined || this.#isClosed) return false;
    const { base, floor } = storage.recovered;
    if (slot <= storage.store.appliedUpTo || slot < Math.max(base, floor)) return false;
    this.#waitsFor = 'beginning anew on the state of a peer';
    this.#beginAnew(genesis, (adopt) => storage.log.noteBase(slot, adopt));
    return true;
  }

  /**
   * Records of the state that are damaged are no reason to end: others hold them too. Nor are those of
   * the log, where votes are forgotten with them: it is suspect then.
   */
  #failed(replica: Replica, error: Error): void {
    const { onFatal, scheduler } = this.#options;
    const isOfState = error instanceof DamagedStateError;
    if (!isOfState && !isLogDamage(error)) return onFatal(error);
    scheduler.defer(() => {
      if (this.#replica !== replica) return;
      guard(this.#options, () => {
        if (isOfState) this.#discard(error.message);
        else this.#giveUpLog(error.message, this.#storage?.store);
      });
    });
  }

  /** What a peer asked for cannot be read. */
  #sendingFailed(error: Error): void {
    if (this.#replica !== undefined) return this.#failed(this.#replica, error);
    if (this.#lent !== undefined) return this.#later(() => this.#lendNoMore(error));
    if (!(error instanceof DamagedStateError)) return this.#options.onFatal(error);
    this.#later(() => this.#discard(error.message));
  }

  /** Not from within what it ends; and not at all once something else has begun. */
  #later(run: () => void): void {
    const turn = this.#turn;
    this.#options.scheduler.defer(() => {
      if (this.#turn === turn) guard(this.#options, run);
    });
  }

  /** No life begins on this log any more. It stays as it is, until the replica is let in again. */
  #giveUpLog(reason: string, state: StateStore | undefined): void {
    const { directory, observe } = this.#options;
    this.#turn += 1;
    directory.storeSuspicion(reason);
    observe({ type: 'suspect', reason });
    this.#waitsFor = `suspect: ${reason}; ${SUSPECT_ADVICE}`;
    const told = [directory.genesis, state?.epoch.membership, this.#replica?.core.membership];
    this.#replica?.close('notReady');
    this.#replica = undefined;
    this.#scrub?.close();
    this.snapshots.stop();
    if (state !== undefined && state.durablyApplied > 0 && !this.#isClosed) {
      this.#lend(state, latestOf(told));
    }
  }

  /**
   * With its log it may have forgotten votes; what its state holds was chosen all the same, and may be
   * nowhere else. So peers that have to have a state may have this one, once all of it was read. It
   * is a help, and no more: where it cannot be read, the replica goes on without it.
   */
  #lend(store: StateStore, membership: Membership | undefined): void {
    if (membership === undefined) return;
    const options = this.#options;
    const handlers = {
      watchDisk: () => this.#watchDisk(),
      onServable: (): void => {
        this.#lent = membership;
        options.onMembership(membership);
        this.snapshots.begin(membership, store);
      },
      onDamaged: (error: Error): void => this.#lendNoMore(error),
      onFatal: (error: Error): void => this.#lendNoMore(error),
    };
    const limits = { ...options.limits.scrub, waitMs: Number.POSITIVE_INFINITY };
    this.#scrub = readThrough(options, store, handlers, limits);
  }

  #lendNoMore({ message }: Error): void {
    this.#turn += 1;
    this.#lent = undefined;
    this.#scrub?.close();
    this.snapshots.stop();
    this.#waitsFor += `; of its state no peer gets anything: ${message}`;
  }

  #discard(reason: string): void {
    this.#options.observe({ type: 'damagedState', reason });
    this.#renew();
  }

  /** Nothing of its state is served any more: it is thrown away, and had anew. */
  #renew(): void {
    const { genesis } = this.#options.directory;
    if (genesis === undefined || this.#isClosed) return;
    this.#waitsFor = 'its state was not as it should be, and is had anew';
    this.#beginAnew(genesis, (adopt) => this.#options.staging.open(true, adopt));
  }

  #beginAnew(genesis: Membership, stage: (adopt: (error?: Error) => void) => void): void {
    const { onFatal, staging } = this.#options;
    this.#turn += 1;
    const replica = this.#replica;
    replica?.close('notReady');
    this.#replica = undefined;
    this.#scrub?.close();
    this.snapshots.stop();
    const adopt = (error?: Error): void => {
      if (error !== undefined) return onFatal(error);
      if (this.#isClosed) return;
      guard(this.#options, () => staging.adopt());
      this.begin(genesis);
    };
    const begin = (error?: Error): void => {
      if (error !== undefined) onFatal(error);
      else stage(adopt);
    };
    if (replica === undefined) begin();
    else replica.whenIdle(begin);
  }
}

function isLogDamage(error: Error | undefined): error is BrokenChainError | DamagedRecordError {
  return error instanceof BrokenChainError || error instanceof DamagedRecordError;
}
