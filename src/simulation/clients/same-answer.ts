/** Whether two answers, items or operations say the same, to the last field and byte. */
import type { Answer } from '../../kv/answer.ts';
import type { Item } from '../../kv/item.ts';
import type { Operation } from '../../kv/operation.ts';
import { isSameBytes } from '../ghost/proposals.ts';

export function isSameAnswer(a: Answer, b: Answer): boolean {
  return isSame(a, b);
}

export function isSameItem(a: Item | undefined, b: Item | undefined): boolean {
  return isSame(a, b);
}

export function isSameOperation(a: Operation, b: Operation): boolean {
  return isSame(a, b);
}

function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && isSameBytes(a, b);
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return Object.is(a, b);
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const members = new Map<string, unknown>(Object.entries(b));
  const own = Object.entries(a);
  return (
    own.length === members.size &&
    own.every(([name, value]) => members.has(name) && isSame(value, members.get(name)))
  );
}
