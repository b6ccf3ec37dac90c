/**
 * What happened after a revision, key by key, in order: from the lists of changes (change-list.ts) as far
 * as they are flushed, and from the layers above. All changes of one revision come together.
 */
import type { Item } from '../kv/item.ts';
import type { Key } from '../kv/key.ts';
import { isInRange, type KeyRange } from '../kv/prefix.ts';
import { type Change, OpenList } from './change-list.ts';
import type { Entry } from './database.ts';
import { bytesAfter } from './range-scan.ts';
import {
  checkItem,
  currentKey,
  decodeValue,
  END_OF_HISTORY,
  historyListKey,
  scanKey,
  supersededKey,
} from './state-records.ts';
import type { StateSource } from './state-source.ts';
import { caught, DamagedStateError, StorageError } from './storage-error.ts';

export interface ChangedItem {
  readonly revision: number;
  readonly key: Key;
  /** What the key has held since; `undefined`: it was deleted. */
  readonly item: Item | undefined;
  /** What it held before; `undefined`: nothing, or it was not asked for. */
  readonly before: Item | undefined;
  /** Deleted because its time was up. */
  readonly isExpired: boolean;
}

export interface ChangesQuery {
  /** Those of higher revisions are wanted. */
  readonly after: number;
  readonly range: KeyRange;
  /** Whether what the keys held before is wanted too. */
  readonly withBefore: boolean;
  /** After so many changes, or so many bytes of items, no further revision is begun. */
  readonly limit: number;
  readonly maxBytes: number;
}

export type Changes =
  /** All that there were in the range up to the revision `upTo`, which is that of the state, or below. */
  | { readonly type: 'changes'; readonly changes: readonly ChangedItem[]; readonly upTo: number }
  /** Some of them are deleted, or were while they were read. */
  | { readonly type: 'compacted'; readonly oldestRevision: number };

export type ChangesDone = (error: Error | undefined, changes: Changes) => void;

const LISTS = 16;
const LIST_BYTES = 512 * 1024;

export function readChanges(
  source: () => StateSource,
  query: ChangesQuery,
  done: ChangesDone,
): void {
  new ChangeReader(source, query, done).start();
}

class ChangeReader {
  readonly #source: () => StateSource;
  readonly #query: ChangesQuery;
  readonly #done: ChangesDone;
  readonly #at: StateSource;
  #found: readonly Change[] = [];
  readonly #changes: ChangedItem[] = [];
  #bytes = 0;
  #upTo: number;

  constructor(source: () => StateSource, query: ChangesQuery, done: ChangesDone) {
    this.#source = source;
    this.#query = query;
    this.#done = done;
    this.#at = source();
    this.#upTo = Math.max(query.after, this.#at.revision);
  }

  start(): void {
    const { after } = this.#query;
    const { database, flushed, oldestRevision } = this.#at;
    if (after < oldestRevision) return this.#compacted();
    if (after >= flushed) return this.#resolve(this.#select([]));
    const range = { gte: historyListKey(after + 1), lt: END_OF_HISTORY };
    database.scan({ ...range, limit: LISTS, maxBytes: LIST_BYTES }, (error, entries, more) => {
      if (error !== undefined) return this.#fail(error);
      const selected = caught(() => this.#listed(entries, more));
      if (selected instanceof StorageError) this.#fail(selected);
      else this.#resolve(selected);
    });
  }

  /** Of the lists, and where they are all, of the layers. Throws a `DamagedStateError`. */
  #listed(entries: readonly Entry[], more: boolean): readonly Change[] {
    const listed: Change[] = [];
    for (const [recordKey, value] of entries) {
      const list = new OpenList(recordKey, value);
      while (list.nextRevision !== undefined) listed.push(list.take());
    }
    if (!more) return this.#select(listed);
    this.#upTo = Math.min(this.#upTo, listed.at(-1)?.revision ?? 0);
    return this.#within(listed);
  }

  #select(listed: readonly Change[]): readonly Change[] {
    const last = listed.at(-1)?.revision ?? 0;
    const after = Math.max(last, this.#query.after);
    const above = this.#at.layers.flatMap((layer) => layer.changesAfter(after));
    return this.#within([...listed, ...above]);
  }

  #within(changes: readonly Change[]): readonly Change[] {
    const { after, limit, range } = this.#query;
    const within: Change[] = [];
    for (const change of changes) {
      const { key, revision } = change;
      if (revision <= after || revision > this.#upTo) continue;
      const last = within.at(-1)?.revision ?? revision;
      if (within.length >= limit && revision > last) {
        this.#upTo = revision - 1;
        break;
      }
      if (isInRange(key, range)) within.push(change);
    }
    return within;
  }

  #resolve(found: readonly Change[]): void {
    this.#found = found;
    this.#next();
  }

  /** Each change that can be told without a scan; then one that cannot. */
  #next(): void {
    for (;;) {
      const change = this.#found[this.#changes.length];
      if (change === undefined || this.#isFullBefore(change)) return this.#end();
      const changed = caught(() => this.#changed(change));
      if (changed instanceof StorageError) return this.#fail(changed);
      if (changed === undefined) return this.#scan(change);
      this.#push(changed);
    }
  }

  #push(changed: ChangedItem): void {
    this.#changes.push(changed);
    this.#bytes += (changed.item?.value.length ?? 0) + (changed.before?.value.length ?? 0);
  }

  #isFullBefore({ revision }: Change): boolean {
    const last = this.#changes.at(-1)?.revision ?? revision;
    if (this.#bytes < this.#query.maxBytes || last === revision) return false;
    this.#upTo = revision - 1;
    return true;
  }

  /** `undefined`: its item is history that has to be looked for. */
  #changed(change: Change): ChangedItem | undefined {
    const { key, revision } = change;
    if (change.isDeleted) return this.#told(change, undefined);
    const item = this.#layered(key, revision) ?? this.#current(key, revision);
    return item === undefined ? undefined : this.#told(change, item);
  }

  #told(change: Change, item: Item | undefined): ChangedItem {
    const { key, revision } = change;
    const { isExpired } = change;
    return { revision, key, item, before: this.#before(change), isExpired };
  }

  /** The item of the key that has this revision, where a layer knows it. */
  #layered(key: Key, revision: number): Item | undefined {
    for (const layer of this.#at.layers) {
      const value = layer.supersededAfter(key, revision) ?? layer.get(key)?.value;
      const item = value === undefined ? undefined : decodeValue(value);
      if (item?.revision === revision) return item;
    }
    return undefined;
  }

  #current(key: Key, revision: number): Item | undefined {
    const item = this.#stored(currentKey(key), key);
    return item?.revision === revision ? item : undefined;
  }

  #before({ key, revision, superseded }: Change): Item | undefined {
    if (!this.#query.withBefore || superseded === undefined) return undefined;
    for (const layer of this.#at.layers) {
      const value = layer.supersededAt(key, revision);
      if (value !== undefined) return decodeValue(value);
    }
    return this.#stored(supersededKey(currentKey(key), revision), key);
  }

  #stored(recordKey: Uint8Array, key: Key): Item | undefined {
    const value = this.#at.database.get(recordKey);
    return value === undefined ? undefined : itemOf([recordKey, value], key);
  }

  #scan(change: Change): void {
    const { key, revision } = change;
    const lt = bytesAfter(currentKey(key));
    const range = { gte: scanKey(key, revision + 1), lt, limit: 1 };
    this.#at.database.scan(range, (error, [entry]) => {
      if (error !== undefined) return this.#fail(error);
      const changed = caught(() => {
        const item = entry === undefined ? undefined : itemOf(entry, key);
        return item?.revision === revision ? this.#told(change, item) : undefined;
      });
      if (changed instanceof StorageError) return this.#fail(changed);
      if (this.#query.after < this.#source().oldestRevision) return this.#compacted();
      if (changed === undefined) return this.#fail(missing(change));
      this.#push(changed);
      this.#next();
    });
  }

  #end(): void {
    if (this.#query.after < this.#source().oldestRevision) return this.#compacted();
    this.#done(undefined, { type: 'changes', changes: this.#changes, upTo: this.#upTo });
  }

  #compacted(): void {
    const { oldestRevision } = this.#source();
    this.#done(undefined, { type: 'compacted', oldestRevision });
  }

  #fail(error: Error): void {
    this.#done(error, { type: 'compacted', oldestRevision: this.#at.oldestRevision });
  }
}

/** Throws a `DamagedStateError`. */
function itemOf([, value]: Entry, key: Key): Item {
  checkItem(currentKey(key), key, value);
  return decodeValue(value);
}

function missing({ key, revision }: Change): DamagedStateError {
  const name = `the item of key ${JSON.stringify(key)} of revision ${revision}`;
  return new DamagedStateError(name, 'it is missing');
}
