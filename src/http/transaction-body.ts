/**
 * The body of `POST /v1/txn`: `{"if":[...],"then":[...],"else":[...]}`, of which `then` must be there.
 * Its schema is in schemas/transaction.ts; here are the bounds in bytes, and what it means. What is
 * wrong is said with its place, such as `then[2]`.
 */
import type { Key } from '../kv/key.ts';
import type { LifetimeWish } from '../kv/lifetime.ts';
import { prefixEnd } from '../kv/prefix.ts';
import {
  type Action,
  countRanges,
  type Guard,
  MAX_TRANSACTION_RANGES,
  type Transaction,
} from '../kv/transaction.ts';
import { unreachable } from '../kv/unreachable.ts';
import { lifetimeOf } from './lifetime.ts';
import { DEFAULT_CONTENT_TYPE } from './media-type.ts';
import { type Problem, tooLarge } from './problem.ts';
import type { ActionJson, GuardJson, TransactionJson } from './schemas/transaction.ts';
import { Part, type ReadLimits, Refused } from './transaction-json.ts';

export interface TransactionLimits extends ReadLimits {
  readonly transactionParts: number;
  readonly listItems: number;
  readonly listItemsByDefault: number;
}

export function parseTransaction(
  json: TransactionJson,
  limits: TransactionLimits,
): Transaction | Problem {
  try {
    return readTransaction(json, limits);
  } catch (error) {
    if (error instanceof Refused) return error.problem;
    throw error;
  }
}

function readTransaction(json: TransactionJson, limits: TransactionLimits): Transaction {
  const guards = (json.if ?? []).map((guard, at) =>
    readGuard(guard, new Part(`if[${at}]`, limits)),
  );
  const whenMet = readActions(json.then, 'then', limits);
  const last = json.else === undefined ? {} : { otherwise: readActions(json.else, 'else', limits) };
  const transaction = { type: 'transaction', guards, whenMet, ...last } as const;
  const parts = guards.length + whenMet.length + (last.otherwise?.length ?? 0);
  refuseMore('transactionParts', limits.transactionParts, parts);
  refuseMore('transactionRanges', MAX_TRANSACTION_RANGES, countRanges(transaction));
  return transaction;
}

function refuseMore(limit: string, max: number, actual: number): void {
  if (actual > max) throw new Refused(tooLarge('transaction_too_large', limit, max, actual));
}

function readGuard(json: GuardJson, part: Part): Guard {
  const key = part.key(json);
  const { exists, op: comparison = '=', revision, value, version } = json;
  if (exists !== undefined) {
    return { type: 'exists', key, operand: comparison === '=' ? exists : !exists };
  }
  if (value !== undefined) {
    return { type: 'value', key, comparison, operand: part.value(value, json.encoding) };
  }
  if (version !== undefined) return { type: 'version', key, comparison, operand: plus(version) };
  return { type: 'revision', key, comparison, operand: plus(revision ?? 0) };
}

/** JSON has a -0. */
function plus(value: number): number {
  return value === 0 ? 0 : value;
}

function readActions(
  json: readonly ActionJson[],
  name: 'then' | 'else',
  limits: TransactionLimits,
): readonly Action[] {
  const writes = new Writes();
  return json.map((one, at) => {
    const part = new Part(`${name}[${at}]`, limits);
    const action = readAction(one, part, limits);
    writes.add(action, part);
    return action;
  });
}

function readAction(json: ActionJson, part: Part, limits: TransactionLimits): Action {
  switch (json.op) {
    case 'put': {
      const [key, value] = [part.key(json), part.value(json.value, json.encoding)];
      const contentType = part.contentType(json.contentType ?? DEFAULT_CONTENT_TYPE);
      return { type: 'put', key, value, contentType, ...readLifetime(json) };
    }
    case 'delete':
    case 'get':
      return { type: json.op, key: part.key(json) };
    case 'deletePrefix':
      return { type: 'deletePrefix', prefix: part.bound(json.prefix, json.prefix64) ?? '' };
    case 'incr':
      return { type: 'increment', key: part.key(json), by: plus(json.incr) };
    case 'list':
      return readList(json, part, limits);
    default:
      return unreachable(json);
  }
}

/** The schema has checked it: one of them, or none. */
function readLifetime({ lease, ttl }: Extract<ActionJson, { op: 'put' }>): {
  readonly lifetime?: LifetimeWish;
} {
  const lifetime = lifetimeOf(ttl, lease);
  return lifetime === undefined ? {} : { lifetime };
}

function readList(
  json: Extract<ActionJson, { op: 'list' }>,
  part: Part,
  { listItems, listItemsByDefault }: TransactionLimits,
): Action {
  const { keys: keysOnly = false, limit = listItemsByDefault } = json;
  if (limit > listItems) {
    part.refuse(`has a "limit" that is no whole number from 1 to ${listItems}`);
  }
  const prefix = part.bound(json.prefix, json.prefix64) ?? '';
  const start = part.bound(json.start, json.start64) ?? prefix;
  const end = part.bound(json.end, json.end64);
  const last = prefixEnd(prefix);
  const until = end === undefined || (last !== undefined && last < end) ? last : end;
  const bounds = {
    start: start > prefix ? start : prefix,
    ...(until === undefined ? {} : { end: until }),
  };
  return { type: 'list', ...bounds, limit, keysOnly };
}

/** No two actions of one branch may write to one key. */
class Writes {
  readonly #keys = new Set<Key>();
  readonly #prefixes: Key[] = [];

  add(action: Action, part: Part): void {
    if (action.type === 'deletePrefix') this.#addPrefix(action.prefix, part);
    else if (action.type !== 'get' && action.type !== 'list') this.#addKey(action.key, part);
  }

  #addKey(key: Key, part: Part): void {
    const isWritten = this.#keys.has(key) || this.#prefixes.some((one) => key.startsWith(one));
    if (isWritten) part.refuse('writes to a key that an action before it writes to');
    this.#keys.add(key);
  }

  #addPrefix(prefix: Key, part: Part): void {
    const isWritten =
      [...this.#keys, ...this.#prefixes].some((one) => one.startsWith(prefix)) ||
      this.#prefixes.some((one) => prefix.startsWith(one));
    if (isWritten) part.refuse('writes to a key that an action before it writes to');
    this.#prefixes.push(prefix);
  }
}
