/**
 * The states that are found and not yet expanded, first in, first out, as encodings in pages of
 * bytes. A page is let go as soon as it is read.
 */
import type { Encoder } from './encoding.ts';

const PAGE_BYTES = 2 ** 20;

export class Frontier {
  #pages: Uint8Array<ArrayBuffer>[] = [];
  /** How far each page is filled. */
  #filled: number[] = [];
  #firstPage = 0;
  #readAt = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get memoryBytes(): number {
    return (this.#pages.length - this.#firstPage) * PAGE_BYTES;
  }

  push({ bytes, length }: Encoder): void {
    let last = this.#pages.length - 1;
    let filled = this.#filled[last] ?? PAGE_BYTES;
    if (filled + length + 2 > PAGE_BYTES) {
      this.#pages.push(new Uint8Array(Math.max(PAGE_BYTES, length + 2)));
      this.#filled.push(0);
      last += 1;
      filled = 0;
    }
    const page = this.#pages[last];
    if (page === undefined) throw new Error('the frontier has no page');
    page[filled] = length & 0xff;
    page[filled + 1] = length >>> 8;
    for (let at = 0; at < length; at += 1) page[filled + 2 + at] = bytes[at] ?? 0;
    this.#filled[last] = filled + length + 2;
    this.#length += 1;
  }

  /** Where the next one begins. It stands there until the next call. */
  shift(): { readonly bytes: Uint8Array<ArrayBuffer>; readonly offset: number } | undefined {
    if (this.#length === 0) return undefined;
    if (this.#readAt >= (this.#filled[this.#firstPage] ?? 0)) this.#dropPage();
    const page = this.#pages[this.#firstPage];
    if (page === undefined) throw new Error('the frontier has no page');
    const offset = this.#readAt + 2;
    this.#readAt = offset + (page[this.#readAt] ?? 0) + ((page[this.#readAt + 1] ?? 0) << 8);
    this.#length -= 1;
    return { bytes: page, offset };
  }

  #dropPage(): void {
    this.#pages[this.#firstPage] = new Uint8Array(0);
    this.#firstPage += 1;
    this.#readAt = 0;
    if (this.#firstPage < 1024) return;
    this.#pages = this.#pages.slice(this.#firstPage);
    this.#filled = this.#filled.slice(this.#firstPage);
    this.#firstPage = 0;
  }
}
