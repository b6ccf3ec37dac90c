/** Bytes that leave one by one, so that whoever reads them sees a message split at every place. */
import type { Buffer } from 'node:buffer';
import type { OutgoingMessage } from 'node:http';

/** The front of a longer message is split, and its rest comes at once: millions of writes take long. */
const MAX_SPLIT_BYTES = 4_096;

/** Each a chunk of its own in a body that is chunked. */
export function splitOf(bytes: Buffer): readonly Buffer[] {
  const count = Math.min(bytes.length, MAX_SPLIT_BYTES);
  const pieces = Array.from({ length: count }, (_, at) => bytes.subarray(at, at + 1));
  return count === bytes.length ? pieces : [...pieces, bytes.subarray(count)];
}

/** Each a write of its own, as the body need not be chunked; then the body ends. */
export function endSplit(out: OutgoingMessage, bytes: Buffer): void {
  const pieces = splitOf(bytes).values();
  const next = (): void => {
    const { value, done } = pieces.next();
    if (out.destroyed) return;
    if (done === true) return void out.end();
    out.write(value);
    setImmediate(next);
  };
  next();
}
