/** What the actions of a transaction came to, as JSON between replicas. */
import type { ActionResult, ListedItem } from '../kv/answer.ts';
import { MAX_LISTED_ITEMS } from '../kv/transaction.ts';
import { unreachable } from '../paxos/assert.ts';
import { itemJson, keyJson, parseItem, parseKey } from './item-json.ts';
import { exactFields, type Fields, flag, integer, list, refuse, typeOf } from './shape.ts';

export function resultJson(result: ActionResult): object {
  switch (result.type) {
    case 'put':
    case 'incremented':
      return { ...result, key: keyJson(result.key) };
    case 'deleted':
      return result;
    case 'got': {
      const { item, key, type } = result;
      return { type, key: keyJson(key), item: item === null ? null : itemJson(item) };
    }
    case 'listed':
      return { ...result, items: result.items.map(listedJson) };
    default:
      return unreachable(result);
  }
}

function listedJson({ item, key }: ListedItem): object {
  return { key: keyJson(key), ...(item === undefined ? {} : { item: itemJson(item) }) };
}

export function parseResult(value: unknown): ActionResult {
  const type = typeOf(value);
  switch (type) {
    case 'put': {
      const fields = exactFields(value, ['type', 'key', 'version', 'created']);
      return { type, ...parseWritten(fields) };
    }
    case 'incremented': {
      const fields = exactFields(value, ['type', ...INCREMENTED]);
      return { type, ...parseIncremented(fields) };
    }
    case 'deleted':
      return { type, deleted: integer(exactFields(value, ['type', 'deleted']).deleted, 0) };
    case 'got': {
      const { item, key } = exactFields(value, ['type', 'key', 'item']);
      return { type, key: parseKey(key), item: item === null ? null : parseItem(item) };
    }
    case 'listed': {
      const fields = exactFields(value, ['type', 'items', 'more']);
      const items = list(fields.items, MAX_LISTED_ITEMS, parseListed);
      return { type, items, more: flag(fields.more) };
    }
    default:
      return refuse('a result of an unknown type');
  }
}

function parseListed(value: unknown): ListedItem {
  const fields = exactFields(value, ['key'], ['item']);
  const key = parseKey(fields.key);
  return fields.item === undefined ? { key } : { key, item: parseItem(fields.item) };
}

/** The members of an increment's answer, besides its type. */
export const INCREMENTED: readonly string[] = ['key', 'number', 'version', 'created'];

export function parseIncremented(fields: Fields) {
  const { MAX_SAFE_INTEGER: max } = Number;
  return { number: integer(fields.number, -max, max), ...parseWritten(fields) };
}

function parseWritten({ created, key, version }: Fields) {
  return { key: parseKey(key), version: integer(version, 1), created: flag(created) };
}
