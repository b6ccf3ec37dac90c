/**
 * Changes that lie over the state's database: what one flush will write, or is writing. A layer
 * only ever grows, so that a reader that holds one can go on reading it.
 */
import type { Item } from '../kv/item.ts';
import type { Write } from '../kv/apply.ts';
import type { Key } from '../kv/key.ts';
import type { Change } from './change-list.ts';
import { END_OF_KEYS } from '../kv/system-key.ts';
import type { DatabaseWrite } from './database.ts';
import { currentKey, decodeValue, sealItem, supersededKey } from './state-records.ts';

/** What a key holds: the value of its record, and its item. Both absent: the key is. */
export interface Held {
  readonly value: Uint8Array | undefined;
  /** Decoded when it is first asked for. */
  item: Item | undefined;
}

export function itemOf(held: Held): Item | undefined {
  if (held.item === undefined && held.value !== undefined) held.item = decodeValue(held.value);
  return held.item;
}

/** An item that was superseded, or deleted, at a revision. */
export interface Superseded {
  readonly revision: number;
  readonly value: Uint8Array;
}

/** What the layer knows of a key: its current item, and those that it was before. */
interface KeyChange {
  readonly recordKey: Buffer;
  current: Held;
  /** By revision, ascending. */
  readonly superseded: Superseded[];
}

/** The record of a key's current item, as it is from now on; without a value it is gone. */
export interface Written {
  readonly recordKey: Buffer;
  readonly value: Uint8Array | undefined;
}

/** What a change costs besides its bytes: map entries, objects, headers of buffers. */
const CHANGE_OVERHEAD_BYTES = 128;

export class StateLayer {
  readonly #changes = new Map<Key, KeyChange>();
  /** In the order of their revisions. */
  readonly changes: Change[] = [];
  /** What it holds, about: each superseded item counts, and each write of a key. */
  bytes = 0;

  get(key: Key): Held | undefined {
    return this.#changes.get(key)?.current;
  }

  /** `before`: what the key held. The value of the item's records is made here, once. */
  put({ isExpired = false, item, key }: Write, before: Held, revision: number): Written {
    const known = this.#changes.get(key);
    const recordKey = known?.recordKey ?? currentKey(key);
    const value = item === undefined ? undefined : sealItem(recordKey, item);
    const current = { value, item };
    const superseded = known?.superseded ?? [];
    if (known === undefined) this.#changes.set(key, { recordKey, current, superseded });
    else known.current = current;
    if (before.value !== undefined) {
      superseded.push({ revision, value: before.value });
      this.bytes += before.value.length;
    }
    if (before.value !== undefined || value !== undefined) {
      const isDeleted = value === undefined;
      this.changes.push({ revision, key, superseded: before.value?.length, isDeleted, isExpired });
    }
    this.bytes += key.length + (value?.length ?? 0) + CHANGE_OVERHEAD_BYTES;
    return { recordKey, value };
  }

  /** In the order of their revisions. */
  changesAfter(revision: number): readonly Change[] {
    const last = this.changes.findLastIndex((change) => change.revision <= revision);
    return this.changes.slice(last + 1);
  }

  /** What the layer's current items are, key by key. */
  *current(): Generator<readonly [Key, Held]> {
    for (const [key, change] of this.#changes) yield [key, change.current];
  }

  /** The keys in the range, in no order; without an end, those of clients. */
  *keys(start: Key, end: Key = END_OF_KEYS): Generator<Key> {
    for (const key of this.#changes.keys()) {
      if (key >= start && key < end) yield key;
    }
  }

  /** The value of the layer's first item of the key that was superseded above the revision. */
  supersededAfter(key: Key, revision: number): Uint8Array | undefined {
    const superseded = this.#changes.get(key)?.superseded;
    return superseded?.find((item) => item.revision > revision)?.value;
  }

  /** The value that the revision superseded; `undefined`: it did not here, or there was none. */
  supersededAt(key: Key, revision: number): Uint8Array | undefined {
    const superseded = this.#changes.get(key)?.superseded;
    return superseded?.find((item) => item.revision === revision)?.value;
  }

  /** The items that the key was, the youngest first, and by which revisions they were superseded. */
  supersededOf(key: Key): readonly Superseded[] {
    return this.#changes.get(key)?.superseded.toReversed() ?? [];
  }

  /** One record for the current item of each key, one for each item that was superseded. */
  addWrites(writes: DatabaseWrite[]): void {
    for (const { recordKey, current, superseded } of this.#changes.values()) {
      if (current.value === undefined) writes.push({ key: recordKey });
      else writes.push({ key: recordKey, value: current.value });
      for (const { revision, value } of superseded) {
        writes.push({ key: supersededKey(recordKey, revision), value });
      }
    }
  }
}

/**
 * What the layers, the older one first, say of a key as of a revision: the first item that was
 * superseded above it, or else the newest of all. `undefined` where no layer knows the key.
 */
export function heldAfter(
  layers: readonly StateLayer[],
  key: Key,
  revision: number,
): { readonly value: Uint8Array | undefined } | undefined {
  let newest: Held | undefined;
  for (const layer of layers) {
    const value = layer.supersededAfter(key, revision);
    if (value !== undefined) return { value };
    newest = layer.get(key) ?? newest;
  }
  return newest;
}
