/** A page of current or former items, in the order of their keys. */
import type { Item } from '../kv/item.ts';
import type { Key } from '../kv/key.ts';

export interface PageQuery {
  /** Inclusive. */
  readonly start: Key;
  /** Exclusive; `undefined`: the end of all keys. */
  readonly end: Key | undefined;
  readonly revision: number;
  readonly limit: number;
  /** Of keys and values; the first item is taken whatever its size. */
  readonly maxBytes: number;
}

export interface PageEntry {
  readonly key: Key;
  readonly item: Item;
}

export type Page =
  /** `next`: the first key that found no room; `undefined`: there is none. */
  | {
      readonly type: 'page';
      readonly entries: readonly PageEntry[];
      readonly next: Key | undefined;
    }
  /** The revision's history is deleted, or was while the page was read. */
  | { readonly type: 'compacted'; readonly oldestRevision: number }
  /** The revision is above the state's. */
  | { readonly type: 'ahead'; readonly revision: number };

export type PageDone = (error: Error | undefined, page: Page) => void;
