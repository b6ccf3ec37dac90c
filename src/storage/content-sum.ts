/**
 * A hash of content that goes along with each change: the sum, modulo 2^128, of the hashes of all
 * records. What is replaced is subtracted, what is new is added, so that it depends on the content
 * alone, not on the way to it.
 */
import { hash } from 'node:crypto';

export const SUM_BYTES = 16;
const WORDS = 4;
const WORD_BYTES = 4;
const WORD = 2 ** 32;

export class ContentSum {
  /** The lowest first. */
  readonly #words = new Uint32Array(WORDS);
  #scratch = Buffer.allocUnsafe(1024);

  /** From `hex`, or of nothing. */
  constructor(hex = '') {
    if (hex === '') return;
    const bytes = Buffer.from(hex, 'hex');
    for (let at = 0; at < WORDS; at += 1) this.#words[at] = bytes.readUInt32LE(at * WORD_BYTES);
  }

  get hex(): string {
    const bytes = Buffer.allocUnsafe(SUM_BYTES);
    for (const [at, word] of this.#words.entries()) bytes.writeUInt32LE(word, at * WORD_BYTES);
    return bytes.toString('hex');
  }

  add(key: Uint8Array, value: Uint8Array): void {
    const digest = this.#digest(key, value);
    let carry = 0;
    for (let at = 0; at < WORDS; at += 1) {
      const word = this.#wordAt(at) + wordOf(digest, at) + carry;
      this.#words[at] = word;
      carry = word >= WORD ? 1 : 0;
    }
  }

  subtract(key: Uint8Array, value: Uint8Array): void {
    const digest = this.#digest(key, value);
    let borrow = 0;
    for (let at = 0; at < WORDS; at += 1) {
      const word = this.#wordAt(at) - wordOf(digest, at) - borrow;
      this.#words[at] = word;
      borrow = word < 0 ? 1 : 0;
    }
  }

  #wordAt(at: number): number {
    return this.#words[at] ?? 0;
  }

  /** Of both, with the key's length before them, so that no two records share their bytes. */
  #digest(key: Uint8Array, value: Uint8Array): string {
    const length = WORD_BYTES + key.length + value.length;
    if (this.#scratch.length < length) this.#scratch = Buffer.allocUnsafe(2 * length);
    this.#scratch.writeUInt32LE(key.length, 0);
    this.#scratch.set(key, WORD_BYTES);
    this.#scratch.set(value, WORD_BYTES + key.length);
    return hash('sha256', this.#scratch.subarray(0, length), 'binary');
  }
}

/** Latin-1 (`binary`) is the cheapest form in which Node hands a digest over. */
function wordOf(digest: string, at: number): number {
  const first = at * WORD_BYTES;
  let word = 0;
  for (let byte = WORD_BYTES - 1; byte >= 0; byte -= 1) {
    word = word * 256 + digest.charCodeAt(first + byte);
  }
  return word;
}
