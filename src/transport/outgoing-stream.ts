/**
 * One attempt to stream to one peer: a single long-lived `POST /paxos/v1/stream`. Its first line
 * is a `hello`; the peer answers 200 at once, and then the stream is linked. Both sides write an
 * empty line now and then, so that each notices when the other is gone and TCP does not say so.
 *
 * Lines wait in a queue of bounded length. What is queued in one turn of the event loop leaves in
 * one write; while the socket is full, nothing more is handed to it.
 */
import { Buffer } from 'node:buffer';
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { TransportLimits } from './limits.ts';
import { STREAM_PATH, STREAM_TYPE } from './routes.ts';
import type { Timers } from './timers.ts';

export interface OutgoingStreamOptions {
  readonly peerUrl: string;
  readonly hello: Buffer;
  readonly limits: TransportLimits;
  readonly timers: Timers;
  readonly onLinked: () => void;
  /** Once, and last: after a close of our own too. `why` is for the log. */
  readonly onEnd: (why: string) => void;
}

const EMPTY_LINE = Buffer.from('\n');
/** As much of a refusal's body as is read. */
const MAX_PROBLEM_CHARS = 1_024;

export class OutgoingStream {
  readonly #options: OutgoingStreamOptions;
  readonly #agent = new Agent({ keepAlive: false, noDelay: true });
  readonly #request: ClientRequest;
  #state: 'opening' | 'linked' | 'closing' | 'ended' = 'opening';
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #flushPlanned = false;
  #socketFull = false;
  #wroteThisPeriod = false;
  #silentPeriods = 0;
  #cancelTimer: () => void;

  constructor(options: OutgoingStreamOptions) {
    this.#options = options;
    this.#request = this.#open();
    this.#cancelTimer = options.timers.after(options.limits.handshakeMs, () =>
      this.#end('no answer in time'),
    );
  }

  get isLinked(): boolean {
    return this.#state === 'linked';
  }

  /** False: not taken, and no byte of it leaves. */
  send(line: Buffer): boolean {
    const { limits } = this.#options;
    if (this.#state !== 'linked' || this.#queue.length >= limits.queueMessages) return false;
    if (this.#queuedBytes + line.length > limits.queueBytes) return false;
    this.#queue.push(line);
    this.#queuedBytes += line.length;
    this.#planFlush();
    return true;
  }

  /** Lets go what is queued, then ends; `onEnd` follows when the peer ends too or time is up. */
  close(): void {
    if (this.#state !== 'linked') return this.#end('closed');
    this.#state = 'closing';
    this.#cancelTimer();
    const { timers, limits } = this.#options;
    this.#cancelTimer = timers.after(limits.drainMs, () => this.#end('closed'));
    if (!this.#socketFull) this.#flush();
  }

  #open(): ClientRequest {
    const { peerUrl, hello } = this.#options;
    const outgoing = request(new URL(STREAM_PATH, peerUrl), {
      method: 'POST',
      agent: this.#agent,
      headers: { 'content-type': STREAM_TYPE, 'transfer-encoding': 'chunked' },
    });
    outgoing.setNoDelay(true);
    outgoing.on('response', (response) => this.#onResponse(response));
    outgoing.on('error', (error) => this.#end(error.message));
    outgoing.on('close', () => this.#end('connection closed'));
    outgoing.on('drain', () => this.#onDrain());
    outgoing.write(hello);
    return outgoing;
  }

  #onResponse(response: IncomingMessage): void {
    response.on('error', (error) => this.#end(error.message));
    if (response.statusCode !== 200) return this.#onRefused(response);
    response.on('data', () => {
      this.#silentPeriods = 0;
    });
    response.on('end', () => this.#end('the peer ended the stream'));
    if (this.#state !== 'opening') return;
    this.#state = 'linked';
    this.#cancelTimer();
    this.#planPeriod();
    this.#options.onLinked();
  }

  #onRefused(response: IncomingMessage): void {
    let problem = '';
    response.setEncoding('latin1');
    response.on('data', (piece: string) => {
      problem = `${problem}${piece}`.slice(0, MAX_PROBLEM_CHARS);
    });
    response.on('end', () => this.#end(`refused: ${response.statusCode ?? ''} ${problem}`));
  }

  /**
   * A period without a byte from the peer counts only while our own timers run: a process that was
   * stopped for a minute finds one period gone, not a hundred, and reads what has come meanwhile.
   */
  #planPeriod(): void {
    const { timers, limits } = this.#options;
    this.#cancelTimer = timers.after(limits.keepAliveMs, () => {
      this.#silentPeriods += 1;
      if (this.#silentPeriods > limits.silentPeriods) return this.#end('the peer is silent');
      if (!this.#wroteThisPeriod && !this.#socketFull) this.#write(EMPTY_LINE);
      this.#wroteThisPeriod = false;
      this.#planPeriod();
    });
  }

  #planFlush(): void {
    if (this.#flushPlanned || this.#socketFull) return;
    this.#flushPlanned = true;
    queueMicrotask(() => {
      this.#flushPlanned = false;
      if (!this.#socketFull) this.#flush();
    });
  }

  #flush(): void {
    while (this.#queue.length > 0 && !this.#socketFull && this.#state !== 'ended') {
      this.#write(this.#takeChunk());
    }
    if (this.#state === 'closing' && this.#queue.length === 0) this.#request.end();
  }

  /** The next lines as one buffer, at most `writeBytes` of them, but at least one. */
  #takeChunk(): Buffer {
    const { writeBytes } = this.#options.limits;
    let bytes = 0;
    let count = 0;
    for (const line of this.#queue) {
      if (count > 0 && bytes + line.length > writeBytes) break;
      bytes += line.length;
      count += 1;
    }
    const lines = this.#queue.splice(0, count);
    this.#queuedBytes -= bytes;
    const [first] = lines;
    return lines.length === 1 && first !== undefined ? first : Buffer.concat(lines, bytes);
  }

  #write(chunk: Buffer): void {
    this.#wroteThisPeriod = true;
    this.#socketFull = !this.#request.write(chunk);
  }

  #onDrain(): void {
    this.#socketFull = false;
    this.#flush();
  }

  #end(why: string): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#cancelTimer();
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#request.destroy();
    this.#agent.destroy();
    this.#options.onEnd(why);
  }
}
