/**
 * Clients of this replica that stand in the queue of a lock. Who gets it is decided in the log; here it is
 * seen in the state, by the id of the command that asked.
 */
import type { CommandId } from '../kv/command-id.ts';
import type { Item } from '../kv/item.ts';
import type { Key } from '../kv/key.ts';
import { decodeLease, decodeLock, leaseKey, lockKey } from '../kv/lease-records.ts';

/** A lock that the client holds. */
export interface HeldLock {
  readonly fence: number;
  readonly lease: number;
  readonly ttlMs: number;
  readonly revision: number;
}

interface Wait {
  readonly waiter: CommandId;
  readonly done: (held: HeldLock) => void;
}

interface LockStore {
  readonly revision: number;
  item(key: Key): Item | undefined;
}

export class LockWaits {
  readonly #store: () => LockStore;
  /** By the key of the lock's record. */
  readonly #waits = new Map<Key, Set<Wait>>();

  constructor(store: () => LockStore) {
    this.#store = store;
  }

  get size(): number {
    let size = 0;
    for (const waits of this.#waits.values()) size += waits.size;
    return size;
  }

  /** `done` is called once at the most, perhaps at once. The returned function ends the wait. */
  add(name: Key, waiter: CommandId, done: (held: HeldLock) => void): () => void {
    const key = lockKey(name);
    const wait = { waiter, done };
    const waits = this.#waits.get(key) ?? new Set();
    this.#waits.set(key, waits.add(wait));
    this.#look(key);
    return () => this.#end(key, wait);
  }

  /** The state has changed in these keys of the system; `undefined`: it is another one. */
  applied(keys: readonly Key[] | undefined): void {
    if (this.#waits.size === 0) return;
    for (const key of keys ?? [...this.#waits.keys()]) if (this.#waits.has(key)) this.#look(key);
  }

  #look(key: Key): void {
    const store = this.#store();
    const item = store.item(key);
    if (item === undefined) return;
    const { fence, lease, owner } = decodeLock(item.value);
    const held = store.item(leaseKey(lease));
    if (held === undefined) return;
    const { ttlMs } = decodeLease(held.value);
    for (const wait of this.#waits.get(key) ?? []) {
      if (wait.waiter !== owner) continue;
      this.#end(key, wait);
      wait.done({ fence, lease, ttlMs, revision: store.revision });
    }
  }

  #end(key: Key, wait: Wait): void {
    const waits = this.#waits.get(key);
    waits?.delete(wait);
    if (waits?.size === 0) this.#waits.delete(key);
  }
}
