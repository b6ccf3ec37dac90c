/**
 * Applies what is taken over to a copy of the best state, with the applier and the store of a replica:
 * so a slot does here what it would have done there. The copy stays the old replica's; a new cluster
 * is made of it afterwards.
 */
import type { Command, Slot } from '../paxos/command.ts';
import { Applier } from '../replica/applier.ts';
import { DEFAULT_REPLICA_LIMITS } from '../replica/limits.ts';
import type { Database } from '../storage/database.ts';
import { REVISION_GAP } from '../storage/new-cluster.ts';
import {
  EMPTY_META,
  readMeta,
  type StateIdentity,
  type StateMeta,
  writeMeta,
} from '../storage/state-meta.ts';
import { META_KEY } from '../storage/state-records.ts';
import { openStateStore } from '../storage/state-recovery.ts';
import type { StateStore } from '../storage/state-store.ts';

export interface TakeoverOptions {
  readonly database: Database;
  readonly identity: StateIdentity;
  /** As all replicas of the old cluster had it: what a command did depends on it. */
  readonly changedKeys: number;
}

const { applyCommands, applyKeys, flushBytes, leases, once, unflushedBytes } =
  DEFAULT_REPLICA_LIMITS;

export async function openTakeover(options: TakeoverOptions): Promise<Takeover> {
  return new Takeover(options, await openStore(options));
}

export class Takeover {
  readonly #options: TakeoverOptions;
  #store: StateStore;
  #applier: Applier;
  /** Of the slot that is being applied. */
  #applied: () => void = () => undefined;
  #failed: (error: Error) => void = () => undefined;

  constructor(options: TakeoverOptions, store: StateStore) {
    this.#options = options;
    this.#store = store;
    this.#applier = this.#applierOf(store);
  }

  /** The slot after the last one. Rejects where the copy cannot be read or written. */
  async apply(slot: Slot, command: Command): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#applied = resolve;
      this.#failed = reject;
      this.#applier.push(slot, command);
      this.#applier.run();
    });
    if (this.#store.pendingBytes >= flushBytes) await this.#flush();
  }

  /**
   * Slots in which nothing is taken over. Where something is lost in them, revisions go on a gap higher,
   * so that no item ever bears one under which a client knows another.
   */
  async pass(upTo: Slot, isLost: boolean): Promise<void> {
    const meta = await this.finish();
    const revision = meta.revision + (isLost ? REVISION_GAP : 0);
    const { database, identity } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const passed = writeMeta(identity, { ...meta, appliedUpTo: upTo, revision });
      database.write([passed], { sync: true }, settle(resolve, reject));
    });
    this.#store = await openStore(this.#options);
    this.#applier = this.#applierOf(this.#store);
  }

  /** All that was applied is in the copy. */
  async finish(): Promise<StateMeta> {
    await this.#flush();
    const { database, identity } = this.#options;
    const stored = database.get(META_KEY);
    return stored === undefined ? EMPTY_META : readMeta(identity, stored);
  }

  #flush(): Promise<void> {
    return new Promise((resolve, reject) => this.#store.flush(settle(resolve, reject)));
  }

  #applierOf(store: StateStore): Applier {
    const { changedKeys } = this.#options;
    return new Applier({
      store,
      limits: { applyCommands, applyKeys, changedKeys, leases, once, unflushedBytes },
      defer: (resume) => void setImmediate(() => this.#guard(resume)),
      onAnswer: () => undefined,
      onApplied: () => this.#applied(),
      onFailed: (error) => this.#failed(error),
      watchDisk: () => () => undefined,
    });
  }

  /** What goes on in a later turn has nobody to throw to. */
  #guard(resume: () => void): void {
    try {
      resume();
    } catch (error) {
      this.#failed(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

function openStore({ database, identity }: TakeoverOptions): Promise<StateStore> {
  return new Promise((resolve, reject) => {
    openStateStore(database, identity, {}, (error, store) => {
      if (store === undefined) reject(error ?? new Error('the state did not open'));
      else resolve(store);
    });
  });
}

function settle(resolve: () => void, reject: (error: Error) => void) {
  return (error: Error | undefined): void => {
    if (error === undefined) resolve();
    else reject(error);
  };
}
