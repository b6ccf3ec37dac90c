/** A transaction on a view of the store: its guards, then its actions, each on what those before left. */
import type {
  ActionResult,
  KeptAnswer,
  ListedItem,
  NotANumber,
  ResultTooLarge,
  TooManyKeys,
} from './answer.ts';
import type { Applied, ApplyLimits, LifetimeChange, View } from './apply.ts';
import { incremented, itemAfter } from './item-after.ts';
import { lifetimeChange, lifetimeOf } from './item-lifetime.ts';
import type { Item } from './item.ts';
import { compareKeys, type Key } from './key.ts';
import type { Moment } from './moment.ts';
import { isInRange, type KeyRange, rangeOfPrefix } from './prefix.ts';
import {
  type Action,
  type Comparison,
  type Guard,
  type IncrementAction,
  type List,
  MAX_RESULT_BYTES,
  type PutAction,
  type Transaction,
} from './transaction.ts';
import { unreachable } from './unreachable.ts';

export function applyTransaction(
  view: View,
  transaction: Transaction,
  moment: Moment,
  limits: ApplyLimits,
): Applied {
  const { revision } = moment;
  const failed = failedGuards(view, transaction.guards);
  const actions = branchOf(transaction, failed);
  if (actions === undefined) {
    return { writes: [], answer: { type: 'guardsFailed', revision, failed } };
  }
  const overlay = new Overlay(view, limits.changedKeys, moment);
  const results: ActionResult[] = [];
  for (const [at, action] of actions.entries()) {
    const result = overlay.do(action, at);
    if (result === undefined) return { writes: [], answer: overlay.refusal };
    results.push(result);
  }
  const { lifetimes, writes } = overlay;
  const answer = {
    type: 'transaction',
    succeeded: failed.length === 0,
    revision: writes.length === 0 ? revision : revision + 1,
    results,
  } as const;
  return { writes, answer, lifetimes };
}

/** A range that a transaction will look at, and how many of its keys, in the store as it is. */
export interface RangeRead {
  readonly range: KeyRange;
  readonly limit: number;
}

/** In the order in which they are looked at. */
export function rangesOfTransaction(
  view: Pick<View, 'item'>,
  transaction: Transaction,
  { changedKeys }: ApplyLimits,
): readonly RangeRead[] {
  const actions = branchOf(transaction, failedGuards(view, transaction.guards)) ?? [];
  const reads: RangeRead[] = [];
  /** So many keys of the store may be gone by then. */
  let deleted = 0;
  for (const action of actions) {
    if (action.type === 'delete') deleted += 1;
    if (action.type === 'list')
      reads.push({ range: rangeOf(action), limit: action.limit + 1 + deleted });
    if (action.type !== 'deletePrefix') continue;
    reads.push({ range: rangeOfPrefix(action.prefix), limit: changedKeys + 1 + deleted });
    deleted += changedKeys;
  }
  return reads;
}

function rangeOf({ end, start }: List): KeyRange {
  return { start, end };
}

/** By their places, from 0. */
function failedGuards(view: Pick<View, 'item'>, guards: readonly Guard[]): readonly number[] {
  const failed: number[] = [];
  for (const [at, guard] of guards.entries()) {
    if (!holds(guard, view.item(guard.key))) failed.push(at);
  }
  return failed;
}

function branchOf(
  { otherwise, whenMet }: Transaction,
  failed: readonly number[],
): readonly Action[] | undefined {
  return failed.length === 0 ? whenMet : otherwise;
}

function holds(guard: Guard, item: Item | undefined): boolean {
  switch (guard.type) {
    case 'revision':
      return compares((item?.revision ?? 0) - guard.operand, guard.comparison);
    case 'version':
      return compares((item?.version ?? 0) - guard.operand, guard.comparison);
    case 'exists':
      return (item !== undefined) === guard.operand;
    case 'value':
      if (item === undefined) return guard.comparison === '!=';
      return compares(compareBytes(item.value, guard.operand), guard.comparison);
    default:
      return unreachable(guard);
  }
}

/** `order`: negative where what is there comes first. */
function compares(order: number, comparison: Comparison): boolean {
  switch (comparison) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '>':
      return order > 0;
    default:
      return unreachable(comparison);
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const order = (a[at] ?? 0) - (b[at] ?? 0);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

type Refusal =
  | Omit<NotANumber, 'revision'>
  | Omit<TooManyKeys, 'revision'>
  | Omit<ResultTooLarge, 'revision'>
  | { readonly type: 'leaseGone'; readonly action: number };

/** The store with what the transaction has changed so far. */
class Overlay {
  readonly #view: View;
  readonly #maxChanged: number;
  readonly #moment: Moment;
  readonly #next: number;
  readonly #changes = new Map<Key, Item | undefined>();
  #resultBytes = 0;
  #refusal: KeptAnswer | undefined;

  constructor(view: View, maxChanged: number, moment: Moment) {
    this.#view = view;
    this.#maxChanged = maxChanged;
    this.#moment = moment;
    this.#next = moment.revision + 1;
  }

  get writes(): Applied['writes'] {
    return Array.from(this.#changes, ([key, item]) => ({ key, item }));
  }

  get lifetimes(): readonly LifetimeChange[] {
    return Array.from(this.#changes).flatMap(
      ([key, item]) => lifetimeChange(key, this.#view.item(key), item) ?? [],
    );
  }

  /** Why the whole is refused. */
  get refusal(): KeptAnswer {
    if (this.#refusal === undefined) throw new Error('no action was refused');
    return this.#refusal;
  }

  /** `undefined`: the whole is refused. */
  do(action: Action, at: number): ActionResult | undefined {
    switch (action.type) {
      case 'put':
        return this.#put(action, at);
      case 'increment':
        return this.#increment(action, at);
      case 'delete':
        return this.#delete(action.key);
      case 'deletePrefix':
        return this.#deletePrefix(action.prefix);
      case 'get':
        return this.#get(action.key);
      case 'list':
        return this.#list(action);
      default:
        return unreachable(action);
    }
  }

  #item(key: Key): Item | undefined {
    return this.#changes.has(key) ? this.#changes.get(key) : this.#view.item(key);
  }

  #put(put: PutAction, action: number): ActionResult | undefined {
    const { contentType, key, value } = put;
    const before = this.#item(key);
    const lifetime = lifetimeOf(this.#view, put.lifetime, this.#moment);
    if (lifetime === 'gone') return this.#refuse({ type: 'leaseGone', action });
    const item = itemAfter(before, { value, contentType, lifetime }, this.#next);
    if (!this.#write(key, item)) return undefined;
    return { type: 'put', key, version: item.version, created: before === undefined };
  }

  #increment({ by, key }: IncrementAction, action: number): ActionResult | undefined {
    const before = this.#item(key);
    const sum = incremented(before, by, this.#next);
    if (sum === undefined) return this.#refuse({ type: 'notANumber', action });
    if (!this.#write(key, sum.item)) return undefined;
    const created = before === undefined;
    const { item, number } = sum;
    return { type: 'incremented', key, number, version: item.version, created };
  }

  #delete(key: Key): ActionResult | undefined {
    if (this.#item(key) === undefined) return { type: 'deleted', deleted: 0 };
    return this.#write(key, undefined) ? { type: 'deleted', deleted: 1 } : undefined;
  }

  /** One key more than the limit is enough to know that it is passed. */
  #deletePrefix(prefix: Key): ActionResult | undefined {
    const keys = this.#scan(rangeOfPrefix(prefix), this.#maxChanged + 1);
    for (const key of keys) if (!this.#write(key, undefined)) return undefined;
    return { type: 'deleted', deleted: keys.length };
  }

  #get(key: Key): ActionResult | undefined {
    const item = this.#item(key) ?? null;
    return this.#tell(key, item) ? { type: 'got', key, item } : undefined;
  }

  #list(action: List): ActionResult | undefined {
    const { keysOnly, limit } = action;
    const keys = this.#scan(rangeOf(action), limit + 1);
    const items: ListedItem[] = [];
    for (const key of keys.slice(0, limit)) {
      const item = keysOnly ? undefined : this.#item(key);
      if (!this.#tell(key, item)) return undefined;
      items.push(item === undefined ? { key } : { key, item });
    }
    return { type: 'listed', items, more: keys.length > limit };
  }

  /** False: too many keys. */
  #write(key: Key, item: Item | undefined): boolean {
    this.#changes.set(key, item);
    const { size } = this.#changes;
    const max = this.#maxChanged;
    if (size > max) this.#refuse({ type: 'tooManyKeys', max, actual: size });
    return size <= max;
  }

  /** False: what is told is too long. */
  #tell(key: Key, item: Item | null | undefined): boolean {
    this.#resultBytes += key.length + (item?.value.length ?? 0) + (item?.contentType.length ?? 0);
    const actual = this.#resultBytes;
    const max = MAX_RESULT_BYTES;
    if (actual > max) this.#refuse({ type: 'resultTooLarge', max, actual });
    return actual <= max;
  }

  #refuse(answer: Refusal): undefined {
    this.#refusal = { ...answer, revision: this.#next - 1 };
  }

  /** The first keys of the range, with what was written and without what was deleted. */
  #scan(range: KeyRange, limit: number): readonly Key[] {
    const keys = new Set<Key>();
    let deleted = 0;
    for (const [key, item] of this.#changes) {
      if (!isInRange(key, range)) continue;
      if (item === undefined) deleted += 1;
      else keys.add(key);
    }
    for (const key of this.#view.scan(range, limit + deleted)) {
      if (this.#item(key) !== undefined) keys.add(key);
    }
    return [...keys].toSorted(compareKeys).slice(0, limit);
  }
}
