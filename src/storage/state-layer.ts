/**
 * Changes that lie over the state's database: what one flush will write, or is writing. A layer
 * only ever grows, so that a reader that holds one can go on reading it.
 */
import { decodeItem, encodeItem, type Item } from '../kv/item.ts';
import type { Key } from '../kv/key.ts';
import type { DatabaseWrite } from './database.ts';
import { currentKey, sealRecord, supersededKey } from './state-records.ts';

/** An item and its bytes; both absent: the key is absent. */
export interface Held {
  readonly encoded: Uint8Array | undefined;
  /** Decoded when it is first asked for. */
  item: Item | undefined;
}

export const ABSENT: Held = { encoded: undefined, item: undefined };

export function itemOf(held: Held): Item | undefined {
  if (held.item === undefined && held.encoded !== undefined) held.item = decodeItem(held.encoded);
  return held.item;
}

/** An item that was superseded, or deleted, at a revision. */
export interface Superseded {
  readonly revision: number;
  readonly encoded: Uint8Array;
}

/** What the layer knows of a key: its current item, and those that it was before. */
interface Change {
  current: Held;
  /** By revision, ascending. */
  readonly superseded: Superseded[];
}

/** The place of a superseded item, for its deletion. */
export interface HistoryPlace {
  readonly key: Key;
  readonly revision: number;
}

/** What a change costs besides its bytes: map entries, objects, headers of buffers. */
const CHANGE_OVERHEAD_BYTES = 128;

export class StateLayer {
  readonly #changes = new Map<Key, Change>();
  /** In the order of their revisions. */
  readonly history: HistoryPlace[] = [];
  /** What it holds, about: each superseded item counts, and each write of a key. */
  bytes = 0;

  get(key: Key): Held | undefined {
    return this.#changes.get(key)?.current;
  }

  /** `before`: what the key held. The item is encoded here, once. */
  put(key: Key, item: Item | undefined, before: Held, revision: number): void {
    const encoded = item === undefined ? undefined : encodeItem(item);
    const current = { encoded, item };
    let change = this.#changes.get(key);
    if (change === undefined) {
      change = { current, superseded: [] };
      this.#changes.set(key, change);
    } else {
      change.current = current;
    }
    if (before.encoded !== undefined) {
      change.superseded.push({ revision, encoded: before.encoded });
      this.history.push({ key, revision });
      this.bytes += before.encoded.length;
    }
    this.bytes += key.length + (encoded?.length ?? 0) + CHANGE_OVERHEAD_BYTES;
  }

  /** What the layer's current items are, key by key. */
  *current(): Generator<readonly [Key, Held]> {
    for (const [key, change] of this.#changes) yield [key, change.current];
  }

  /** The keys in the range, in no order. */
  *keys(start: Key, end: Key | undefined): Generator<Key> {
    for (const key of this.#changes.keys()) {
      if (key >= start && (end === undefined || key < end)) yield key;
    }
  }

  /** The layer's first item of the key that was superseded above the revision. */
  supersededAfter(key: Key, revision: number): Uint8Array | undefined {
    const superseded = this.#changes.get(key)?.superseded;
    return superseded?.find((item) => item.revision > revision)?.encoded;
  }

  /** One record for the current item of each key, one for each item that was superseded. */
  addWrites(writes: DatabaseWrite[]): void {
    for (const [key, { current, superseded }] of this.#changes) {
      const recordKey = currentKey(key);
      if (current.encoded === undefined) writes.push({ key: recordKey });
      else writes.push({ key: recordKey, value: sealRecord(recordKey, current.encoded) });
      for (const { revision, encoded } of superseded) {
        const historyKey = supersededKey(key, revision);
        writes.push({ key: historyKey, value: sealRecord(historyKey, encoded) });
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
): { readonly encoded: Uint8Array | undefined } | undefined {
  let newest: Held | undefined;
  for (const layer of layers) {
    const encoded = layer.supersededAfter(key, revision);
    if (encoded !== undefined) return { encoded };
    newest = layer.get(key) ?? newest;
  }
  return newest;
}
