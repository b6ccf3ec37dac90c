/** `GET /v1/kv`: a list, page by page at one revision; or how many keys there are. */
import { refusesBody } from './body.ts';
import { jsonKey } from './byte-string.ts';
import { formatCursor } from './cursor.ts';
import type { Exchange } from './exchange.ts';
import type { HttpContext } from './http-context.ts';
import { jsonItem } from './item-json.ts';
import type { TtlOf } from './lifetime.ts';
import { parseList, type ListRequest } from './list-request.ts';
import { streamList } from './list-stream.ts';
import { PAGE_KEYS, walk } from './list-walk.ts';
import { Problem } from './problem.ts';
import { futureRevision } from './outcome.ts';
import { levelFields, optionsAt, readWith } from './read-level.ts';
import { redirects } from './prefer.ts';
import type { ItemPage } from '../replica/api.ts';
import type { Item } from '../kv/item.ts';
import { hasPrefix, keyAfter, prefixEnd } from '../kv/prefix.ts';
import type { Key } from '../kv/key.ts';

export function serveList(exchange: Exchange): void {
  const list = parseList(exchange);
  if (list instanceof Problem) {
    exchange.refuse(list);
    return;
  }
  if (refusesBody(exchange) || redirects(exchange)) return;
  const untilMs = exchange.context.clock.nowMs() + list.options.deadlineMs;
  const asked = list.cursor?.revision ?? list.revision;
  readWith(exchange, optionsAt(list.options, asked), (grant) => {
    const revision = asked ?? grant.revision;
    if (revision > grant.revision) {
      exchange.refuse(
        list.cursor === undefined
          ? futureRevision(grant.revision)
          : new Problem('invalid_cursor', 'its revision is not reached yet'),
      );
      return;
    }
    const fields = levelFields(grant);
    if (list.isStream) stream(exchange, list, revision, fields);
    else if (list.shape === 'count') count(exchange, list, { revision, untilMs, fields });
    else page(exchange, list, { revision, untilMs, fields });
  });
}

function stream(
  exchange: Exchange,
  { end, shape, start, streamLimit: limit }: ListRequest,
  revision: number,
  fields: readonly string[],
): void {
  const keysOnly = shape === 'keys';
  streamList(exchange, { start, end, revision, limit, keysOnly, fields });
}

interface Reading {
  readonly revision: number;
  readonly untilMs: number;
  readonly fields: readonly string[];
}

function count(exchange: Exchange, list: ListRequest, reading: Reading): void {
  const { revision, untilMs, fields } = reading;
  let keys = 0;
  walk(exchange, {
    revision,
    untilMs,
    start: list.start,
    end: list.end,
    pageLimit: () => PAGE_KEYS,
    take: (page) => {
      keys += page.entries.length;
      return page.next;
    },
    done: () => {
      const json = `{"revision":${revision},"count":${keys}}`;
      exchange.answerJson(200, revision, json, fields);
    },
  });
}

function page(exchange: Exchange, list: ListRequest, reading: Reading): void {
  const { revision, untilMs, fields } = reading;
  const collected = new ListPage(list, exchange.context);
  walk(exchange, {
    revision,
    untilMs,
    start: list.cursor?.next ?? list.start,
    end: list.end,
    pageLimit: () => collected.room,
    take: (found) => collected.take(found),
    done: () => exchange.answerJson(200, revision, collected.json(revision), fields),
  });
}

/** What one answer of a list holds, up to its limit of entries and of bytes. */
class ListPage {
  readonly #list: ListRequest;
  readonly #maxBytes: number;
  readonly #ttl: TtlOf;
  readonly #items: string[] = [];
  readonly #prefixes: string[] = [];
  #bytes = 0;
  /** Where the next answer starts. */
  #next: Key | undefined;

  constructor(list: ListRequest, { limits, ttlOf }: HttpContext) {
    this.#list = list;
    this.#maxBytes = limits.listBytes;
    this.#ttl = ttlOf;
  }

  get room(): number {
    return this.#list.limit - this.#items.length - this.#prefixes.length;
  }

  /** Where the walk goes on, within this answer. */
  take(page: ItemPage): Key | undefined {
    for (const { key, item } of page.entries) {
      const group = this.#groupOf(key);
      if (group !== undefined) {
        this.#prefixes.push(jsonKey(group));
        return this.#goOn(prefixEnd(group));
      }
      this.#push(key, item);
      if (this.#isFull) {
        const isLast = page.next === undefined && page.entries.at(-1)?.key === key;
        return this.#goOn(isLast ? undefined : keyAfter(key));
      }
    }
    return page.next;
  }

  json(revision: number): string {
    const { digest } = this.#list;
    const cursor =
      this.#next === undefined
        ? 'null'
        : `"${formatCursor({ revision, next: this.#next }, digest)}"`;
    return (
      `{"revision":${revision},"items":[${this.#items.join(',')}],` +
      `"prefixes":[${this.#prefixes.join(',')}],"next":${cursor}}`
    );
  }

  get #isFull(): boolean {
    return this.room === 0 || this.#bytes >= this.#maxBytes;
  }

  /** The key up to its delimiter, which stands for all keys that begin so. */
  #groupOf(key: Key): Key | undefined {
    const { delimiter, prefix } = this.#list;
    if (delimiter === undefined || !hasPrefix(key, prefix)) return undefined;
    const at = key.indexOf(delimiter, prefix.length);
    return at === -1 ? undefined : key.slice(0, at + delimiter.length);
  }

  #push(key: Key, item: Item): void {
    const json = this.#list.shape === 'keys' ? jsonKey(key) : jsonItem(key, item, this.#ttl);
    this.#items.push(json);
    this.#bytes += json.length;
  }

  /** On to `at` in this answer, or in the next one where this is full. */
  #goOn(at: Key | undefined): Key | undefined {
    if (!this.#isFull) return at;
    this.#next = at;
    return undefined;
  }
}
