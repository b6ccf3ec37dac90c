/**
 * The items that were last used, up to a number of bytes. Absent keys are held as well.
 *
 * What is to go is found by the clock algorithm: a hand goes round the entries, passes over each
 * that was used since it last came by, and drops the first that was not. So a hit costs one
 * assignment, and no entry is moved.
 */
import type { Key } from '../kv/key.ts';
import type { Held } from './state-layer.ts';

/** A map entry, the objects of an item, the headers of its buffers. */
const ENTRY_OVERHEAD_BYTES = 240;

interface CachedItem extends Held {
  wasUsed: boolean;
}

export class ItemCache {
  readonly #maxBytes: number;
  readonly #items = new Map<Key, CachedItem>();
  #hand = this.#items.entries();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** About what it holds: never above its limit after a `put`. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: Key): Held | undefined {
    const cached = this.#items.get(key);
    if (cached !== undefined) cached.wasUsed = true;
    return cached;
  }

  /** `value` as in `Held`. */
  put(key: Key, value: Uint8Array | undefined): void {
    const replaced = this.#items.get(key);
    if (replaced !== undefined) this.#bytes -= sizeOf(key, replaced.value);
    this.#items.set(key, { value, item: undefined, wasUsed: replaced !== undefined });
    this.#bytes += sizeOf(key, value);
    while (this.#bytes > this.#maxBytes) this.#dropOne();
  }

  #dropOne(): void {
    for (;;) {
      const next = this.#hand.next();
      if (next.done === true) {
        this.#hand = this.#items.entries();
        continue;
      }
      const [key, cached] = next.value;
      if (cached.wasUsed) {
        cached.wasUsed = false;
        continue;
      }
      this.#items.delete(key);
      this.#bytes -= sizeOf(key, cached.value);
      return;
    }
  }
}

function sizeOf(key: Key, value: Uint8Array | undefined): number {
  return key.length + (value?.length ?? 0) + ENTRY_OVERHEAD_BYTES;
}
