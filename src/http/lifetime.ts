/** How long a key lives: what a put asks for, and what is told of it. */
import { type Lease, decodeLease, leaseKey } from '../kv/lease-records.ts';
import { type LeaseId, type LifetimeWish, MAX_TTL_MS } from '../kv/lifetime.ts';
import type { Item } from '../kv/item.ts';
import type { ReplicaApi } from '../replica/api.ts';
import { formatDuration, parseDuration, parseWhole } from './number.ts';
import { Problem } from './problem.ts';
import { invalid, type Query } from './query.ts';

/** What is left of an item's time, in ms; `undefined`: it lives until it is deleted. */
export type TtlOf = (item: Item) => number | undefined;

export const LIFETIME_PARAMETERS: readonly string[] = ['ttl', 'lease'];

/** `?ttl=30s` or `?lease=ID`. */
export function parseLifetime(query: Query): LifetimeWish | undefined | Problem {
  const ttl = query.text('ttl');
  const lease = query.text('lease');
  if (ttl === undefined && lease === undefined) return undefined;
  if (ttl !== undefined && lease !== undefined) {
    return invalid('lease', 'does not go together with ttl');
  }
  return lifetimeOf(ttl, lease) ?? invalidLifetime(ttl);
}

/** One of them is there; `undefined`: it is not valid. */
export function lifetimeOf(
  ttl: string | undefined,
  lease: string | undefined,
): LifetimeWish | undefined {
  const ttlMs = ttl === undefined ? undefined : parseTtlMs(ttl);
  if (ttlMs !== undefined) return { type: 'ttl', ttlMs };
  const id = lease === undefined ? undefined : parseLeaseId(lease);
  return id === undefined ? undefined : { type: 'lease', lease: id };
}

function invalidLifetime(ttl: string | undefined): Problem {
  if (ttl !== undefined) return invalid('ttl', TTL_RULE);
  return invalid('lease', 'is the id of a lease');
}

export const TTL_RULE = 'is a duration such as 30s, above zero and at most ten years';

export function parseTtlMs(text: string): number | undefined {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= 1 && ms <= MAX_TTL_MS ? ms : undefined;
}

export function parseLeaseId(text: string): LeaseId | undefined {
  const id = parseWhole(text);
  return id !== undefined && id > 0 ? id : undefined;
}

/** About: cluster time goes on at the leader. */
export function ttlOf(replica: ReplicaApi): TtlOf {
  return ({ lifetime }) => {
    if (lifetime === undefined) return undefined;
    if (lifetime.type === 'until') return remainingMs(replica, lifetime.untilMs);
    const lease = leaseIn(replica, lifetime.lease);
    return lease === undefined ? 0 : remainingMs(replica, lease.untilMs);
  };
}

export function leaseIn({ store }: ReplicaApi, id: LeaseId): Lease | undefined {
  const item = store.item(leaseKey(id));
  return item === undefined ? undefined : decodeLease(item.value);
}

export function remainingMs(replica: ReplicaApi, untilMs: number): number {
  return Math.max(0, Math.floor(untilMs - replica.clusterTimeMs()));
}

/** `,"ttl":...` and the lease, or nothing. */
export function jsonLifetimeMembers(item: Item, ttl: TtlOf): string {
  const { lifetime } = item;
  const ms = lifetime === undefined ? undefined : ttl(item);
  if (lifetime === undefined || ms === undefined) return '';
  const lease = lifetime.type === 'lease' ? `,"lease":"${lifetime.lease}"` : '';
  return `,"ttl":"${formatDuration(ms)}"${lease}`;
}
