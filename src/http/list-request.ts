/** The parameters of `GET /v1/kv`. */
import { digestOf, parseCursor, type Cursor } from './cursor.ts';
import type { Exchange } from './exchange.ts';
import { Problem } from './problem.ts';
import { NDJSON } from './list-stream.ts';
import { LIST } from './operations/ranges.ts';
import { invalid, parseQuery, type Query } from './query.ts';
import { type LevelOptions, parseReadOptions } from './read-level.ts';
import type { Key } from '../kv/key.ts';
import { prefixEnd } from '../kv/prefix.ts';

type ListQuery = Query<keyof typeof LIST.query>;

export interface ListRequest {
  readonly prefix: Key;
  readonly start: Key;
  /** Exclusive; `undefined` is the end of all keys. */
  readonly end: Key | undefined;
  /** Keys that have it behind the prefix are folded into one entry of `prefixes`. */
  readonly delimiter: Key | undefined;
  /** Of items and prefixes together. */
  readonly limit: number;
  readonly shape: 'items' | 'keys' | 'count';
  /** As lines; `limit` counts only where it was given then. */
  readonly isStream: boolean;
  readonly streamLimit: number | undefined;
  /** The older revision that was asked for. */
  readonly revision: number | undefined;
  readonly cursor: Cursor | undefined;
  /** Binds the cursors to come to this request. */
  readonly digest: string;
  readonly options: LevelOptions;
}

export function parseList(exchange: Exchange): ListRequest | Problem {
  const { fields, target, context } = exchange;
  const { limits } = context;
  const isStream = fields.accept?.includes(NDJSON) === true && !fields.accept.includes('*/*');
  const query = parseQuery(target.query, LIST.query, limits);
  if (query instanceof Problem) return query;
  const options = parseReadOptions(exchange, query);
  if (options instanceof Problem) return options;
  const shape = parseShape(query);
  if (shape instanceof Problem) return shape;
  const whole = (['cursor', 'delimiter', 'count'] as const).find(
    (name) => isStream && query.has(name),
  );
  if (whole !== undefined) return invalid(whole, 'does not go with a list that is streamed');
  const limit = query.whole('limit');
  if (limit instanceof Problem) return limit;
  const revision = query.whole('revision');
  if (revision instanceof Problem) return revision;
  const bounds = parseBounds(query, limits.keyBytes);
  if (bounds instanceof Problem) return bounds;
  const most = limit ?? limits.listItemsByDefault;
  const clusterId = context.replica.status().clusterId;
  const { prefix, start, end, delimiter } = bounds;
  const digest = digestOf([clusterId, prefix, start, end, delimiter, most, shape, revision]);
  const cursorText = query.text('cursor');
  const cursor = cursorText === undefined ? undefined : parseCursor(cursorText, digest, clusterId);
  if (cursor instanceof Problem) return cursor;
  const stream = { isStream, streamLimit: limit };
  return { ...bounds, limit: most, shape, ...stream, revision, cursor, digest, options };
}

function parseShape(query: ListQuery): ListRequest['shape'] | Problem {
  const keys = query.flag('keys');
  if (keys instanceof Problem) return keys;
  const count = query.flag('count');
  if (count instanceof Problem) return count;
  if (!count) return keys ? 'keys' : 'items';
  for (const name of ['keys', 'limit', 'cursor', 'delimiter'] as const) {
    if (query.has(name)) return invalid(name, 'does not go with count, which counts all keys');
  }
  return 'count';
}

type Bounds = Pick<ListRequest, 'prefix' | 'start' | 'end' | 'delimiter'>;

function parseBounds(query: ListQuery, keyBytes: number): Bounds | Problem {
  const prefix = query.bound('prefix', keyBytes);
  if (prefix instanceof Problem) return prefix;
  const start = query.bound('start', keyBytes);
  if (start instanceof Problem) return start;
  const end = query.bound('end', keyBytes);
  if (end instanceof Problem) return end;
  if (start !== undefined && end !== undefined && start > end) {
    return invalid('end', 'does not come before start');
  }
  const delimiter = query.bound('delimiter', keyBytes);
  if (delimiter instanceof Problem) return delimiter;
  if (delimiter === '') return invalid('delimiter', 'is not empty');
  const first = prefix ?? '';
  const last = prefixEnd(first);
  return {
    prefix: first,
    start: start !== undefined && start > first ? start : first,
    end: end === undefined || (last !== undefined && last < end) ? last : end,
    delimiter,
  };
}
