/** What is ordered of leases and locks, on a view of the store. */
import type { Applied, View } from './apply.ts';
import type { RangeRead } from './apply-transaction.ts';
import type { KeptAnswer } from './answer.ts';
import { LeaseDraft, livingLease, lockOf } from './lease-draft.ts';
import {
  type EndLimits,
  endLease,
  expire,
  rangesOfEnd,
  rangesOfExpire,
  takeLock,
  waiterOf,
} from './lease-end.ts';
import type { LeaseOperation, LockAcquire, LockLeave } from './lease.ts';
import { encodeWaiter, type Lock, waiterKey, waitersRange } from './lease-records.ts';
import type { LeaseId } from './lifetime.ts';
import type { Moment } from './moment.ts';
import { unreachable } from './unreachable.ts';

const NO_RANGES: readonly RangeRead[] = [];

type Items = Pick<View, 'item'>;
type Draw = (draft: LeaseDraft, limits: EndLimits) => Told;
/** Without its revision: where something is written, that of the command, else that of the store. */
type Told = KeptAnswer extends infer A
  ? A extends KeptAnswer
    ? Omit<A, 'revision'>
    : never
  : never;

export function applyLease(
  view: View,
  operation: LeaseOperation,
  moment: Moment,
  limits: EndLimits,
): Applied {
  const draft = new LeaseDraft(view, moment);
  const told = drawOf(operation)(draft, limits);
  const { writes } = draft;
  const revision = writes.length === 0 ? moment.revision : draft.next;
  return { writes, answer: { ...told, revision } };
}

/** The ranges that `applyLease` will scan, in that order, to be read beforehand. */
export function rangesOfLease(
  view: Items,
  operation: LeaseOperation,
  moment: Moment,
  limits: EndLimits,
): readonly RangeRead[] {
  switch (operation.type) {
    case 'leaseGrant':
    case 'leaseRenew':
    case 'lockRenew':
      return NO_RANGES;
    case 'leaseRevoke':
      return rangesOfRevoke(view, operation.lease, limits);
    case 'lockRelease':
      return rangesOfRevoke(view, lockOf(view, operation.name)?.lease, limits);
    case 'lockAcquire':
      return isQueued(operation, lockOf(view, operation.name)) ? queueOf(operation, limits) : [];
    case 'lockLeave': {
      const lock = lockOf(view, operation.name);
      if (lock?.owner !== operation.waiter) return queueOf(operation, limits);
      return operation.givesBack ? rangesOfRevoke(view, lock.lease, limits) : NO_RANGES;
    }
    case 'expire':
      return rangesOfExpire(view, operation, moment, limits);
    default:
      return unreachable(operation);
  }
}

function drawOf(operation: LeaseOperation): Draw {
  switch (operation.type) {
    case 'leaseGrant':
      return (draft, limits) => grant(draft, operation.ttlMs, limits);
    case 'leaseRenew':
      return (draft) => renew(draft, operation.lease);
    case 'leaseRevoke':
      return (draft, limits) => revoke(draft, operation.lease, limits);
    case 'lockAcquire':
      return (draft, limits) => acquire(draft, operation, limits);
    case 'lockLeave':
      return (draft, limits) => leave(draft, operation, limits);
    case 'lockRenew':
      return (draft) => renew(draft, draft.lock(operation.name)?.lease);
    case 'lockRelease':
      return (draft, limits) => revoke(draft, draft.lock(operation.name)?.lease, limits);
    case 'expire':
      return (draft, limits) => ({ type: 'expired', deleted: expire(draft, operation, limits) });
    default:
      return unreachable(operation);
  }
}

function rangesOfRevoke(
  view: Items,
  id: LeaseId | undefined,
  limits: EndLimits,
): readonly RangeRead[] {
  const lease = id === undefined ? undefined : livingLease(view, id);
  if (id === undefined || lease === undefined) return NO_RANGES;
  return rangesOfEnd(id, lease, limits.changedKeys, limits);
}

function isQueued({ waitMs }: LockAcquire, lock: Lock | undefined): boolean {
  return lock !== undefined && waitMs > 0;
}

function queueOf({ name }: LockAcquire | LockLeave, { leases }: EndLimits): readonly [RangeRead] {
  return [{ range: waitersRange(name), limit: leases.waiters }];
}

function grant(draft: LeaseDraft, ttlMs: number, { leases }: EndLimits): Told {
  if (draft.counters.leases >= leases.leases) return { type: 'tooManyLeases' };
  return { type: 'leaseGranted', lease: draft.grant(ttlMs, undefined), ttlMs };
}

function renew(draft: LeaseDraft, id: LeaseId | undefined): Told {
  const lease = id === undefined ? undefined : livingLease(draft.view, id);
  if (id === undefined || lease === undefined) return { type: 'leaseGone' };
  const untilMs = draft.after(lease.ttlMs);
  draft.moveDue(id, lease.untilMs, untilMs);
  draft.setLease(id, { ...lease, untilMs, renewals: lease.renewals + 1 });
  return { type: 'leaseRenewed', lease: id, ttlMs: lease.ttlMs };
}

function revoke(draft: LeaseDraft, id: LeaseId | undefined, limits: EndLimits): Told {
  const lease = id === undefined ? undefined : livingLease(draft.view, id);
  if (id === undefined || lease === undefined) return { type: 'leaseGone' };
  const end = { why: 'revoked', budget: limits.changedKeys, limits } as const;
  return { type: 'leaseRevoked', deleted: endLease(draft, id, lease, end) };
}

function acquire(draft: LeaseDraft, operation: LockAcquire, limits: EndLimits): Told {
  const { name, ttlMs } = operation;
  const { id: owner } = draft.moment;
  const lock = draft.lock(name);
  if (isQueued(operation, lock)) return queue(draft, operation, limits);
  if (lock !== undefined) return { type: 'lockBusy', freeInMs: freeInMs(draft, lock) };
  if (draft.counters.leases >= limits.leases.leases) return { type: 'tooManyLeases' };
  takeLock(draft, name, { owner, ttlMs });
  return heldBy(draft, draft.lock(name));
}

/** About when the lock is free, where it is not renewed. */
function freeInMs(draft: LeaseDraft, { lease }: Lock): number {
  const untilMs = draft.lease(lease)?.untilMs ?? 0;
  return Math.max(0, Math.ceil(untilMs - draft.moment.timeMs));
}

function queue(draft: LeaseDraft, operation: LockAcquire, { leases }: EndLimits): Told {
  const { name, ttlMs, waitMs } = operation;
  const { id: owner, timeMs } = draft.moment;
  const tickets = draft.view.scan(waitersRange(name), leases.waiters);
  const isPast = tickets.filter((ticket) => (waiterOf(draft.view, ticket)?.untilMs ?? 0) <= timeMs);
  if (tickets.length - isPast.length >= leases.waiters) return { type: 'tooManyWaiters' };
  for (const ticket of isPast) draft.delete(ticket);
  const waiter = encodeWaiter({ owner, ttlMs, untilMs: draft.after(waitMs) });
  draft.set(waiterKey(name, draft.next), waiter);
  return { type: 'lockQueued', waiter: owner };
}

function leave(draft: LeaseDraft, operation: LockLeave, limits: EndLimits): Told {
  const { givesBack, name, waiter } = operation;
  const lock = draft.lock(name);
  if (lock?.owner === waiter) {
    if (givesBack) revoke(draft, lock.lease, limits);
    return givesBack ? { type: 'lockLeft' } : heldBy(draft, lock);
  }
  for (const ticket of draft.view.scan(waitersRange(name), limits.leases.waiters)) {
    if (waiterOf(draft.view, ticket)?.owner === waiter) draft.delete(ticket);
  }
  return { type: 'lockLeft' };
}

function heldBy(draft: LeaseDraft, lock: Lock | undefined): Told {
  const lease = lock === undefined ? undefined : draft.lease(lock.lease);
  if (lock === undefined || lease === undefined) throw new Error('a lock without a lease');
  return { type: 'lockHeld', fence: lock.fence, lease: lock.lease, ttlMs: lease.ttlMs };
}
