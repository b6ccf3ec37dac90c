/** A line that is not what it was, and still one line. */
import { Buffer } from 'node:buffer';

const NEWLINE = 0x0a;
const BITS = 8;
const BYTE_VALUES = 256;
const MAX_OTHER_BYTES = 16;

/** `line` with its end, and something before it. The result never equals it. */
export function damage(line: Buffer, random: () => number): Buffer {
  const text = Buffer.from(line.subarray(0, -1));
  const kind = random() * 3;
  if (kind < 1 && text.length > 1) return withEnd(text.subarray(0, 1 + below(text.length - 1)));
  if (kind < 2) flipBit(text);
  else replaceBytes(text);
  return withEnd(text);

  function below(limit: number): number {
    return Math.floor(random() * limit);
  }

  function flipBit(bytes: Buffer): void {
    const at = below(bytes.length);
    const bit = below(BITS);
    const flipped = (bytes[at] ?? 0) ^ (1 << bit);
    bytes[at] = flipped === NEWLINE ? flipped ^ (1 << ((bit + 1) % BITS)) : flipped;
  }

  function replaceBytes(bytes: Buffer): void {
    const first = below(bytes.length);
    const count = 1 + below(Math.min(MAX_OTHER_BYTES, bytes.length - first));
    for (let at = first; at < first + count; at += 1) bytes[at] = otherThan(bytes[at] ?? 0);
  }

  function otherThan(byte: number): number {
    const other = (byte + 1 + below(BYTE_VALUES - 1)) % BYTE_VALUES;
    if (other !== NEWLINE) return other;
    return byte === NEWLINE + 1 ? NEWLINE + 2 : NEWLINE + 1;
  }
}

function withEnd(text: Buffer): Buffer {
  return Buffer.concat([text, Buffer.of(NEWLINE)]);
}
