/**
 * A watch on its way to a client (event-stream.ts): one that reads slowly reads on from history later, and
 * one that reads nothing is cut off, with the last `id` that it got as the place to go on from. Where
 * history is gone by then, the stream ends with `reset`.
 *
 * Only the last event of a revision carries an `id`: a client that is cut off within one gets all of
 * it again.
 */
import { EventStream, eventText, type StreamFormat, type StreamSource } from './event-stream.ts';
import type { Exchange } from './exchange.ts';
import type { WatchOptions } from '../replica/watch-index.ts';
import type { Watch } from '../replica/watches.ts';
import { type Change, eventOf } from './watch-texts.ts';

export interface WatchStreamOptions {
  readonly format: StreamFormat;
  readonly fields: readonly string[];
}

export function streamWatch(
  exchange: Exchange,
  options: WatchOptions,
  { fields, format }: WatchStreamOptions,
): void {
  const among = exchange.context.watches;
  const changes = new WatchedChanges(exchange, options);
  new EventStream(exchange, changes, { format, fields, among }).start();
}

class WatchedChanges implements StreamSource {
  readonly #exchange: Exchange;
  readonly #watch: Watch;
  readonly #withBefore: boolean;
  /** What the client was told that it knows. */
  #told: number;

  constructor(exchange: Exchange, options: WatchOptions) {
    this.#exchange = exchange;
    this.#watch = exchange.context.replica.watch(options);
    this.#withBefore = options.withBefore;
    this.#told = options.after;
  }

  pull(stream: EventStream): void {
    this.#watch.pull((error, told) => {
      if (stream.isOver) return;
      if (error !== undefined) {
        this.#exchange.context.logger?.error({ err: error }, 'a watch could not be read on');
        stream.cut();
      } else if (told.type === 'compacted') {
        const { revision } = this.#exchange.context.replica.store;
        const { oldestRevision } = told;
        const json = JSON.stringify({ event: 'reset', revision, oldestRevision });
        stream.finish(eventText(stream.format, 'reset', json));
      } else {
        this.#told = this.#watch.upTo;
        stream.send(this.#text(stream.format, told.changes));
      }
    });
  }

  /** Where nothing happened to what is watched, the client is told that all the same. */
  beat(format: StreamFormat): string {
    const { upTo } = this.#watch;
    const isNews = upTo > this.#told;
    this.#told = upTo;
    if (!isNews && format === 'events') return '';
    return eventText(format, 'bookmark', `{"event":"bookmark","revision":${upTo}}`, upTo);
  }

  close(): void {
    this.#watch.close();
  }

  #text(format: StreamFormat, changes: readonly Change[]): string {
    let text = '';
    for (const [at, change] of changes.entries()) {
      const { revision } = change;
      const isLast = changes[at + 1]?.revision !== revision;
      const json = this.#exchange.context.watchTexts.json(change, this.#withBefore);
      text += eventText(format, eventOf(change), json, isLast ? revision : undefined);
    }
    return text;
  }
}
