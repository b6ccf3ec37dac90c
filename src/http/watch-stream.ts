/**
 * A watch on its way to a client. It asks for more when the client has taken what was sent: one that reads
 * slowly reads on from history later, and one that reads nothing is cut off, with the last `id` that
 * it got as the place to go on from. Where history is gone by then, the stream ends with `reset`.
 *
 * Only the last event of a revision carries an `id`: a client that is cut off within one gets all of
 * it again.
 */
import type { Exchange } from './exchange.ts';
import { NDJSON } from './list-stream.ts';
import type { WatchOptions } from '../replica/watch-index.ts';
import type { Watch } from '../replica/watches.ts';
import { type Change, eventOf } from './watch-texts.ts';

export type WatchFormat = 'events' | 'lines';

export interface WatchStreamOptions {
  readonly format: WatchFormat;
  readonly fields: readonly string[];
}

const CONTENT_TYPE = { events: 'text/event-stream', lines: NDJSON } as const;
/** How many heartbeats a client may take nothing. */
const STALLED_HEARTBEATS = 2;

export function streamWatch(
  exchange: Exchange,
  options: WatchOptions,
  { fields, format }: WatchStreamOptions,
): void {
  const watch = exchange.context.replica.watch(options);
  new WatchStream(exchange, watch, options, format).start(fields);
}

class WatchStream {
  readonly #exchange: Exchange;
  readonly #watch: Watch;
  readonly #options: WatchOptions;
  readonly #format: WatchFormat;
  readonly #heartbeat: NodeJS.Timeout;
  /** What the client was told that it knows. */
  #told: number;
  #isStalled = false;
  #isOver = false;

  constructor(exchange: Exchange, watch: Watch, options: WatchOptions, format: WatchFormat) {
    this.#exchange = exchange;
    this.#watch = watch;
    this.#options = options;
    this.#format = format;
    this.#told = options.after;
    const { watchHeartbeatMs } = exchange.context.limits;
    this.#heartbeat = setInterval(() => this.#beat(), watchHeartbeatMs);
    this.#heartbeat.unref();
  }

  start(fields: readonly string[]): void {
    const { context, request, response } = this.#exchange;
    const { watchHeartbeatMs } = context.limits;
    context.watches.add(this);
    response.once('close', () => this.#leave());
    const type = ['Content-Type', CONTENT_TYPE[this.#format], 'Cache-Control', 'no-store'];
    const closing = context.isClosing ? [] : ['Connection', 'close'];
    const head = [...type, ...fields, ...closing];
    this.#exchange.beginStream(context.replica.store.revision, head);
    this.#exchange.endStream();
    // Where nothing at all moves, heartbeats neither, the client is gone, or takes nothing.
    request.socket.setTimeout(STALLED_HEARTBEATS * watchHeartbeatMs);
    response.flushHeaders();
    this.#pull();
  }

  /** In order, because the server closes. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#exchange.response.end();
  }

  #pull(): void {
    this.#watch.pull((error, told) => {
      if (this.#isOver) return;
      if (error !== undefined) {
        this.#exchange.context.logger?.error({ err: error }, 'a watch could not be read on');
        this.#exchange.response.destroy();
      } else if (told.type === 'compacted') {
        this.#reset(told.oldestRevision);
      } else {
        this.#told = this.#watch.upTo;
        if (this.#write(this.#text(told.changes))) this.#pull();
      }
    });
  }

  #reset(oldestRevision: number): void {
    const { revision } = this.#exchange.context.replica.store;
    const json = `{"event":"reset","revision":${revision},"oldestRevision":${oldestRevision}}`;
    this.#write(this.#event('reset', json, undefined));
    this.end();
  }

  /** Whether it may go on at once; else it does when the client has taken what it got. */
  #write(text: string): boolean {
    const { context, response } = this.#exchange;
    if (response.write(text) || this.#isStalled) return !this.#isStalled;
    this.#isStalled = true;
    context.unsent.hold(response, text.length);
    response.once('drain', () => {
      this.#isStalled = false;
      context.unsent.release(response);
      if (!this.#isOver) this.#pull();
    });
    return false;
  }

  /** Where nothing happened to what is watched, the client is told that all the same. */
  #beat(): void {
    if (this.#isOver || this.#isStalled) return;
    const { upTo } = this.#watch;
    const isNews = upTo > this.#told;
    this.#told = upTo;
    const json = `{"event":"bookmark","revision":${upTo}}`;
    const comment = this.#format === 'events' ? ':\n\n' : '';
    const bookmark = this.#event('bookmark', json, upTo);
    const isSaid = isNews || this.#format === 'lines';
    this.#exchange.response.write(`${comment}${isSaid ? bookmark : ''}`);
  }

  #text(changes: readonly Change[]): string {
    let text = '';
    for (const [at, change] of changes.entries()) {
      const { revision } = change;
      const isLast = changes[at + 1]?.revision !== revision;
      const json = this.#exchange.context.watchTexts.json(change, this.#options.withBefore);
      text += this.#event(eventOf(change), json, isLast ? revision : undefined);
    }
    return text;
  }

  #event(event: string, json: string, id: number | undefined): string {
    if (this.#format === 'lines') return `${json}\n`;
    const last = id === undefined ? '' : `id: ${id}\n`;
    return `event: ${event}\ndata: ${json}\n${last}\n`;
  }

  #leave(): void {
    this.#isOver = true;
    clearInterval(this.#heartbeat);
    this.#watch.close();
    this.#exchange.context.watches.delete(this);
    this.#exchange.context.unsent.release(this.#exchange.response);
  }
}
