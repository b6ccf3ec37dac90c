/** What was ordered of leases and locks, as `GET /v1/log` shows it. */
import type { LeaseOperation } from '../kv/lease.ts';
import type { LifetimeWish } from '../kv/lifetime.ts';
import { unreachable } from '../kv/unreachable.ts';
import { jsonBytesMember, jsonKeyMember } from './byte-string.ts';
import { formatDuration } from './number.ts';

/** Of a put: `,"ttl":...` or `,"lease":...`, or nothing. */
export function jsonWish(wish: LifetimeWish | undefined): string {
  if (wish === undefined) return '';
  if (wish.type === 'lease') return `,"lease":"${wish.lease}"`;
  return `,"ttl":"${formatDuration(wish.ttlMs)}"`;
}

/** The members of the operation. */
export function jsonLeaseOperation(operation: LeaseOperation): string {
  const op = `"op":"${operation.type}"`;
  switch (operation.type) {
    case 'leaseGrant':
      return `${op},"ttl":"${formatDuration(operation.ttlMs)}"`;
    case 'leaseRenew':
    case 'leaseRevoke':
      return `${op},"lease":"${operation.lease}"`;
    case 'lockAcquire': {
      const { name, ttlMs, waitMs } = operation;
      const times = `"ttl":"${formatDuration(ttlMs)}","wait":"${formatDuration(waitMs)}"`;
      return `${op},${jsonBytesMember('name', name)},${times}`;
    }
    case 'lockLeave':
      return `${op},${jsonBytesMember('name', operation.name)},"waiter":"${operation.waiter}"`;
    case 'lockRenew':
    case 'lockRelease':
      return `${op},${jsonBytesMember('name', operation.name)}`;
    case 'expire': {
      const { round, leader } = operation.ballot;
      const leases = operation.leases.map(({ lease }) => `"${lease}"`);
      const keys = operation.keys.map(({ key }) => `{${jsonKeyMember(key)}}`);
      const ballot = `"ballot":{"round":${round},"leader":${leader}}`;
      return `${op},${ballot},"leases":[${leases.join(',')}],"keys":[${keys.join(',')}]`;
    }
    default:
      return unreachable(operation);
  }
}
