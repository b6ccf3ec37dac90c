/**
 * A stream that goes on until its client leaves or the server closes: server-sent events, or lines of
 * JSON. It asks its source for more once the client has taken what was sent, so that one that reads slowly
 * holds one piece of text; one that takes nothing for two heartbeats is cut off.
 */
import type { Exchange } from './exchange.ts';
import { NDJSON } from './list-stream.ts';

export type StreamFormat = 'events' | 'lines';

export interface StreamSource {
  /** The client has taken everything: `send` is called with more, some time. */
  pull(stream: EventStream): void;
  /** What a sign of life says; '': nothing. */
  beat(format: StreamFormat): string;
  /** It is over, whoever ended it. */
  close(): void;
}

export interface StreamOptions {
  readonly format: StreamFormat;
  /** That are open: each ends itself when the server closes. */
  readonly among: Set<{ end(): void }>;
  /** Header fields of its own. */
  readonly fields: readonly string[];
}

const CONTENT_TYPE = { events: 'text/event-stream', lines: NDJSON } as const;
/** How many heartbeats a client may take nothing. */
const STALLED_HEARTBEATS = 2;

/** As the client's `Accept` wishes. */
export function formatOf({ fields }: Exchange): StreamFormat {
  return fields.accept?.includes(NDJSON) === true ? 'lines' : 'events';
}

export class EventStream {
  readonly #exchange: Exchange;
  readonly #options: StreamOptions;
  readonly #source: StreamSource;
  readonly #heartbeat: NodeJS.Timeout;
  #isStalled = false;
  #isOver = false;

  constructor(exchange: Exchange, source: StreamSource, options: StreamOptions) {
    this.#exchange = exchange;
    this.#source = source;
    this.#options = options;
    const { watchHeartbeatMs } = exchange.context.limits;
    this.#heartbeat = setInterval(() => this.#beat(), watchHeartbeatMs);
    this.#heartbeat.unref();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get format(): StreamFormat {
    return this.#options.format;
  }

  start(): void {
    const { context, request, response } = this.#exchange;
    const { among, fields, format } = this.#options;
    const { watchHeartbeatMs } = context.limits;
    among.add(this);
    response.once('close', () => this.#leave());
    const type = ['Content-Type', CONTENT_TYPE[format], 'Cache-Control', 'no-store'];
    const closing = context.isClosing ? [] : ['Connection', 'close'];
    const head = [...type, ...fields, ...closing];
    this.#exchange.beginStream(context.replica.store.revision, head);
    this.#exchange.endStream();
    // Where nothing at all moves, heartbeats neither, the client is gone, or takes nothing.
    request.socket.setTimeout(STALLED_HEARTBEATS * watchHeartbeatMs);
    response.flushHeaders();
    this.#source.pull(this);
  }

  /** Asks for more at once, or when the client has taken what it got. */
  send(text: string): void {
    if (this.#write(text)) this.#source.pull(this);
  }

  /** The last that it gets. */
  finish(text: string): void {
    this.#write(text);
    this.end();
  }

  /** In order, because the server closes. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#exchange.response.end();
  }

  /** It cannot go on. */
  cut(): void {
    this.#exchange.response.destroy();
  }

  /** Whether it may go on at once. */
  #write(text: string): boolean {
    const { context, response } = this.#exchange;
    if (response.write(text) || this.#isStalled) return !this.#isStalled;
    this.#isStalled = true;
    context.unsent.hold(response, text.length);
    response.once('drain', () => {
      this.#isStalled = false;
      context.unsent.release(response);
      if (!this.#isOver) this.#source.pull(this);
    });
    return false;
  }

  #beat(): void {
    if (this.#isOver || this.#isStalled) return;
    const comment = this.format === 'events' ? ':\n\n' : '';
    this.#exchange.response.write(`${comment}${this.#source.beat(this.format)}`);
  }

  #leave(): void {
    this.#isOver = true;
    clearInterval(this.#heartbeat);
    this.#source.close();
    this.#options.among.delete(this);
    this.#exchange.context.unsent.release(this.#exchange.response);
  }
}

/** One event; `json` is that of its data, which a line is alone. */
export function eventText(format: StreamFormat, event: string, json: string, id?: number): string {
  if (format === 'lines') return `${json}\n`;
  const last = id === undefined ? '' : `id: ${id}\n`;
  return `event: ${event}\ndata: ${json}\n${last}\n`;
}
