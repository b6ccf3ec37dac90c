/**
 * A transaction as it is meant, on a plain map of the store: written anew from the API's description,
 * and sharing no code with the product's.
 */
import type { ActionResult, KeptAnswer } from '../../kv/answer.ts';
import type { Item } from '../../kv/item.ts';
import type { Lifetime, LifetimeWish } from '../../kv/lifetime.ts';
import type { Action, Guard, Transaction } from '../../kv/transaction.ts';
import { unreachable } from '../../paxos/assert.ts';

type Items = ReadonlyMap<string, Item>;

/** What the API's limits are. */
export interface TransactionBounds {
  readonly maxChangedKeys: number;
  /** What a put's wish comes to; `'gone'`: its lease is at an end. */
  readonly lifetimeOf: (wish: LifetimeWish | undefined) => Lifetime | undefined | 'gone';
}

export interface TransactionOutcome {
  /** Without its revision. */
  readonly answer: Told;
  /** The store afterwards; `undefined`: as it was. */
  readonly after: Items | undefined;
  readonly written: ReadonlySet<string>;
}

type Told = KeptAnswer extends infer A
  ? A extends KeptAnswer
    ? Omit<A, 'revision'>
    : never
  : never;

const MAX = Number.MAX_SAFE_INTEGER;

export function modelTransaction(
  before: Items,
  { guards, otherwise, whenMet }: Transaction,
  next: number,
  bounds: TransactionBounds,
): TransactionOutcome {
  const failed = guards.flatMap((guard, at) => (isTrue(before.get(guard.key), guard) ? [] : [at]));
  const succeeded = failed.length === 0;
  const actions = succeeded ? whenMet : otherwise;
  if (actions === undefined) return refused({ type: 'guardsFailed', failed });
  const steps = new Steps(before, next, bounds);
  const results: ActionResult[] = [];
  for (const [at, action] of actions.entries()) {
    const isGone = action.type === 'put' && bounds.lifetimeOf(action.lifetime) === 'gone';
    if (isGone) return refused({ type: 'leaseGone', action: at });
    const result = steps.do(action);
    if (result === undefined) return refused({ type: 'notANumber', action: at });
    results.push(result);
    const changed = steps.written.size;
    if (changed > bounds.maxChangedKeys) {
      const max = bounds.maxChangedKeys;
      return refused({ type: 'tooManyKeys', max, actual: max + 1 });
    }
  }
  const answer = { type: 'transaction', succeeded, results } as const;
  const { written } = steps;
  return { answer, after: written.size === 0 ? undefined : steps.items, written };
}

function refused(answer: Told): TransactionOutcome {
  return { answer, after: undefined, written: new Set() };
}

function isTrue(item: Item | undefined, guard: Guard): boolean {
  if (guard.type === 'exists') return guard.operand === (item !== undefined);
  if (guard.type === 'value') {
    if (item === undefined) return guard.comparison === '!=';
    const order = orderOf(item.value, guard.operand);
    return { '=': order === 0, '!=': order !== 0, '<': order < 0, '>': order > 0 }[
      guard.comparison
    ];
  }
  const held = item === undefined ? 0 : item[guard.type];
  const { operand } = guard;
  const is = { '=': held === operand, '!=': held !== operand, '<': held < operand };
  return { ...is, '>': held > operand }[guard.comparison];
}

/** As bytes stand: negative where the first ones come first. */
function orderOf(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, place) => byte !== b[place]);
  if (at === -1) return a.length - b.length;
  return at >= b.length ? 1 : (a[at] ?? 0) - (b[at] ?? 0);
}

class Steps {
  readonly items: Map<string, Item>;
  readonly written = new Set<string>();
  readonly #next: number;
  readonly #bounds: TransactionBounds;

  constructor(before: Items, next: number, bounds: TransactionBounds) {
    this.items = new Map(before);
    this.#next = next;
    this.#bounds = bounds;
  }

  /** `undefined`: what is to be added to is no number. */
  do(action: Action): ActionResult | undefined {
    switch (action.type) {
      case 'put': {
        const { contentType, key, value } = action;
        const created = !this.items.has(key);
        const lifetime = this.#bounds.lifetimeOf(action.lifetime);
        if (lifetime === 'gone') throw new Error('a lease that is at an end');
        const version = this.#put(key, { contentType, value, lifetime });
        return { type: 'put', key, created, version };
      }
      case 'increment': {
        const { by, key } = action;
        const number = sumOf(this.items.get(key), by);
        if (number === undefined) return undefined;
        const created = !this.items.has(key);
        const contentType = this.items.get(key)?.contentType ?? 'text/plain';
        const lifetime = this.items.get(key)?.lifetime;
        const value = new TextEncoder().encode(`${number}`);
        const version = this.#put(key, { contentType, value, lifetime });
        return { type: 'incremented', key, number, created, version };
      }
      case 'delete':
        return { type: 'deleted', deleted: this.#deleteAll((key) => key === action.key) };
      case 'deletePrefix':
        return {
          type: 'deleted',
          deleted: this.#deleteAll((key) => key.startsWith(action.prefix)),
        };
      case 'get':
        return { type: 'got', key: action.key, item: this.items.get(action.key) ?? null };
      case 'list': {
        const { end, keysOnly, limit, start } = action;
        const isIn = ([key]: readonly [string, Item]): boolean =>
          key >= start && (end === undefined || key < end);
        const all = [...this.items].filter(isIn).toSorted(([a], [b]) => (a < b ? -1 : 1));
        const shown = all.slice(0, limit);
        const items = shown.map(([key, item]) => (keysOnly ? { key } : { key, item }));
        return { type: 'listed', items, more: all.length > limit };
      }
      default:
        return unreachable(action);
    }
  }

  /** Its version. */
  #put(
    key: string,
    { lifetime, ...content }: Pick<Item, 'contentType' | 'value' | 'lifetime'>,
  ): number {
    const before = this.items.get(key);
    const version = before === undefined ? 1 : before.version + 1;
    const createRevision = before?.createRevision ?? this.#next;
    const item = { ...content, createRevision, revision: this.#next, version };
    this.items.set(key, lifetime === undefined ? item : { ...item, lifetime });
    this.written.add(key);
    return version;
  }

  #deleteAll(isMeant: (key: string) => boolean): number {
    const keys = [...this.items.keys()].filter(isMeant);
    for (const key of keys) {
      this.items.delete(key);
      this.written.add(key);
    }
    return keys.length;
  }
}

/** `undefined`: there is a value that is no whole number below 2^53, or the sum is none. */
export function sumOf(item: Item | undefined, by: number): number | undefined {
  const text = item === undefined ? '0' : new TextDecoder('latin1').decode(item.value);
  if (!/^(0|-?[1-9]\d{0,15})$/.test(text)) return undefined;
  const sum = BigInt(text) + BigInt(by);
  const isExact = [BigInt(text), sum].every((one) => one <= MAX && one >= -MAX);
  return isExact ? Number(sum) : undefined;
}
