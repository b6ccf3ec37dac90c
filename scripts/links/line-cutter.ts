/** Cuts what comes on a stream into lines that may be kept, each with its end. */
import { Buffer } from 'node:buffer';

const NEWLINE = 0x0a;
/** A bit more than a peer takes: what is longer is no message. */
export const MAX_LINE_BYTES = 9 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

export interface LineHandlers {
  readonly onLine: (line: Buffer) => void;
  /** Of a line that is too long, as it comes: whoever is behind refuses it. */
  readonly onBytes: (bytes: Buffer) => void;
}

export class LineCutter {
  readonly #handlers: LineHandlers;
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #tooLong = false;

  constructor(handlers: LineHandlers) {
    this.#handlers = handlers;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const end = chunk.indexOf(NEWLINE, at);
      const next = end === -1 ? chunk.length : end + 1;
      this.#add(chunk.subarray(at, next), end !== -1);
      at = next;
    }
  }

  /** What came after the last end of a line; it is forgotten. */
  rest(): Buffer {
    const [first = NOTHING] = this.#pieces;
    const rest = this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : first;
    this.#pieces = [];
    this.#pieceBytes = 0;
    return rest;
  }

  #add(piece: Buffer, isWhole: boolean): void {
    if (!this.#tooLong) {
      this.#pieces.push(piece);
      this.#pieceBytes += piece.length;
      this.#tooLong = this.#pieceBytes > MAX_LINE_BYTES;
      if (this.#tooLong) this.#handlers.onBytes(this.rest());
      else if (isWhole) this.#handlers.onLine(this.rest());
    } else {
      this.#handlers.onBytes(piece);
    }
    if (isWhole) this.#tooLong = false;
  }
}
