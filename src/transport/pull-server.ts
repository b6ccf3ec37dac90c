/** Serves what peers pull: one frame in, one frame out. */
import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Door, Received } from './door.ts';
import { MAX_FRAMING_BYTES } from './frame.ts';
import type { TransportLimits } from './limits.ts';
import { lineOf } from './line-splitter.ts';
import { answerProblem } from './problem.ts';
import type { PullKind } from './pull.ts';
import type { RefusalCounters, RefusalReason } from './refusal.ts';
import { STREAM_TYPE } from './routes.ts';
import type { Timers } from './timers.ts';

export interface PullServerOptions<Request, Answer> {
  readonly door: Door;
  readonly counters: RefusalCounters;
  readonly limits: TransportLimits;
  readonly timers: Timers;
  readonly serve: (
    from: ReplicaId,
    request: Request,
    done: (answer: Answer | undefined) => void,
  ) => void;
  /** A request showed a valid frame: its connection is no stranger's. */
  readonly onKnown: (request: IncomingMessage) => void;
}

export class PullServer<Request, Answer> {
  readonly #kind: PullKind<Request, Answer>;
  readonly #options: PullServerOptions<Request, Answer>;
  #serving = 0;

  constructor(kind: PullKind<Request, Answer>, options: PullServerOptions<Request, Answer>) {
    this.#kind = kind;
    this.#options = options;
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    const { timers, limits } = this.#options;
    const cancelTimer = timers.after(limits.fetchMs, () => response.destroy());
    response.on('close', cancelTimer);
    response.on('error', () => response.destroy());
    const pieces: Buffer[] = [];
    let length = 0;
    request.on('data', (piece: Buffer) => {
      length += piece.length;
      pieces.push(piece);
      if (length > limits.firstLineBytes) this.#refuse(response, 'lineTooLong');
    });
    request.on('error', () => response.destroy());
    request.on('end', () => {
      if (!response.headersSent) this.#onBody(request, response, Buffer.concat(pieces));
    });
  }

  #onBody(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const line = lineOf(body);
    if (line === undefined) return this.#refuse(response, 'badFrame');
    const received = this.#options.door.openAs(line, (value) => this.#kind.parseRequest(value));
    if (typeof received === 'string') return this.#refuse(response, received);
    this.#options.onKnown(request);
    this.#answer(response, received);
  }

  #answer(
    response: ServerResponse,
    { frame, body }: Received<{ readonly nonce: string; readonly request: Request }>,
  ): void {
    const { limits, serve } = this.#options;
    if (this.#serving >= limits.fetchesServed) return this.#refuse(response, 'unavailable');
    this.#serving += 1;
    response.on('close', () => {
      this.#serving -= 1;
    });
    serve(frame.from, body.request, (answer) => {
      if (response.destroyed) return;
      if (answer === undefined) return this.#refuse(response, 'unavailable');
      this.#send(response, this.#seal(frame.from, body.nonce, answer));
    });
  }

  #seal(to: ReplicaId, nonce: string, answer: Answer): Buffer {
    const { door, limits } = this.#options;
    const room = limits.lineBytes - 2 * MAX_FRAMING_BYTES;
    const body = this.#kind.encodeAnswer(nonce, answer, room);
    return door.sealBody(to, this.#kind.type, Buffer.from(body));
  }

  #send(response: ServerResponse, line: Buffer): void {
    response.writeHead(200, {
      'content-type': STREAM_TYPE,
      'content-length': line.length,
      'cache-control': 'no-store',
      connection: 'close',
    });
    response.end(line);
  }

  #refuse(response: ServerResponse, reason: RefusalReason): void {
    if (response.headersSent) return;
    this.#options.counters.count(reason);
    answerProblem(response, reason);
  }
}
