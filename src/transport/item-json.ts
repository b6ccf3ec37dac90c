/** Keys and items between replicas, as JSON: both are bytes, so they are base64. */
import { Buffer } from 'node:buffer';
import { MAX_CONTENT_TYPE_BYTES, type Item } from '../kv/item.ts';
import type { Lifetime } from '../kv/lifetime.ts';
import { MAX_KEY_BYTES, MIN_KEY_BYTES, type Key } from '../kv/key.ts';
import { MAX_VALUE_BYTES } from './limits.ts';
import { base64, bytes, exactFields, integer, refuse, typeOf } from './shape.ts';

const NAMES = ['value', 'contentType', 'createRevision', 'revision', 'version'];

export function keyJson(key: Key): string {
  return Buffer.from(key, 'latin1').toString('base64');
}

export function parseKey(value: unknown): Key {
  const key = bytes(value, MAX_KEY_BYTES).toString('latin1');
  return key.length >= MIN_KEY_BYTES ? key : refuse('a key is too short');
}

export function itemJson(item: Item): object {
  const contentType = Buffer.from(item.contentType, 'latin1').toString('base64');
  return { ...item, value: base64(item.value), contentType };
}

export function parseItem(value: unknown): Item {
  const fields = exactFields(value, NAMES, ['lifetime']);
  const lifetime = fields.lifetime === undefined ? {} : parseLifetime(fields.lifetime);
  return {
    ...lifetime,
    value: bytes(fields.value, MAX_VALUE_BYTES),
    contentType: bytes(fields.contentType, MAX_CONTENT_TYPE_BYTES).toString('latin1'),
    createRevision: integer(fields.createRevision, 1),
    revision: integer(fields.revision, 1),
    version: integer(fields.version, 1),
  };
}

/** As the item has it (kv/lifetime.ts). */
function parseLifetime(value: unknown): { readonly lifetime: Lifetime } {
  const type = typeOf(value);
  if (type === 'lease') {
    const { lease } = exactFields(value, ['type', 'lease']);
    return { lifetime: { type, lease: integer(lease, 1) } };
  }
  if (type !== 'until') return refuse('a lifetime of an unknown type');
  const { untilMs } = exactFields(value, ['type', 'untilMs']);
  return { lifetime: { type, untilMs: integer(untilMs, 0) } };
}
