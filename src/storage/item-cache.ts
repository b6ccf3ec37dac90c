/**
 * The items that were last used, up to a number of bytes. Absent keys are held as well.
 *
 * It has two generations: what is used moves to the young one, and when that is full it becomes
 * the old one, whose predecessor is dropped. So a hit costs no reordering, and what was used
 * within the last half of the bytes is there.
 */
import type { Key } from '../kv/key.ts';
import type { Held } from './state-layer.ts';

/** A map entry, the objects of an item, the headers of its buffers. */
const ENTRY_OVERHEAD_BYTES = 240;

export class ItemCache {
  readonly #generationBytes: number;
  #young = new Map<Key, Held>();
  #old = new Map<Key, Held>();
  #youngBytes = 0;

  constructor(maxBytes: number) {
    this.#generationBytes = maxBytes / 2;
  }

  get(key: Key): Held | undefined {
    const held = this.#young.get(key);
    if (held !== undefined) return held;
    const aged = this.#old.get(key);
    if (aged !== undefined) this.put(key, aged);
    return aged;
  }

  put(key: Key, held: Held): void {
    const replaced = this.#young.get(key);
    if (replaced !== undefined) this.#youngBytes -= sizeOf(key, replaced);
    this.#young.set(key, held);
    this.#youngBytes += sizeOf(key, held);
    if (this.#youngBytes <= this.#generationBytes) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }
}

function sizeOf(key: Key, held: Held): number {
  return key.length + (held.encoded?.length ?? 0) + ENTRY_OVERHEAD_BYTES;
}
