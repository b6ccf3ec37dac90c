/**
 * How leases end: with their keys, and with the lock that they hold, which goes to the first in its queue
 * who still waits. A lease with more keys than one command may change ends in several: it is at an end from
 * the first one on, and the leader orders the rest.
 */
import type { ApplyLimits, View } from './apply.ts';
import type { RangeRead } from './apply-transaction.ts';
import type { Key } from './key.ts';
import type { LeaseDraft } from './lease-draft.ts';
import type { Expire, LeaseLimits } from './lease.ts';
import {
  decodeLease,
  decodeWaiter,
  type Ending,
  heldKey,
  heldRange,
  keyDueKey,
  keyOfHeld,
  type Lease,
  leaseKey,
  type Waiter,
  waitersRange,
} from './lease-records.ts';
import type { LeaseId } from './lifetime.ts';
import type { Moment } from './moment.ts';

export interface EndLimits extends ApplyLimits {
  readonly leases: LeaseLimits;
}

type Items = Pick<View, 'item'>;

/** What will be scanned where the lease ends with at most `budget` of its keys. */
export function rangesOfEnd(
  id: LeaseId,
  { keys, lock }: Lease,
  budget: number,
  { leases }: EndLimits,
): readonly RangeRead[] {
  const reads: RangeRead[] = [];
  if (keys > 0) reads.push({ range: heldRange(id), limit: Math.min(keys, budget) });
  if (lock !== undefined) reads.push({ range: waitersRange(lock), limit: leases.waiters });
  return reads;
}

export function rangesOfExpire(
  view: Items,
  expire: Expire,
  moment: Moment,
  limits: EndLimits,
): readonly RangeRead[] {
  const reads: RangeRead[] = [];
  let budget = limits.changedKeys - expire.keys.length;
  for (const { id, lease } of dueLeases(view, expire, moment)) {
    if (budget <= 0) break;
    reads.push(...rangesOfEnd(id, lease, budget, limits));
    budget -= Math.min(lease.keys, budget);
  }
  return reads;
}

/** How many keys are gone. */
export function expire(draft: LeaseDraft, operation: Expire, limits: EndLimits): number {
  const { moment, view } = draft;
  let budget = limits.changedKeys - operation.keys.length;
  if (isVoid(operation, moment)) return 0;
  for (const { key, revision } of operation.keys) expireKey(draft, key, revision);
  for (const { id, lease } of dueLeases(view, operation, moment)) {
    if (budget <= 0) break;
    budget -= endLease(draft, id, lease, { why: lease.ending ?? 'expired', budget, limits });
  }
  return draft.goneKeys;
}

/** A leader that was deposed ends nothing: what it saw of the time may not be so. */
function isVoid({ ballot }: Expire, moment: Moment): boolean {
  return ballot.round !== moment.ballot.round || ballot.leader !== moment.ballot.leader;
}

function* dueLeases(view: Items, operation: Expire, moment: Moment) {
  if (isVoid(operation, moment)) return;
  const seen = new Set<LeaseId>();
  for (const { lease: id, renewals } of operation.leases) {
    const item = seen.has(id) ? undefined : view.item(leaseKey(id));
    seen.add(id);
    const lease = item === undefined ? undefined : decodeLease(item.value);
    if (lease === undefined || lease.renewals !== renewals) continue;
    if (lease.untilMs <= moment.timeMs) yield { id, lease };
  }
}

function expireKey(draft: LeaseDraft, key: Key, revision: number): void {
  const item = draft.view.item(key);
  if (item === undefined || item.revision !== revision) return;
  const { lifetime } = item;
  if (lifetime?.type !== 'until' || lifetime.untilMs > draft.moment.timeMs) return;
  const due = keyDueKey(lifetime.untilMs, key);
  if (draft.bytes(due) === undefined) return;
  draft.delete(due);
  draft.deleteKey(key, true);
}

/** With at most `budget` of its keys: how many. */
export function endLease(
  draft: LeaseDraft,
  id: LeaseId,
  lease: Lease,
  end: { readonly why: Ending; readonly budget: number; readonly limits: EndLimits },
): number {
  const { budget, limits, why } = end;
  const count = Math.min(lease.keys, budget);
  const held = count === 0 ? [] : draft.view.scan(heldRange(id), count);
  for (const record of held) {
    const key = keyOfHeld(record);
    draft.delete(heldKey(id, key));
    draft.deleteKey(key, why === 'expired');
  }
  if (held.length === lease.keys) {
    draft.forget(id, lease);
  } else {
    const nowMs = Math.floor(draft.moment.timeMs);
    const untilMs = Math.min(lease.untilMs, nowMs);
    draft.moveDue(id, lease.untilMs, untilMs);
    const keys = lease.keys - held.length;
    draft.setLease(id, { ...lease, keys, untilMs, ending: why, lock: undefined });
  }
  if (lease.lock !== undefined) passLock(draft, lease.lock, limits);
  return held.length;
}

/** To the first in its queue who still waits; those before are passed over for good. */
function passLock(draft: LeaseDraft, name: Key, { leases }: EndLimits): void {
  for (const ticket of draft.view.scan(waitersRange(name), leases.waiters)) {
    const waiter = waiterOf(draft.view, ticket);
    if (waiter === undefined) continue;
    draft.delete(ticket);
    if (waiter.untilMs > draft.moment.timeMs) return takeLock(draft, name, waiter);
  }
  draft.deleteLock(name);
}

export function takeLock(
  draft: LeaseDraft,
  name: Key,
  { owner, ttlMs }: Pick<Waiter, 'owner' | 'ttlMs'>,
): void {
  const lease = draft.grant(ttlMs, name);
  draft.setLock(name, { fence: draft.next, lease, owner });
}

export function waiterOf(view: Items, ticket: Key): Waiter | undefined {
  const item = view.item(ticket);
  return item === undefined ? undefined : decodeWaiter(item.value);
}
