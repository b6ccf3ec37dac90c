/** The one-frame requests that are under way to one replica, copies too. */
import { Buffer } from 'node:buffer';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { openFar } from './far-request.ts';
import { MAX_LINE_BYTES } from './line-cutter.ts';
import type { LinkTarget } from './links.ts';
import { endSplit } from './split-write.ts';

const MAX_ASKS = 256;

export interface FarAnswer {
  readonly head: IncomingMessage;
  readonly body: Buffer;
}

/** `undefined`: the connection ended without one. Not called once it was cancelled. */
export type OnAnswer = (answer: FarAnswer | undefined) => void;

export class FarAsks {
  readonly #target: LinkTarget;
  readonly #open = new Set<ClientRequest>();

  constructor(target: LinkTarget) {
    this.#target = target;
  }

  /** Asks as `near` does, but with this body. The result cancels it; `undefined`: too many. */
  ask(near: IncomingMessage, body: Buffer, split: boolean, onAnswer: OnAnswer) {
    if (this.#open.size >= MAX_ASKS) return undefined;
    const far = openFar(this.#target, near, body.length);
    this.#open.add(far);
    const finish = (answer: FarAnswer | undefined): void => {
      if (this.#open.delete(far)) onAnswer(answer);
    };
    far.on('response', (head) => readWhole(head, (whole) => finish({ head, body: whole })));
    far.on('error', () => finish(undefined));
    far.on('close', () => finish(undefined));
    if (split) endSplit(far, body);
    else far.end(body);
    return (): void => {
      this.#open.delete(far);
      far.destroy();
    };
  }

  close(): void {
    for (const far of this.#open) far.destroy();
    this.#open.clear();
  }
}

/** One that does not come whole, or is longer than any answer, ends with its connection. */
function readWhole(head: IncomingMessage, done: (body: Buffer) => void): void {
  const pieces: Buffer[] = [];
  let bytes = 0;
  head.on('error', () => {});
  head.on('data', (piece: Buffer) => {
    bytes += piece.length;
    pieces.push(piece);
    if (bytes > MAX_LINE_BYTES) head.destroy();
  });
  head.on('end', () => done(Buffer.concat(pieces, bytes)));
}
