/** `GET /v1/history/{key}`: what the key was, as far as it is kept, the newest first, page by page. */
import { refusesBody } from './body.ts';
import { digestOf, formatCursor, parseCursor } from './cursor.ts';
import type { Exchange } from './exchange.ts';
import { jsonItem } from './item-json.ts';
import type { TtlOf } from './lifetime.ts';
import { parseWhole } from './number.ts';
import { Problem } from './problem.ts';
import { HISTORY } from './operations/keys.ts';
import { parseQuery } from './query.ts';
import {
  type LevelOptions,
  levelFields,
  optionsAt,
  parseReadOptions,
  readWith,
} from './read-level.ts';
import { redirects } from './prefer.ts';
import type { Granted, HistoryEntry } from '../replica/api.ts';
import { parseKey } from './target.ts';
import type { Key } from '../kv/key.ts';

interface HistoryRequest {
  readonly key: Key;
  readonly limit: number;
  /** Of a later page: the revision that all pages are of, and the last entry of the one before. */
  readonly page: { readonly revision: number; readonly below: number } | undefined;
  readonly digest: string;
  readonly options: LevelOptions;
}

export function serveHistory(exchange: Exchange): void {
  const history = parseHistory(exchange);
  if (history instanceof Problem) {
    exchange.refuse(history);
    return;
  }
  if (refusesBody(exchange) || redirects(exchange)) return;
  const { options, page } = history;
  readWith(exchange, optionsAt(options, page?.revision), (grant) => {
    if (page !== undefined && page.revision > grant.revision) {
      exchange.refuse(new Problem('invalid_cursor', 'its revision is not reached yet'));
    } else {
      answerPage(exchange, history, grant);
    }
  });
}

function parseHistory(exchange: Exchange): HistoryRequest | Problem {
  const { target, context } = exchange;
  const { limits, replica } = context;
  const key = parseKey(target, limits.keyBytes);
  if (key instanceof Problem) return key;
  const query = parseQuery(target.query, HISTORY.query, limits);
  if (query instanceof Problem) return query;
  const options = parseReadOptions(exchange, query);
  if (options instanceof Problem) return options;
  const asked = query.whole('limit');
  if (asked instanceof Problem) return asked;
  const limit = asked ?? limits.listItemsByDefault;
  const { clusterId } = replica.status();
  const digest = digestOf([clusterId, 'history', key, limit]);
  const text = query.text('cursor');
  const cursor = text === undefined ? undefined : parseCursor(text, digest, clusterId);
  if (cursor instanceof Problem) return cursor;
  if (cursor === undefined) return { key, limit, page: undefined, digest, options };
  const below = parseWhole(cursor.next);
  if (below === undefined) return new Problem('invalid_cursor', 'it is not one of a history');
  return { key, limit, page: { revision: cursor.revision, below }, digest, options };
}

function answerPage(exchange: Exchange, history: HistoryRequest, grant: Granted): void {
  const { digest, key, limit, page } = history;
  const { context } = exchange;
  const revision = page?.revision ?? grant.revision;
  const below = page?.below ?? Number.POSITIVE_INFINITY;
  const maxBytes = context.limits.listBytes;
  context.replica.store.keyHistory({ key, below, limit, maxBytes }, (error, found) => {
    if (error !== undefined) {
      context.logger?.error({ err: error }, 'the history of a key could not be read');
      exchange.refuse(new Problem('internal', 'the store could not be read'));
      return;
    }
    const { entries, more } = found;
    const last = entries.at(-1);
    if (last === undefined && page === undefined) {
      exchange.refuse(new Problem('key_not_found', 'nothing is kept of such a key'), revision);
      return;
    }
    const items = entries.filter((entry) => entry.revision <= revision);
    const next =
      more && last !== undefined
        ? `"${formatCursor({ revision, next: `${last.revision}` }, digest)}"`
        : 'null';
    const json = items.map((entry) => jsonEntry(key, entry, context.ttlOf)).join(',');
    const body = `{"revision":${revision},"items":[${json}],"next":${next}}`;
    exchange.answerJson(200, revision, body, levelFields(grant));
  });
}

function jsonEntry(key: Key, { item, revision }: HistoryEntry, ttl: TtlOf): string {
  if (item === undefined) return `{"revision":${revision},"deleted":true}`;
  return jsonItem(key, item, ttl);
}
