/**
 * The items that were last used, up to a number of bytes. Absent keys are held as well.
 *
 * What is to go is found by the clock algorithm: a hand goes round the entries, passes over each
 * that was used since it last came by, and drops the first that was not. So a hit costs one
 * assignment, and no entry is moved.
 *
 * Values are held as strings, a character a byte: a small buffer costs two objects, memory outside
 * of the heap and work for the collector, which together are more than an item of 256 bytes.
 */
import type { Key } from '../kv/key.ts';
import { asBuffer } from './bytes.ts';
import type { Held } from './state-layer.ts';

/** A map entry, the object, the header of its string. */
const ENTRY_OVERHEAD_BYTES = 120;

interface CachedValue {
  /** Of the record; `undefined`: the key is absent. */
  readonly text: string | undefined;
  wasUsed: boolean;
}

export class ItemCache {
  readonly #maxBytes: number;
  readonly #items = new Map<Key, CachedValue>();
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
    if (cached === undefined) return undefined;
    cached.wasUsed = true;
    const { text } = cached;
    return { value: text === undefined ? text : Buffer.from(text, 'latin1'), item: undefined };
  }

  /** `value` as in `Held`. */
  put(key: Key, value: Uint8Array | undefined): void {
    const replaced = this.#items.get(key);
    if (replaced !== undefined) this.#bytes -= sizeOf(key, replaced.text);
    const text = value === undefined ? value : asBuffer(value).toString('latin1');
    this.#items.set(key, { text, wasUsed: replaced !== undefined });
    this.#bytes += sizeOf(key, text);
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
      this.#bytes -= sizeOf(key, cached.text);
      return;
    }
  }
}

function sizeOf(key: Key, text: string | undefined): number {
  return key.length + (text?.length ?? 0) + ENTRY_OVERHEAD_BYTES;
}
