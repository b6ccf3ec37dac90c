/**
 * Finds where each HTTP answer on a connection ends. Knows answers with a `Content-Length`, chunked
 * ones, and those without a body (204, 304). Enough for the two systems that the bench talks to.
 */
const END_OF_HEAD = '\r\n\r\n';
const END_OF_CHUNKS = '0\r\n\r\n';

export class AnswerReader {
  readonly #onAnswer: (status: number) => void;
  #kept: Buffer | undefined;
  #status = 0;
  /** Bytes of the body still to come; undefined: the head is not complete yet; -1: chunked. */
  #missing: number | undefined;

  constructor(onAnswer: (status: number) => void) {
    this.#onAnswer = onAnswer;
  }

  take(bytes: Buffer): void {
    let rest = this.#kept === undefined ? bytes : Buffer.concat([this.#kept, bytes]);
    this.#kept = undefined;
    while (rest.length > 0) {
      const after = this.#step(rest);
      if (after === undefined) {
        this.#kept = rest;
        return;
      }
      rest = after;
    }
  }

  /** What is left after one more head or body; undefined where more bytes are needed first. */
  #step(bytes: Buffer): Buffer | undefined {
    if (this.#missing === undefined) return this.#head(bytes);
    if (this.#missing === -1) return this.#chunks(bytes);
    if (bytes.length < this.#missing) {
      this.#missing -= bytes.length;
      return bytes.subarray(bytes.length);
    }
    const after = bytes.subarray(this.#missing);
    this.#end();
    return after;
  }

  #head(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(END_OF_HEAD);
    if (end === -1) return undefined;
    const head = bytes.toString('latin1', 0, end);
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *([0-9]+)/i.exec(head);
    const chunked = /\r\ntransfer-encoding: *chunked/i.test(head);
    this.#missing = chunked ? -1 : Number(length?.[1] ?? 0);
    const after = bytes.subarray(end + END_OF_HEAD.length);
    if (this.#missing === 0) this.#end();
    return after;
  }

  #chunks(bytes: Buffer): Buffer | undefined {
    let at = 0;
    for (;;) {
      const lineEnd = bytes.indexOf('\r\n', at);
      if (lineEnd === -1) return undefined;
      const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
      const next = size === 0 ? at + END_OF_CHUNKS.length : lineEnd + 2 + size + 2;
      if (bytes.length < next) return undefined;
      at = next;
      if (size === 0) break;
    }
    this.#end();
    return bytes.subarray(at);
  }

  #end(): void {
    this.#missing = undefined;
    this.#onAnswer(this.#status);
  }
}
