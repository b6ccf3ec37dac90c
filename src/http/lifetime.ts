/** How long a key lives: what a put asks for, and what is told of it. */
import { type Lease, decodeLease, leaseKey } from '../kv/lease-records.ts';
import { type LeaseId, type LifetimeWish, MAX_TTL_MS } from '../kv/lifetime.ts';
import type { Item } from '../kv/item.ts';
import type { ReplicaApi } from '../replica/api.ts';
import { formatDuration, parseDuration, parseWhole } from './number.ts';
import type { LIFETIME_PARAMETERS } from './parameters.ts';
import type { Problem } from './problem.ts';
import { invalid, type Query } from './query.ts';

/** What is left of an item's time, in ms; `undefined`: it lives until it is deleted. */
export type TtlOf = (item: Item) => number | undefined;

/** `?ttl=30s` or `?lease=ID`. */
export function parseLifetime(
  query: Query<keyof typeof LIFETIME_PARAMETERS>,
): LifetimeWish | undefined | Problem {
  const ttl = query.text('ttl');
  const lease = query.text('lease');
  if (ttl === undefined && lease === undefined) return undefined;
  if (ttl !== undefined && lease !== undefined) {
    return invalid('lease', 'does not go together with ttl');
  }
  const ttlMs = ttl === undefined ? undefined : parseTtlMs(ttl);
  const id = lease === undefined ? undefined : parseLeaseId(lease);
  if (ttlMs === undefined && id === undefined) return invalidLifetime(ttl);
  return lifetimeOf(ttlMs, id);
}

/** At most one of them is there. */
export function lifetimeOf(
  ttlMs: number | undefined,
  lease: LeaseId | undefined,
): LifetimeWish | undefined {
  if (ttlMs !== undefined) return { type: 'ttl', ttlMs };
  return lease === undefined ? undefined : { type: 'lease', lease };
}

function invalidLifetime(ttl: string | undefined): Problem {
  if (ttl !== undefined) return invalid('ttl', `is ${TTL_RULE}`);
  return invalid('lease', 'is the id of a lease');
}

export const TTL_RULE = 'a duration such as 30s, above zero and at most ten years';

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
