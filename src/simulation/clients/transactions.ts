/** What a client's transaction guards and does: drawn, and such as the API takes. */
import type { Action, Comparison, Guard, Transaction } from '../../kv/transaction.ts';
import { unreachable } from '../../paxos/assert.ts';
import type { Random } from '../random.ts';
import { markedContent } from './content.ts';
import { marking } from './writes.ts';

export interface TransactionWish {
  /** Of the write. */
  readonly number: number;
  readonly keys: readonly string[];
  /** The revision that the client last saw of a key. */
  readonly seen: (key: string) => number;
}

const COMPARISONS: readonly Comparison[] = ['=', '=', '=', '!=', '<', '>'];
const MOST_GUARDS = 2;
const MOST_ACTIONS = 4;
const MOST_BYTES = 12;
const MOST_LISTED = 3;
const MOST_ADDED = 9;

export function drawTransaction(random: Random, wish: TransactionWish): Transaction {
  const guards = Array.from({ length: random.between(0, MOST_GUARDS) }, () =>
    drawGuard(random, wish),
  );
  const whenMet = drawActions(random, wish, random.between(1, MOST_ACTIONS));
  const hasElse = random.chance(0.5);
  const otherwise = drawActions(random, wish, random.between(0, 2));
  return {
    type: 'transaction',
    guards: [marking(wish.number), ...guards],
    whenMet,
    ...(hasElse ? { otherwise } : {}),
  };
}

function drawGuard(random: Random, { keys, seen }: TransactionWish): Guard {
  const key = random.pick(keys);
  const type = random.pick(['revision', 'revision', 'version', 'value', 'exists'] as const);
  const comparison = random.pick(COMPARISONS);
  const isZero = random.chance(0.2);
  const small = random.between(0, MOST_ADDED);
  switch (type) {
    case 'revision':
      return { type, key, comparison, operand: isZero ? 0 : seen(key) };
    case 'version':
      return { type, key, comparison, operand: isZero ? 0 : small };
    case 'value':
      return { type, key, comparison, operand: Uint8Array.from({ length: small % 2 }, () => 0x80) };
    case 'exists':
      return { type, key, operand: isZero };
    default:
      return unreachable(type);
  }
}

/** No two of them write to one key: the door of the API lets no such thing in. */
function drawActions(random: Random, wish: TransactionWish, count: number): readonly Action[] {
  const written = new Set<string>();
  const actions: Action[] = [];
  for (let left = count; left > 0; left -= 1) {
    const action = drawAction(random, wish);
    const writes = writtenBy(action, wish.keys);
    if (writes.some((key) => written.has(key))) continue;
    for (const key of writes) written.add(key);
    actions.push(action);
  }
  return actions;
}

function drawAction(random: Random, { keys, number }: TransactionWish): Action {
  const key = random.pick(keys);
  const type = random.pick([
    'put',
    'put',
    'put',
    'increment',
    'delete',
    'get',
    'list',
    'deletePrefix',
  ] as const);
  const isWhole = random.chance(0.5);
  const bytes = random.between(0, MOST_BYTES);
  const small = random.between(-MOST_ADDED, MOST_ADDED);
  switch (type) {
    case 'put':
      return { type, key, ...markedContent(number, bytes, isWhole) };
    case 'increment':
      return { type, key, by: small === 0 ? 1 : small };
    case 'delete':
    case 'get':
      return { type, key };
    case 'list': {
      const limit = 1 + (bytes % MOST_LISTED);
      const bounds = isWhole ? { start: 'k', end: 'l' } : { start: key };
      return { type, ...bounds, limit, keysOnly: small < 0 };
    }
    case 'deletePrefix':
      return { type, prefix: isWhole ? key : 'k' };
    default:
      return unreachable(type);
  }
}

/** Of the keys that clients use. */
export function writtenBy(action: Action, keys: readonly string[]): readonly string[] {
  if (action.type === 'get' || action.type === 'list') return [];
  if (action.type !== 'deletePrefix') return [action.key];
  return keys.filter((key) => key.startsWith(action.prefix));
}
