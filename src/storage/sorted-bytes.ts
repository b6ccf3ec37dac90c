/** A map from bytes to bytes that knows the order of its keys. */
import { asBuffer } from './bytes.ts';
import type { DatabaseWrite, Entry } from './database.ts';

export class SortedBytes {
  /** Each character of a key is one byte: the order of such strings is that of the bytes. */
  readonly #values = new Map<string, Uint8Array>();
  /** The keys of `#values`, in order. */
  readonly #keys: string[] = [];

  get size(): number {
    return this.#keys.length;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(textOf(key));
  }

  apply(writes: readonly DatabaseWrite[]): void {
    for (const { key, value } of writes) {
      if (value === undefined) this.#delete(textOf(key));
      else this.#put(textOf(key), value);
    }
  }

  /** The entry at this place in the order, from 0. */
  at(index: number): Entry | undefined {
    const key = this.#keys[index];
    const value = key === undefined ? undefined : this.#values.get(key);
    return key === undefined || value === undefined
      ? undefined
      : [Buffer.from(key, 'latin1'), value];
  }

  *range(gte: Uint8Array, lt: Uint8Array, reverse: boolean): Generator<Entry> {
    const first = this.#position(textOf(gte));
    const end = this.#position(textOf(lt));
    const step = reverse ? -1 : 1;
    for (let i = reverse ? end - 1 : first; i >= first && i < end; i += step) {
      const key = this.#keys[i];
      const value = key === undefined ? undefined : this.#values.get(key);
      if (key !== undefined && value !== undefined) yield [Buffer.from(key, 'latin1'), value];
    }
  }

  copy(): SortedBytes {
    const copy = new SortedBytes();
    for (const key of this.#keys) copy.#keys.push(key);
    for (const [key, value] of this.#values) copy.#values.set(key, value);
    return copy;
  }

  #put(key: string, value: Uint8Array): void {
    if (!this.#values.has(key)) this.#keys.splice(this.#position(key), 0, key);
    this.#values.set(key, value);
  }

  #delete(key: string): void {
    if (this.#values.delete(key)) this.#keys.splice(this.#position(key), 1);
  }

  /** Where the key stands, or would stand. */
  #position(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = this.#keys[middle];
      if (found !== undefined && found < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function textOf(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('latin1');
}
