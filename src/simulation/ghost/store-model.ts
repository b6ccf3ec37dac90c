/**
 * The store as it is meant, in plain maps: what every replica's store is held against. It is written
 * anew from the API's description, and shares no code with the product's.
 */
import type { KeptAnswer } from '../../kv/answer.ts';
import type { Item } from '../../kv/item.ts';
import { DEFAULT_LEASE_LIMITS, type LeaseLimits, type LeaseOperation } from '../../kv/lease.ts';
import type { LifetimeWish } from '../../kv/lifetime.ts';
import type {
  Condition,
  Delete,
  Increment,
  Operation,
  Put,
  Revisions,
} from '../../kv/operation.ts';
import type { Transaction } from '../../kv/transaction.ts';
import { LeaseModel, type ModelMoment } from './lease-model.ts';
import { modelTransaction, sumOf } from './transaction-model.ts';
import { type ContentHash, EMPTY_HASH, itemHash, minus, plus } from './content-hash.ts';

export interface ModelWrite {
  readonly key: string;
  readonly item: Item | undefined;
  readonly isExpired?: boolean;
}

export interface ModelResult {
  readonly answer: KeptAnswer;
  readonly writes: readonly ModelWrite[];
}

interface Version {
  readonly revision: number;
  readonly item: Item | undefined;
  readonly isExpired: boolean;
}

export class StoreModel {
  readonly #maxChangedKeys: number;
  readonly #items = new Map<string, Item>();
  /** Of every key that ever was, ascending by revision. */
  readonly #versions = new Map<string, Version[]>();
  #hash: ContentHash = EMPTY_HASH;
  #revision = 0;
  readonly leases: LeaseModel;

  constructor(maxChangedKeys: number, leases: LeaseLimits = DEFAULT_LEASE_LIMITS) {
    this.#maxChangedKeys = maxChangedKeys;
    this.leases = new LeaseModel(leases, maxChangedKeys);
  }

  get revision(): number {
    return this.#revision;
  }

  /** Of all items. */
  get hash(): ContentHash {
    return this.#hash;
  }

  /** Every key that was ever written. */
  get keys(): Iterable<string> {
    return this.#versions.keys();
  }

  apply(operation: Operation, at: ModelMoment): ModelResult {
    switch (operation.type) {
      case 'put':
        return this.#put(operation, at);
      case 'delete':
        return this.#delete(operation);
      case 'deleteRange':
        return this.#deleteRange(operation.prefix);
      case 'increment':
        return this.#increment(operation);
      case 'transaction':
        return this.#transaction(operation, at);
      default:
        return this.#lease(operation, at);
    }
  }

  #lease(operation: LeaseOperation, at: ModelMoment): ModelResult {
    const next = this.#revision + 1;
    const { answer, gone, hasChanged } = this.leases.apply(operation, this.#items, at, next);
    if (!hasChanged) return this.#unchanged({ ...answer, revision: 0 });
    const writes = gone.map(({ isExpired, key }) => ({ key, item: undefined, isExpired }));
    return this.#changed({ ...answer, revision: next }, writes);
  }

  #put(operation: Put, { timeMs }: ModelMoment): ModelResult {
    const { key, value, contentType, condition, prev } = operation;
    const before = this.#items.get(key);
    if (!allows(condition, before)) return this.#failed(before);
    const lifetime = this.leases.lifetimeOf(operation.lifetime, timeMs);
    if (lifetime === 'gone') return this.#unchanged({ type: 'leaseGone', revision: 0 });
    const mortal = lifetime === undefined ? {} : { lifetime };
    const revision = this.#revision + 1;
    const version = before === undefined ? 1 : before.version + 1;
    const createRevision = before === undefined ? revision : before.createRevision;
    const created = before === undefined;
    const answer: KeptAnswer = { type: 'put', revision, version, created, key };
    const told = prev ? { ...answer, prev: before ?? null } : answer;
    const item = { value, contentType, createRevision, revision, version, ...mortal };
    return this.#changed(told, [{ key, item }]);
  }

  #delete({ key, condition, prev }: Delete): ModelResult {
    const before = this.#items.get(key);
    if (!allows(condition, before)) return this.#failed(before);
    if (before === undefined) return this.#unchanged({ type: 'absent', revision: 0 });
    const answer: KeptAnswer = { type: 'deleted', deleted: 1, revision: this.#revision + 1 };
    const told = prev ? { ...answer, prev: before } : answer;
    return this.#changed(told, [{ key, item: undefined }]);
  }

  #deleteRange(prefix: string): ModelResult {
    const keys = [...this.#items.keys()].filter((key) => key.startsWith(prefix));
    const max = this.#maxChangedKeys;
    if (keys.length > max) {
      return this.#unchanged({ type: 'tooManyKeys', revision: 0, max, actual: max + 1 });
    }
    if (keys.length === 0) return this.#unchanged({ type: 'deleted', deleted: 0, revision: 0 });
    const revision = this.#revision + 1;
    const writes = keys.toSorted().map((key) => ({ key, item: undefined }));
    return this.#changed({ type: 'deleted', deleted: keys.length, revision }, writes);
  }

  #increment({ by, condition, key }: Increment): ModelResult {
    const before = this.#items.get(key);
    if (!allows(condition, before)) return this.#failed(before);
    const number = sumOf(before, by);
    if (number === undefined) return this.#unchanged({ type: 'notANumber', revision: 0 });
    const revision = this.#revision + 1;
    const version = before === undefined ? 1 : before.version + 1;
    const createRevision = before === undefined ? revision : before.createRevision;
    const contentType = before === undefined ? 'text/plain' : before.contentType;
    const created = before === undefined;
    const value = new TextEncoder().encode(String(number));
    const mortal = before?.lifetime === undefined ? {} : { lifetime: before.lifetime };
    const item = { value, contentType, createRevision, revision, version, ...mortal };
    return this.#changed({ type: 'incremented', key, number, revision, version, created }, [
      { key, item },
    ]);
  }

  #transaction(transaction: Transaction, { timeMs }: ModelMoment): ModelResult {
    const next = this.#revision + 1;
    const maxChangedKeys = this.#maxChangedKeys;
    const lifetimeOf = (wish: LifetimeWish | undefined) => this.leases.lifetimeOf(wish, timeMs);
    const bounds = { maxChangedKeys, lifetimeOf };
    const outcome = modelTransaction(this.#items, transaction, next, bounds);
    const { after, answer, written } = outcome;
    if (after === undefined) return this.#unchanged({ ...answer, revision: 0 });
    const writes = Array.from(written, (key) => ({ key, item: after.get(key) }));
    return this.#changed({ ...answer, revision: next }, writes);
  }

  #failed(before: Item | undefined): ModelResult {
    const answer = { type: 'conditionFailed', revision: this.#revision } as const;
    if (before === undefined) return { answer, writes: [] };
    return { answer: { ...answer, current: before.revision }, writes: [] };
  }

  #unchanged(answer: KeptAnswer): ModelResult {
    return { answer: { ...answer, revision: this.#revision }, writes: [] };
  }

  #changed(answer: KeptAnswer, writes: readonly ModelWrite[]): ModelResult {
    this.#revision += 1;
    for (const { key, item, isExpired = false } of writes) {
      const before = this.#items.get(key);
      if (before !== undefined) this.#hash = minus(this.#hash, itemHash(key, before));
      if (item === undefined) this.#items.delete(key);
      else {
        this.#items.set(key, item);
        this.#hash = plus(this.#hash, itemHash(key, item));
      }
      const versions = this.#versions.get(key);
      const version = { revision: this.#revision, item, isExpired };
      if (versions === undefined) this.#versions.set(key, [version]);
      else versions.push(version);
    }
    return { answer, writes };
  }

  /** A command changed something that is no client's. */
  touch(): number {
    this.#revision += 1;
    return this.#revision;
  }

  /** What the key held at the revision. */
  itemAt(key: string, revision: number): Item | undefined {
    const versions = this.#versions.get(key) ?? [];
    for (let index = versions.length - 1; index >= 0; index -= 1) {
      const version = versions[index];
      if (version !== undefined && version.revision <= revision) return version.item;
    }
    return undefined;
  }

  overdue(timeMs: number): string | undefined {
    const key = [...this.#items].find(
      ([, { lifetime }]) => lifetime?.type === 'until' && lifetime.untilMs <= timeMs,
    );
    return key?.[0] ?? this.leases.overdue(timeMs);
  }

  /** Whether the key was deleted at this revision because its time was up. */
  expiredAt(key: string, revision: number): boolean {
    const versions = this.#versions.get(key) ?? [];
    return versions.find((version) => version.revision === revision)?.isExpired ?? false;
  }

  /** Keys that had an item at the revision, from `start` to before `end`, in order. */
  keysAt(revision: number, start: string, end: string | undefined): string[] {
    const keys: string[] = [];
    for (const key of this.#versions.keys()) {
      if (key < start || (end !== undefined && key >= end)) continue;
      if (this.itemAt(key, revision) !== undefined) keys.push(key);
    }
    return keys.toSorted();
  }
}

function allows(condition: Condition | undefined, item: Item | undefined): boolean {
  const { ifMatch, ifNoneMatch } = condition ?? {};
  if (ifMatch !== undefined && !names(ifMatch, item)) return false;
  return ifNoneMatch === undefined || !names(ifNoneMatch, item);
}

/** Nothing names an item that is not there. */
function names(revisions: Revisions, item: Item | undefined): boolean {
  return item !== undefined && (revisions === '*' || revisions.includes(item.revision));
}
