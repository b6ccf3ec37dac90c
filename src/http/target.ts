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
  | '/v1/leases'
  | '/v1/leases/{id}'
  | '/v1/leases/{id}/keepalive'
  | '/v1/locks/{name}'
  | '/v1/locks/{name}/keepalive'
  | '/v1/history/{key}'
  | '/v1/watch'
  | '/v1/events'
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
  | '/readyz'
  | '/metrics'
  | '/openapi.json'
  | '/docs';

export interface Target {
  readonly route: RoutePath;
  /** The part of the path that the route leaves open, not decoded: a key, a slot, a replica's id. */
  readonly rest: string;
  /** Whether `rest` is a key in base64url, from `?key64=`. */
  readonly isKey64: boolean;
  /** Without its question mark; `undefined` where there is none. */
  readonly query: string | undefined;
  /** Path and query, for a redirect. */
  readonly origin: string;
}

const KEY_PREFIX = '/v1/kv/';
const KEY64 = /(^|&)key64=([^&]*)/;
const KEY64_ROUTES: ReadonlyMap<string, RoutePath> = new Map([
  ['/v1/kv', '/v1/kv/{key}'],
  ['/v1/history', '/v1/history/{key}'],
]);
const HISTORY_PREFIX = '/v1/history/';
const LOCK_PREFIX = '/v1/locks/';
const KEEPALIVE = '/keepalive';
const LEASE = /^\/v1\/leases\/([^/]+)(\/keepalive)?$/;
const SLOT_PREFIX = '/v1/log/';
const MEMBER = /^\/v1\/cluster\/members\/([^/]+)(?:\/(promote|replace))?$/;

const FIXED: ReadonlyMap<string, RoutePath> = new Map(
  (
    [
      '/v1/kv',
      '/v1/txn',
      '/v1/leases',
      '/v1/watch',
      '/v1/events',
      '/v1/cluster',
      '/v1/cluster/leader',
      '/v1/cluster/quorums',
      '/v1/cluster/members',
      '/v1/snapshot',
      '/v1/log',
      '/v1/limits',
      '/livez',
      '/readyz',
      '/metrics',
      '/openapi.json',
      '/docs',
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
    return targetOf('/v1/kv/{key}', path.slice(KEY_PREFIX.length), query, origin);
  }
  if (path.startsWith(HISTORY_PREFIX)) {
    return targetOf('/v1/history/{key}', path.slice(HISTORY_PREFIX.length), query, origin);
  }
  if (path.startsWith(LOCK_PREFIX)) return targetOfLock(path, query, origin);
  const byKey64 = targetOfKey64(path, query, origin);
  if (byKey64 !== undefined) return byKey64;
  const fixed = FIXED.get(path);
  if (fixed !== undefined) return targetOf(fixed, '', query, origin);
  if (path.startsWith(SLOT_PREFIX)) {
    return targetOf('/v1/log/{slot}', path.slice(SLOT_PREFIX.length), query, origin);
  }
  const [, lease, keepalive] = LEASE.exec(path) ?? [];
  if (lease !== undefined) {
    const route = keepalive === undefined ? '/v1/leases/{id}' : '/v1/leases/{id}/keepalive';
    return targetOf(route, lease, query, origin);
  }
  const [, rest, verb] = MEMBER.exec(path) ?? [];
  return rest === undefined ? undefined : targetOf(memberRoute(verb), rest, query, origin);
}

function targetOf(
  route: RoutePath,
  rest: string,
  query: string | undefined,
  origin: string,
): Target {
  return { route, rest, isKey64: false, query, origin };
}

/** A slash that belongs to a name before `/keepalive` is percent-encoded. */
function targetOfLock(path: string, query: string | undefined, origin: string): Target {
  const name = path.slice(LOCK_PREFIX.length);
  if (!name.endsWith(KEEPALIVE)) return targetOf('/v1/locks/{name}', name, query, origin);
  const rest = name.slice(0, -KEEPALIVE.length);
  return targetOf('/v1/locks/{name}/keepalive', rest, query, origin);
}

/** `/v1/kv?key64=BASE64URL` is the path of a key, of any bytes at all. */
function targetOfKey64(
  path: string,
  query: string | undefined,
  origin: string,
): Target | undefined {
  const route = KEY64_ROUTES.get(path);
  const match = route === undefined || query === undefined ? null : KEY64.exec(query);
  if (route === undefined || match === null) return undefined;
  const [pair, before = '', rest = ''] = match;
  const after = match.input.slice(match.index + pair.length).replace(/^&/, '');
  const others = [match.input.slice(0, match.index) + before.replace(/&$/, ''), after];
  const left = others.filter((text) => text !== '').join('&');
  return { route, rest, isKey64: true, query: left === '' ? undefined : left, origin };
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

const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** The bytes of a key in base64url, without padding; `undefined`: it is no such text. */
export function parseKey64(text: string): Key | undefined {
  if (!BASE64URL.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes.toString('latin1') : undefined;
}

export function parseKey({ isKey64, rest }: Target, maxBytes: number): Key | Problem {
  if (isKey64) {
    const key = parseKey64(rest);
    if (key === undefined) return new Problem('invalid_key', 'key64 is no base64url');
    if (key.length <= maxBytes) return key;
    return tooLarge('key_too_long', 'keyBytes', maxBytes, key.length);
  }
  const key = percentDecode(rest, false);
  if (key === undefined) {
    return new Problem('invalid_key', 'a percent sign is not followed by two hexadecimal digits');
  }
  if (key.length === 0) return new Problem('invalid_key', 'a key has at least one byte');
  if (key.length > maxBytes) return tooLarge('key_too_long', 'keyBytes', maxBytes, key.length);
  if (!isUtf8Bytes(key)) return new Problem('invalid_key', 'the bytes of the key are not UTF-8');
  return key;
}
