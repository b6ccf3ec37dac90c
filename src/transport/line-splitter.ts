/** Cuts a stream of bytes into lines, wherever the chunks of it begin and end. */
import { Buffer } from 'node:buffer';

const NEWLINE = 0x0a;
const MIN_PENDING_BYTES = 4 * 1024;
/** More than this is given back when the line is complete. */
const KEPT_PENDING_BYTES = 256 * 1024;
const NOTHING = Buffer.alloc(0);

export class LineSplitter {
  /** The beginning of a line whose end has not come yet, in a buffer that grows by doubling. */
  #pending = NOTHING;
  #pendingBytes = 0;

  /**
   * Calls `onLine` for each line that is complete now, without its end: a view that is good during
   * the call only. No more lines are told once it answers false. The result is false as soon as a
   * line is longer than `maxBytes`, whole or not; that is asked anew for each line.
   */
  push(chunk: Buffer, maxBytes: () => number, onLine: (line: Buffer) => boolean): boolean {
    let at = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, at);
      const piece = chunk.subarray(at, end === -1 ? chunk.length : end);
      if (this.#pendingBytes + piece.length > maxBytes()) return false;
      if (end === -1) {
        this.#keep(piece);
        return true;
      }
      at = end + 1;
      if (!onLine(this.#complete(piece))) return true;
    }
  }

  #keep(piece: Buffer): void {
    const length = this.#pendingBytes + piece.length;
    if (length > this.#pending.length) {
      const grown = Buffer.allocUnsafe(Math.max(MIN_PENDING_BYTES, 2 * length));
      this.#pending.copy(grown, 0, 0, this.#pendingBytes);
      this.#pending = grown;
    }
    piece.copy(this.#pending, this.#pendingBytes);
    this.#pendingBytes = length;
  }

  #complete(piece: Buffer): Buffer {
    if (this.#pendingBytes === 0) return piece;
    this.#keep(piece);
    const line = this.#pending.subarray(0, this.#pendingBytes);
    this.#pendingBytes = 0;
    if (this.#pending.length > KEPT_PENDING_BYTES) this.#pending = NOTHING;
    return line;
  }
}

/** The one line that a body is, without its end; `undefined` where it is not one line. */
export function lineOf(body: Buffer): Buffer | undefined {
  const end = body.indexOf(NEWLINE);
  return end !== -1 && end === body.length - 1 ? body.subarray(0, end) : undefined;
}
