/**
 * `GET /v1/watch`: what happens to a key, or to all keys with a prefix, as server-sent events or as lines.
 * It can be begun again at any replica behind the last `id` that was seen; how it goes on is in
 * watch-stream.ts.
 */
import { refusesBody } from './body.ts';
import { formatOf, type StreamFormat } from './event-stream.ts';
import type { Exchange } from './exchange.ts';
import { parseWhole } from './number.ts';
import { compacted, futureRevision } from './outcome.ts';
import { Problem, tooLarge } from './problem.ts';
import { WATCH } from './operations/ranges.ts';
import { invalid, parseQuery, type Query } from './query.ts';
import {
  type LevelOptions,
  levelFields,
  optionsAt,
  parseReadOptions,
  readWith,
} from './read-level.ts';
import { redirects } from './prefer.ts';
import type { Key } from '../kv/key.ts';
import type { Watched } from '../replica/watch-index.ts';
import { parseKey64 } from './target.ts';
import { streamWatch } from './watch-stream.ts';

type WatchQuery = Query<keyof typeof WATCH.query>;

interface WatchRequest {
  readonly watched: Watched;
  /** `undefined`: what happens from now on. */
  readonly since: number | undefined;
  readonly prev: boolean;
  readonly format: StreamFormat;
  readonly options: LevelOptions;
}

export function serveWatch(exchange: Exchange): void {
  const { context } = exchange;
  const watch = parseWatch(exchange);
  if (watch instanceof Problem) {
    exchange.refuse(watch);
    return;
  }
  if (refusesBody(exchange) || redirects(exchange)) return;
  const { format, options, prev, since, watched } = watch;
  readWith(exchange, optionsAt(options, since), (grant) => {
    const { oldestRevision } = context.replica.store;
    const after = since ?? grant.revision;
    if (after > grant.revision) exchange.refuse(futureRevision(grant.revision));
    else if (after < oldestRevision) exchange.refuse(compacted(oldestRevision));
    else if (context.watches.size >= context.limits.watches) {
      exchange.refuse(new Problem('overloaded', 'as many watches as may be are open'));
    } else {
      const fields = levelFields(grant);
      streamWatch(exchange, { watched, after, withBefore: prev }, { format, fields });
    }
  });
}

function parseWatch(exchange: Exchange): WatchRequest | Problem {
  const { fields, target, context } = exchange;
  const { limits } = context;
  const query = parseQuery(target.query, WATCH.query, limits);
  if (query instanceof Problem) return query;
  const watched = parseWatched(query, limits.keyBytes);
  if (watched instanceof Problem) return watched;
  const prev = query.flag('prev');
  if (prev instanceof Problem) return prev;
  const options = parseReadOptions(exchange, query);
  if (options instanceof Problem) return options;
  const asked = query.whole('since');
  if (asked instanceof Problem) return asked;
  const seen = fields.lastEventId === undefined ? undefined : parseWhole(fields.lastEventId);
  if (fields.lastEventId !== undefined && seen === undefined) {
    return new Problem('invalid_header', 'Last-Event-ID is a revision in plain digits');
  }
  const format = formatOf(exchange);
  return { watched, since: seen ?? asked, prev, format, options };
}

function parseWatched(query: WatchQuery, keyBytes: number): Watched | Problem {
  const key = parseWatchedKey(query, keyBytes);
  if (key instanceof Problem) return key;
  const prefix = query.bound('prefix', keyBytes);
  if (prefix instanceof Problem) return prefix;
  if (key !== undefined && prefix !== undefined) {
    return invalid('prefix', 'does not go with key: a watch is of one of them');
  }
  if (key === '') return invalid('key', 'has at least one byte');
  if (key !== undefined) return { type: 'key', key };
  if (prefix !== undefined) return { type: 'prefix', prefix };
  return invalid('prefix', 'or key says what is watched; an empty prefix is that of all keys');
}

function parseWatchedKey(query: WatchQuery, keyBytes: number): Key | undefined | Problem {
  const text = query.text('key64');
  if (text === undefined) return query.bound('key', keyBytes);
  if (query.has('key')) return invalid('key64', 'stands in the place of key, not beside it');
  const key = parseKey64(text);
  if (key === undefined) return invalid('key64', 'is the bytes of a key in base64url');
  return key.length > keyBytes ? tooLarge('key_too_long', 'keyBytes', keyBytes, key.length) : key;
}
