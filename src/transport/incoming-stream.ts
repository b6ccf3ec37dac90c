/**
 * One peer's stream to us. Its first line must be a valid frame, small and soon; that fixes the
 * sender for good and is answered 200 at once. Later lines that are not valid are dropped and
 * counted: the core's messages may be lost anyway. Silence ends the stream.
 */
import type { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Incarnation } from '../paxos/membership.ts';
import type { Door, Received } from './door.ts';
import type { TransportLimits } from './limits.ts';
import { LineSplitter } from './line-splitter.ts';
import type { StreamMessage } from './messages.ts';
import { answerProblem } from './problem.ts';
import type { RefusalCounters, RefusalReason } from './refusal.ts';
import { STREAM_TYPE } from './routes.ts';
import type { Timers } from './timers.ts';

export interface IncomingStreamOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly door: Door;
  readonly counters: RefusalCounters;
  readonly limits: TransportLimits;
  readonly timers: Timers;
  /** The first valid frame came. */
  readonly onSender: (stream: IncomingStream, sender: Sender) => void;
  readonly onReceived: (received: Received<StreamMessage>) => void;
  /** Once, and last. */
  readonly onEnd: (stream: IncomingStream) => void;
}

export interface Sender {
  readonly id: ReplicaId;
  readonly incarnation: Incarnation;
}

export class IncomingStream {
  readonly #options: IncomingStreamOptions;
  readonly #splitter = new LineSplitter();
  #sender: Sender | undefined;
  #ended = false;
  #silentPeriods = 0;
  #cancelTimer: () => void;

  constructor(options: IncomingStreamOptions) {
    this.#options = options;
    const { request, response, timers, limits } = options;
    request.on('data', (chunk: Buffer) => this.#onData(chunk));
    request.on('error', () => this.end());
    request.on('end', () => this.#onRequestEnd());
    response.on('error', () => this.end());
    response.on('close', () => this.end());
    this.#cancelTimer = timers.after(limits.handshakeMs, () => this.#refuse('tooSlow'));
  }

  get sender(): Sender | undefined {
    return this.#sender;
  }

  /** At once: what the peer still sends is not read. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelTimer();
    this.#options.request.destroy();
    this.#options.onEnd(this);
  }

  #onData(chunk: Buffer): void {
    if (this.#ended) return;
    this.#silentPeriods = 0;
    const fits = this.#splitter.push(chunk, this.#maxLineBytes, (line) => this.#onLine(line));
    if (!fits) this.#refuse('lineTooLong');
  }

  readonly #maxLineBytes = (): number => {
    const { limits } = this.#options;
    return this.#sender === undefined ? limits.firstLineBytes : limits.lineBytes;
  };

  #onLine(line: Buffer): boolean {
    if (line.length > 0) this.#onFrame(this.#options.door.open(line));
    return !this.#ended;
  }

  #onFrame(received: Received<StreamMessage> | RefusalReason): void {
    if (typeof received === 'string') return this.#drop(received);
    const { id, incarnation } = this.#sender ?? this.#welcome(received);
    const { from, fromIncarnation } = received.frame;
    if (id !== from || incarnation !== fromIncarnation) return this.#drop('senderChanged');
    return this.#options.onReceived(received);
  }

  #drop(reason: RefusalReason): void {
    if (this.#sender === undefined) this.#refuse(reason);
    else this.#options.counters.count(reason);
  }

  #welcome({ frame }: Received<StreamMessage>): Sender {
    const { response, onSender } = this.#options;
    const sender = { id: frame.from, incarnation: frame.fromIncarnation };
    this.#sender = sender;
    this.#cancelTimer();
    response.writeHead(200, {
      'content-type': STREAM_TYPE,
      'cache-control': 'no-store',
      connection: 'close',
    });
    response.flushHeaders();
    this.#planPeriod();
    onSender(this, sender);
    return sender;
  }

  #planPeriod(): void {
    const { timers, limits, response } = this.#options;
    this.#cancelTimer = timers.after(limits.keepAliveMs, () => {
      this.#silentPeriods += 1;
      if (this.#silentPeriods > limits.silentPeriods) return this.end();
      if (!response.writableNeedDrain && !response.writableEnded) response.write('\n');
      this.#planPeriod();
    });
  }

  /** The peer ended its stream in good order: so do we, and the response's close ends it all. */
  #onRequestEnd(): void {
    if (this.#sender === undefined) this.#refuse('badFrame');
    else this.#options.response.end();
  }

  #refuse(reason: RefusalReason): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelTimer();
    this.#options.counters.count(reason);
    answerProblem(this.#options.response, reason);
    this.#options.onEnd(this);
  }
}
