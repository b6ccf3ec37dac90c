/**
 * `GET /v1/kv` as `application/x-ndjson`: everything that is asked for, one item a line, at one revision,
 * as fast as the client takes it. It is cut off, never ended, where it cannot go on: a client that
 * sees the end of it has the whole.
 */
import type { Key } from '../kv/key.ts';
import type { ItemPage } from '../replica/api.ts';
import { jsonKey } from './byte-string.ts';
import type { Exchange } from './exchange.ts';
import { jsonItem } from './item-json.ts';
import { compacted, notDone } from './outcome.ts';
import { Problem } from './problem.ts';

export const NDJSON = 'application/x-ndjson';

export interface StreamedList {
  readonly start: Key;
  /** Exclusive; `undefined` is the end of all keys. */
  readonly end: Key | undefined;
  readonly revision: number;
  /** Of lines; `undefined`: there is none. */
  readonly limit: number | undefined;
  readonly keysOnly: boolean;
  readonly fields: readonly string[];
}

const PAGE_KEYS = 256;
const PAGE_BYTES = 262_144;

export function streamList(exchange: Exchange, list: StreamedList): void {
  const { context } = exchange;
  if (context.listStreams >= context.limits.listStreams) {
    exchange.refuse(new Problem('overloaded', 'as many lists as may be are being streamed'));
    return;
  }
  context.listStreams += 1;
  new ListStream(exchange, list).start();
}

class ListStream {
  readonly #exchange: Exchange;
  readonly #list: StreamedList;
  #left: number;
  #hasBegun = false;
  #isOver = false;

  constructor(exchange: Exchange, list: StreamedList) {
    this.#exchange = exchange;
    this.#list = list;
    this.#left = list.limit ?? Number.POSITIVE_INFINITY;
  }

  start(): void {
    this.#read(this.#list.start);
  }

  #read(start: Key): void {
    const { end, revision } = this.#list;
    const { context } = this.#exchange;
    const limit = Math.min(PAGE_KEYS, this.#left);
    const query = { start, end, revision, limit, maxBytes: PAGE_BYTES };
    context.replica.store.page(query, (error, page) => {
      if (this.#isOver) return;
      if (error !== undefined) {
        context.logger?.error({ err: error }, 'a page of the store could not be read');
        this.#break(new Problem('internal', 'the store could not be read'));
      } else if (page.type === 'page') this.#write(page);
      else if (page.type === 'compacted') this.#break(compacted(page.oldestRevision));
      else this.#break(notDone('notReady'));
    });
  }

  #write(page: ItemPage): void {
    const { response } = this.#exchange;
    if (!this.#hasBegun) this.#begin();
    if (response.destroyed) return this.#leave();
    this.#left -= page.entries.length;
    const next = this.#left > 0 ? page.next : undefined;
    const text = page.entries.map((entry) => `${this.#line(entry)}\n`).join('');
    const isTaken = text === '' || response.write(text);
    if (next === undefined) response.end();
    else if (isTaken) setImmediate(() => this.#goOn(next));
    else response.once('drain', () => this.#goOn(next));
  }

  #goOn(start: Key): void {
    if (!this.#isOver) this.#read(start);
  }

  #line({ item, key }: ItemPage['entries'][number]): string {
    return this.#list.keysOnly ? jsonKey(key) : jsonItem(key, item, this.#exchange.context.ttlOf);
  }

  #begin(): void {
    const { fields, revision } = this.#list;
    this.#hasBegun = true;
    this.#exchange.response.once('close', () => this.#leave());
    this.#exchange.beginStream(revision, ['Content-Type', NDJSON, ...fields]);
  }

  /** With a problem where nothing was sent; else the stream just ends too early. */
  #break(problem: Problem): void {
    if (this.#hasBegun) {
      this.#exchange.response.destroy();
      return;
    }
    this.#isOver = true;
    this.#exchange.context.listStreams -= 1;
    this.#exchange.refuse(problem);
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#exchange.context.listStreams -= 1;
    this.#exchange.endStream();
  }
}
