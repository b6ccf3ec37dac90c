/**
 * The request target, split and matched to a route. The router never sees the raw target: it gets
 * the route's own path, so that nothing of a key is decoded twice, folded or mistaken for a route.
 */
import { isUtf8Bytes, percentDecode } from './byte-string.ts';
import { Problem, tooLarge } from './problem.ts';
import type { Key } from '../kv/key.ts';

export type RoutePath =
  | '/v1/kv/{key}'
  | '/v1/kv'
  | '/v1/txn'
  | '/v1/history/{key}'
  | '/v1/watch'
  | '/v1/cluster'
  | '/v1/cluster/leader'
  | '/v1/cluster/quorums'
  | '/v1/cluster/members'
  | '/v1/cluster/members/{id}'
  | '/v1/cluster/members/{id}/promote'
  | '/v1/cluster/members/{id}/replace'
  | '/v1/snapshot'
  | '/v1/log'
  | '/v1/log/{slot}'
  | '/v1/limits'
  | '/livez'
  | '/readyz';

export interface Target {
  readonly route: RoutePath;
  /** The part of the path that the route leaves open, not decoded: a key, a slot, a replica's id. */
  readonly rest: string;
  /** Without its question mark; `undefined` where there is none. */
  readonly query: string | undefined;
  /** Path and query, for a redirect. */
  readonly origin: string;
}

const KEY_PREFIX = '/v1/kv/';
const HISTORY_PREFIX = '/v1/history/';
const SLOT_PREFIX = '/v1/log/';
const MEMBER = /^\/v1\/cluster\/members\/([^/]+)(?:\/(promote|replace))?$/;

const FIXED: ReadonlyMap<string, RoutePath> = new Map(
  (
    [
      '/v1/kv',
      '/v1/txn',
      '/v1/watch',
      '/v1/cluster',
      '/v1/cluster/leader',
      '/v1/cluster/quorums',
      '/v1/cluster/members',
      '/v1/snapshot',
      '/v1/log',
      '/v1/limits',
      '/livez',
      '/readyz',
    ] as const
  ).map((path) => [path, path]),
);

/** The absolute form, which a server must take (RFC 9112, 3.2.2). */
const ABSOLUTE = /^https?:\/\/[^/?#]+/i;

/** `undefined`: no route has this path. */
export function parseTarget(raw: string): Target | undefined | Problem {
  if (raw.includes('#')) return new Problem('invalid_target', 'a target has no fragment (#)');
  const origin = raw.startsWith('/') ? raw : originOf(raw);
  const mark = origin.indexOf('?');
  const path = mark === -1 ? origin : origin.slice(0, mark);
  const query = mark === -1 ? undefined : origin.slice(mark + 1);
  if (path.startsWith(KEY_PREFIX)) {
    return { route: '/v1/kv/{key}', rest: path.slice(KEY_PREFIX.length), query, origin };
  }
  if (path.startsWith(HISTORY_PREFIX)) {
    return { route: '/v1/history/{key}', rest: path.slice(HISTORY_PREFIX.length), query, origin };
  }
  const fixed = FIXED.get(path);
  if (fixed !== undefined) return { route: fixed, rest: '', query, origin };
  if (path.startsWith(SLOT_PREFIX)) {
    return { route: '/v1/log/{slot}', rest: path.slice(SLOT_PREFIX.length), query, origin };
  }
  const [, rest, verb] = MEMBER.exec(path) ?? [];
  return rest === undefined ? undefined : { route: memberRoute(verb), rest, query, origin };
}

function memberRoute(verb: string | undefined): RoutePath {
  if (verb === 'promote') return '/v1/cluster/members/{id}/promote';
  if (verb === 'replace') return '/v1/cluster/members/{id}/replace';
  return '/v1/cluster/members/{id}';
}

function originOf(raw: string): string {
  const match = ABSOLUTE.exec(raw);
  if (match === null) return raw;
  const origin = raw.slice(match[0].length);
  return origin.startsWith('/') ? origin : `/${origin}`;
}

export function parseKey(rest: string, maxBytes: number): Key | Problem {
  const key = percentDecode(rest, false);
  if (key === undefined) {
    return new Problem('invalid_key', 'a percent sign is not followed by two hexadecimal digits');
  }
  if (key.length === 0) return new Problem('invalid_key', 'a key has at least one byte');
  if (key.length > maxBytes) return tooLarge('key_too_long', 'keyBytes', maxBytes, key.length);
  if (!isUtf8Bytes(key)) return new Problem('invalid_key', 'the bytes of the key are not UTF-8');
  return key;
}
