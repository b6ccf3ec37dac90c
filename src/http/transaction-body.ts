/**
 * The body of `POST /v1/txn`: `{"if":[...],"then":[...],"else":[...]}`, of which `then` must be there.
 * What is wrong is said with its place, such as `then[2]`.
 */
import type { Key } from '../kv/key.ts';
import type { LifetimeWish } from '../kv/lifetime.ts';
import { prefixEnd } from '../kv/prefix.ts';
import {
  type Action,
  type Comparison,
  countRanges,
  type Guard,
  MAX_TRANSACTION_RANGES,
  type Transaction,
} from '../kv/transaction.ts';
import { lifetimeOf } from './lifetime.ts';
import { invalidJson, type JsonObject } from './json-body.ts';
import { DEFAULT_CONTENT_TYPE, isMediaType } from './media-type.ts';
import { type Problem, tooLarge } from './problem.ts';
import type { JsonValue } from './strict-json.ts';
import { Members, type ReadLimits, Refused } from './transaction-json.ts';

export interface TransactionLimits extends ReadLimits {
  readonly transactionParts: number;
  readonly listItems: number;
  readonly listItemsByDefault: number;
}

export const TRANSACTION_SHAPE = { required: ['then'], optional: ['if', 'else'] } as const;

const COMPARISONS: readonly Comparison[] = ['=', '!=', '<', '>'];
const TARGETS = ['revision', 'version', 'value', 'exists'] as const;
const MAX_NUMBER = Number.MAX_SAFE_INTEGER;

export function parseTransaction(
  json: JsonObject,
  limits: TransactionLimits,
): Transaction | Problem {
  try {
    return readTransaction(json, limits);
  } catch (error) {
    if (error instanceof Refused) return error.problem;
    throw error;
  }
}

function readTransaction(json: JsonObject, limits: TransactionLimits): Transaction {
  const guards = partsOf(json, 'if').map((part, at) =>
    readGuard(new Members(part, `if[${at}]`, limits)),
  );
  const whenMet = readActions(json, 'then', limits);
  const last = json.has('else') ? { otherwise: readActions(json, 'else', limits) } : {};
  const transaction = { type: 'transaction', guards, whenMet, ...last } as const;
  const parts = guards.length + whenMet.length + (last.otherwise?.length ?? 0);
  refuseMore('transactionParts', limits.transactionParts, parts);
  refuseMore('transactionRanges', MAX_TRANSACTION_RANGES, countRanges(transaction));
  return transaction;
}

function refuseMore(limit: string, max: number, actual: number): void {
  if (actual > max) throw new Refused(tooLarge('transaction_too_large', limit, max, actual));
}

function partsOf(json: JsonObject, name: string): readonly JsonValue[] {
  const parts = json.has(name) ? json.get(name) : [];
  if (Array.isArray(parts)) return parts;
  throw new Refused(invalidJson(`"${name}" is a list`));
}

function readGuard(members: Members): Guard {
  const key = members.key();
  const targets = TARGETS.filter((name) => members.has(name));
  const [type] = targets;
  if (type === undefined || targets.length > 1) {
    return members.refuse(`has one of ${TARGETS.join(', ')}`);
  }
  const comparison = readComparison(members);
  const guard = readTarget(members, type, key, comparison);
  members.finish();
  return guard;
}

function readComparison(members: Members): Comparison {
  const text = members.text('op') ?? '=';
  const comparison = COMPARISONS.find((one) => one === text);
  return comparison ?? members.refuse(`has an "op" that is none of ${COMPARISONS.join(' ')}`);
}

function readTarget(
  members: Members,
  type: (typeof TARGETS)[number],
  key: Key,
  comparison: Comparison,
): Guard {
  if (type === 'value') return { type, key, comparison, operand: members.value() };
  if (type !== 'exists') {
    const operand = members.whole(type, 0, MAX_NUMBER);
    return { type, key, comparison, operand: operand ?? 0 };
  }
  const operand = members.flag('exists') ?? false;
  if (comparison === '=') return { type, key, operand };
  if (comparison === '!=') return { type, key, operand: !operand };
  return members.refuse('has an "op" that goes with no "exists"');
}

function readActions(
  json: JsonObject,
  name: 'then' | 'else',
  limits: TransactionLimits,
): readonly Action[] {
  const writes = new Writes();
  return partsOf(json, name).map((part, at) => {
    const members = new Members(part, `${name}[${at}]`, limits);
    const action = readAction(members, limits);
    members.finish();
    writes.add(action, members);
    return action;
  });
}

function readAction(members: Members, limits: TransactionLimits): Action {
  const op = members.text('op');
  switch (op) {
    case 'put': {
      const [key, value] = [members.key(), members.value()];
      const contentType = members.contentType(isMediaType) ?? DEFAULT_CONTENT_TYPE;
      return { type: 'put', key, value, contentType, ...readLifetime(members) };
    }
    case 'delete':
    case 'get':
      return { type: op, key: members.key() };
    case 'deletePrefix': {
      const prefix = members.bound('prefix');
      return { type: op, prefix: prefix ?? members.refuse('has no "prefix"') };
    }
    case 'incr': {
      const by = members.whole('incr', -MAX_NUMBER, MAX_NUMBER);
      return { type: 'increment', key: members.key(), by: by ?? members.refuse('has no "incr"') };
    }
    case 'list':
      return readList(members, limits);
    default:
      return members.refuse('has no "op" of put, delete, deletePrefix, get, list or incr');
  }
}

/** `ttl` or `lease`, not both. */
function readLifetime(members: Members): { readonly lifetime?: LifetimeWish } {
  const [ttl, lease] = [members.text('ttl'), members.text('lease')];
  if (ttl === undefined && lease === undefined) return {};
  if (ttl !== undefined && lease !== undefined) return members.refuse('has both "ttl" and "lease"');
  const lifetime = lifetimeOf(ttl, lease);
  if (lifetime !== undefined) return { lifetime };
  const rule = ttl === undefined ? '"lease" that is no id of a lease' : '"ttl" that is no duration';
  return members.refuse(`has a ${rule}`);
}

function readList(members: Members, limits: TransactionLimits): Action {
  const prefix = members.bound('prefix') ?? '';
  const [start, end] = [members.bound('start') ?? prefix, members.bound('end')];
  const limit = members.whole('limit', 1, limits.listItems) ?? limits.listItemsByDefault;
  const keysOnly = members.flag('keys') ?? false;
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

  add(action: Action, members: Members): void {
    if (action.type === 'deletePrefix') this.#addPrefix(action.prefix, members);
    else if (action.type !== 'get' && action.type !== 'list') this.#addKey(action.key, members);
  }

  #addKey(key: Key, members: Members): void {
    const isWritten = this.#keys.has(key) || this.#prefixes.some((one) => key.startsWith(one));
    if (isWritten) members.refuse('writes to a key that an action before it writes to');
    this.#keys.add(key);
  }

  #addPrefix(prefix: Key, members: Members): void {
    const isWritten =
      [...this.#keys, ...this.#prefixes].some((one) => one.startsWith(prefix)) ||
      this.#prefixes.some((one) => prefix.startsWith(one));
    if (isWritten) members.refuse('writes to a key that an action before it writes to');
    this.#prefixes.push(prefix);
  }
}
