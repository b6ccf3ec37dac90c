/**
 * The state machine: one operation on a read-only view of the store, in the order of the log.
 * Its result depends on nothing but its arguments, so every replica that applies the same log
 * has the same store (PMMC 2.1). Guards are decided here, never earlier.
 *
 * An operation that changes something makes one new revision, however many keys it changes; one
 * that changes nothing makes none.
 */
import type { KeptAnswer } from './answer.ts';
import { applyTransaction, type RangeRead, rangesOfTransaction } from './apply-transaction.ts';
import { applyLease, rangesOfLease } from './apply-lease.ts';
import { incremented, itemAfter } from './item-after.ts';
import type { Item } from './item.ts';
import type { Key } from './key.ts';
import { isLeaseOperation } from './lease-codec.ts';
import { lifetimeChange, lifetimeOf } from './item-lifetime.ts';
import type { EndLimits } from './lease-end.ts';
import type { Lifetime } from './lifetime.ts';
import type { Moment } from './moment.ts';
import type { Condition, Delete, Increment, Operation, Put, Revisions } from './operation.ts';
import { type KeyRange, rangeOfPrefix } from './prefix.ts';
import { unreachable } from './unreachable.ts';

/** The store as the operations before this one left it. */
export interface View {
  item(key: Key): Item | undefined;
  /** The first `limit` keys of the range, in the order of their bytes. */
  scan(range: KeyRange, limit: number): readonly Key[];
}

/** An item of `undefined`: the key is deleted. */
export interface Write {
  readonly key: Key;
  readonly item: Item | undefined;
  /** Deleted because its time was up. */
  readonly isExpired?: boolean;
}

/** A key that lives as long as something else now, or did. */
export interface LifetimeChange {
  readonly key: Key;
  readonly before: Lifetime | undefined;
  readonly after: Lifetime | undefined;
}

/** To be written all together, or not at all. No two writes are to the same key. */
export interface Applied {
  readonly writes: readonly Write[];
  readonly answer: KeptAnswer;
  /** Of the keys that are written, where there are any. */
  readonly lifetimes?: readonly LifetimeChange[] | undefined;
}

export interface ApplyLimits {
  /** How many keys one operation may change. */
  readonly changedKeys: number;
}

const NO_RANGES: readonly RangeRead[] = [];

export function apply(
  view: View,
  operation: Operation,
  moment: Moment,
  limits: EndLimits,
): Applied {
  if (isLeaseOperation(operation)) return applyLease(view, operation, moment, limits);
  const { revision } = moment;
  switch (operation.type) {
    case 'put':
      return applyPut(view, operation, moment);
    case 'delete':
      return applyDelete(view.item(operation.key), operation, revision);
    case 'deleteRange':
      return applyDeleteRange(view, operation.prefix, revision, limits);
    case 'increment':
      return applyIncrement(view.item(operation.key), operation, revision);
    case 'transaction':
      return applyTransaction(view, operation, moment, limits);
    default:
      return unreachable(operation);
  }
}

/** The ranges that `apply` will scan, in that order, to be read beforehand. */
export function rangesOf(
  view: Pick<View, 'item'>,
  operation: Operation,
  moment: Moment,
  limits: EndLimits,
): readonly RangeRead[] {
  if (isLeaseOperation(operation)) return rangesOfLease(view, operation, moment, limits);
  switch (operation.type) {
    case 'deleteRange':
      return [{ range: rangeOfPrefix(operation.prefix), limit: limits.changedKeys + 1 }];
    case 'transaction':
      return rangesOfTransaction(view, operation, limits);
    case 'put':
    case 'delete':
    case 'increment':
      return NO_RANGES;
    default:
      return unreachable(operation);
  }
}

function applyPut(view: View, operation: Put, moment: Moment): Applied {
  const { revision } = moment;
  const before = view.item(operation.key);
  if (!isMet(operation.condition, before)) return conditionFailed(before, revision);
  const lifetime = lifetimeOf(view, operation.lifetime, moment);
  if (lifetime === 'gone') return { writes: [], answer: { type: 'leaseGone', revision } };
  const { key, value, contentType } = operation;
  const next = revision + 1;
  const item = itemAfter(before, { value, contentType, lifetime }, next);
  const created = before === undefined;
  const done = { type: 'put', revision: next, version: item.version, created, key } as const;
  const answer = operation.prev ? { ...done, prev: before ?? null } : done;
  const lifetimes = lifetimeChange(key, before, item);
  return { writes: [{ key, item }], answer, lifetimes };
}

function applyIncrement(before: Item | undefined, operation: Increment, revision: number): Applied {
  if (!isMet(operation.condition, before)) return conditionFailed(before, revision);
  const { key, by } = operation;
  const next = revision + 1;
  const sum = incremented(before, by, next);
  if (sum === undefined) return { writes: [], answer: { type: 'notANumber', revision } };
  const { item, number } = sum;
  const created = before === undefined;
  const done = { type: 'incremented', key, number, created } as const;
  const answer = { ...done, revision: next, version: item.version };
  const lifetimes = lifetimeChange(key, before, item);
  return { writes: [{ key, item }], answer, lifetimes };
}

function applyDelete(before: Item | undefined, operation: Delete, revision: number): Applied {
  if (!isMet(operation.condition, before)) return conditionFailed(before, revision);
  if (before === undefined) return { writes: [], answer: { type: 'absent', revision } };
  const done = { type: 'deleted', deleted: 1, revision: revision + 1 } as const;
  const answer = operation.prev ? { ...done, prev: before } : done;
  const { key } = operation;
  const lifetimes = lifetimeChange(key, before, undefined);
  return { writes: [{ key, item: undefined }], answer, lifetimes };
}

/** One key more than the limit is enough to know that it is passed. */
function applyDeleteRange(view: View, prefix: Key, revision: number, limits: ApplyLimits): Applied {
  const max = limits.changedKeys;
  const keys = view.scan(rangeOfPrefix(prefix), max + 1);
  const actual = keys.length;
  if (actual > max) return { writes: [], answer: { type: 'tooManyKeys', revision, max, actual } };
  const after = actual === 0 ? revision : revision + 1;
  const writes = keys.map((key) => ({ key, item: undefined }));
  const lifetimes = keys.flatMap((key) => lifetimeChange(key, view.item(key), undefined) ?? []);
  return { writes, answer: { type: 'deleted', deleted: actual, revision: after }, lifetimes };
}

function conditionFailed(before: Item | undefined, revision: number): Applied {
  const current = before === undefined ? {} : { current: before.revision };
  return { writes: [], answer: { type: 'conditionFailed', revision, ...current } };
}

/**
 * Whether a key in this state meets a condition (RFC 9110, 13.2.2). An absent key matches no
 * revision, so it fails every `ifMatch` and passes every `ifNoneMatch`.
 */
export function isMet(condition: Condition | undefined, item: Item | undefined): boolean {
  if (condition === undefined) return true;
  const { ifMatch, ifNoneMatch } = condition;
  if (ifMatch !== undefined && !isAmong(ifMatch, item)) return false;
  return ifNoneMatch === undefined || !isAmong(ifNoneMatch, item);
}

function isAmong(revisions: Revisions, item: Item | undefined): boolean {
  if (item === undefined) return false;
  return revisions === '*' || revisions.includes(item.revision);
}
