/**
 * States as bytes: a run of whole numbers, small ones in one byte. And the fingerprints of such
 * bytes, by which states are told apart.
 */

const FIRST_BYTES = 256;
/** In a byte: seven bits of the number, and whether more follow. */
const MORE = 0x80;

/** Writes whole numbers from 0 to 2^32 - 1 one after the other; made once, used for every state. */
export class Encoder {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  reset(): void {
    this.#length = 0;
  }

  number(value: number): void {
    if (this.#length + 5 > this.#bytes.length) this.#grow();
    let rest = value;
    while (rest >= MORE) {
      this.#bytes[this.#length] = (rest & 0x7f) | MORE;
      this.#length += 1;
      rest >>>= 7;
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Reads what an encoder wrote. */
export class Decoder {
  #bytes = new Uint8Array(0);
  #at = 0;

  /** Begins at `offset` of `bytes`. */
  start(bytes: Uint8Array<ArrayBuffer>, offset: number): void {
    this.#bytes = bytes;
    this.#at = offset;
  }

  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at] ?? 0;
      this.#at += 1;
      value |= (byte & 0x7f) << shift;
      if (byte < MORE) return value >>> 0;
    }
  }
}

/** 96 bits of hash of some bytes. */
export interface Fingerprint {
  a: number;
  b: number;
  c: number;
}

export const FINGERPRINT_BITS = 96;

/** Murmur3 over the bytes, three times side by side, each with multipliers of its own. */
export function fingerprint(bytes: Uint8Array, length: number, into: Fingerprint): void {
  let a = 0x243f6a88;
  let b = 0x85a308d3;
  let c = 0x13198a2e;
  for (let at = 0; at < length; at += 4) {
    const word =
      (bytes[at] ?? 0) |
      (at + 1 < length ? (bytes[at + 1] ?? 0) << 8 : 0) |
      (at + 2 < length ? (bytes[at + 2] ?? 0) << 16 : 0) |
      (at + 3 < length ? (bytes[at + 3] ?? 0) << 24 : 0);
    a = mix(a, Math.imul(word, 0xcc9e2d51), 0x1b873593);
    b = mix(b, Math.imul(word ^ 0x03707344, 0x85ebca77), 0xc2b2ae3d);
    c = mix(c, Math.imul(word ^ 0x299f31d0, 0x9e3779b1), 0x27d4eb2f);
  }
  into.a = finish(a ^ length);
  into.b = finish(b ^ length);
  into.c = finish(c ^ length);
}

function mix(hash: number, word: number, multiplier: number): number {
  const turned = Math.imul((word << 15) | (word >>> 17), multiplier);
  const mixed = hash ^ turned;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
