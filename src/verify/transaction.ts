/**
 * Transactions on a map, as histories hold them. The value of a call `txn`:
 *
 *   {"if":[{"key":"a","value":1},{"key":"b","exists":false}],
 *    "then":[{"op":"put","key":"b","value":2},{"op":"get","key":"a"}],
 *    "else":[{"op":"incr","key":"c","incr":1},{"op":"delete","key":"a"}]}
 *
 * and of its `ok`: {"succeeded":true,"results":[null,1]}, one result for each action of the branch
 * that was taken. `read`, `write` and `cas` of one key are transactions too, written shorter.
 */
import type { Attempt, Ending } from './attempt.ts';
import { isRecord, jsonOf } from './json.ts';

/** Values are JSON texts. */
export interface Guard {
  readonly key: string;
  /** The value that it must have, or must not have; `undefined`: being there, or not. */
  readonly value: string | undefined;
  readonly isExpected: boolean;
}

export type MapAction =
  | { readonly op: 'get' | 'delete'; readonly key: string }
  | { readonly op: 'put'; readonly key: string; readonly value: string }
  | { readonly op: 'incr'; readonly key: string; readonly incr: number };

export interface Transaction {
  readonly guards: readonly Guard[];
  /** Done where all guards hold. */
  readonly held: readonly MapAction[];
  /** Done where not. */
  readonly notHeld: readonly MapAction[];
}

export interface TransactionOutput {
  readonly succeeded: boolean;
  /** Of each action: the JSON text of what it gave; `undefined` where it tells nothing. */
  readonly results: readonly (string | undefined)[];
}

const ABSENT = 'null';

/** Throws where the attempt is no transaction. */
export function transactionOf({ f, key, value, place }: Attempt): Transaction {
  const read = { op: 'get', key } as const;
  if (f === 'read') return { guards: [], held: [read], notHeld: [] };
  if (f === 'write') return { guards: [], held: [writing(key, value)], notHeld: [] };
  if (f === 'cas' && Array.isArray(value) && value.length === 2) {
    const guard = guardOf(key, value[0]);
    return { guards: [guard], held: [writing(key, value[1])], notHeld: [] };
  }
  if (f !== 'txn' || !isRecord(value))
    throw new Error(`${place}: a map has no ${f} of ${jsonOf(value)}`);
  try {
    onlyMembers(value, ['if', 'then', 'else']);
    return {
      guards: listOf(value['if']).map(parseGuard),
      held: listOf(value['then']).map(parseAction),
      notHeld: listOf(value['else']).map(parseAction),
    };
  } catch (error) {
    throw new Error(`${place}: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
}

/** Of an attempt that took effect. Throws where the output cannot be that of the transaction. */
export function transactionOutputOf(
  attempt: Attempt,
  ending: Ending,
  transaction: Transaction,
): TransactionOutput {
  const { f } = attempt;
  if (f === 'read') return { succeeded: true, results: [jsonOf(ending.value)] };
  if (f !== 'txn') return { succeeded: true, results: [undefined] };
  const { value, place } = ending;
  if (!isRecord(value) || typeof value['succeeded'] !== 'boolean') {
    throw new Error(`${place}: the ok of a txn does not say whether it succeeded`);
  }
  const { succeeded } = value;
  const actions = succeeded ? transaction.held : transaction.notHeld;
  const results: unknown = value['results'] ?? [];
  if (!Array.isArray(results) || results.length !== actions.length) {
    throw new Error(`${place}: not ${actions.length} results, one for each action`);
  }
  return { succeeded, results: actions.map((action, index) => resultOf(action, results[index])) };
}

export function keysOfTransaction(transaction: Transaction): readonly string[] {
  const { guards, held, notHeld } = transaction;
  return [...new Set([...guards, ...held, ...notHeld].map(({ key }) => key))];
}

/** A get always tells something; the others where their result is a number. */
function resultOf({ op }: MapAction, result: unknown): string | undefined {
  if (op === 'get') return jsonOf(result);
  return op !== 'put' && typeof result === 'number' ? jsonOf(result) : undefined;
}

function parseGuard(value: unknown): Guard {
  if (!isRecord(value)) throw new Error(`not a guard: ${jsonOf(value)}`);
  onlyMembers(value, ['key', 'value', 'exists', 'op']);
  const { op = '=', exists } = value;
  const key = keyOf(value);
  if (op !== '=' && op !== '!=') throw new Error('the op of a guard is not one of = and !=');
  if (typeof exists === 'boolean' && value['value'] === undefined) {
    return { key, value: undefined, isExpected: exists === (op === '=') };
  }
  if (exists !== undefined || value['value'] === undefined) {
    throw new Error('a guard has not one of value and exists');
  }
  const guard = guardOf(key, value['value']);
  return { ...guard, isExpected: guard.isExpected === (op === '=') };
}

function guardOf(key: string, value: unknown): Guard {
  if (value === null) return { key, value: undefined, isExpected: false };
  return { key, value: jsonOf(value), isExpected: true };
}

function parseAction(value: unknown): MapAction {
  if (!isRecord(value)) throw new Error(`not an action: ${jsonOf(value)}`);
  const { op, incr } = value;
  const key = keyOf(value);
  onlyMembers(value, ['op', 'key', ...(op === 'put' ? ['value'] : op === 'incr' ? ['incr'] : [])]);
  if (op === 'get' || op === 'delete') return { op, key };
  if (op === 'put' && jsonOf(value['value']) !== ABSENT) return writing(key, value['value']);
  if (op === 'incr' && Number.isSafeInteger(incr)) return { op, key, incr: Number(incr) };
  throw new Error(`not an action: ${jsonOf(value)}`);
}

function writing(key: string, value: unknown): MapAction {
  const text = jsonOf(value);
  return text === ABSENT ? { op: 'delete', key } : { op: 'put', key, value: text };
}

function keyOf({ key }: Readonly<Record<string, unknown>>): string {
  if (typeof key === 'string') return key;
  throw new Error('a key is not a text');
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw new Error('not a list');
}

function onlyMembers(value: object, names: readonly string[]): void {
  const other = Object.keys(value).find((name) => !names.includes(name));
  if (other !== undefined) throw new Error(`unknown member ${JSON.stringify(other)}`);
}
