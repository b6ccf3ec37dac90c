/** Keys and items between replicas, as JSON: both are bytes, so they are base64. */
import { Buffer } from 'node:buffer';
import { MAX_CONTENT_TYPE_BYTES, type Item } from '../kv/item.ts';
import { MAX_KEY_BYTES, MIN_KEY_BYTES, type Key } from '../kv/key.ts';
import { MAX_VALUE_BYTES } from './limits.ts';
import { base64, bytes, exactFields, integer, refuse } from './shape.ts';

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
  const fields = exactFields(value, NAMES);
  return {
    value: bytes(fields.value, MAX_VALUE_BYTES),
    contentType: bytes(fields.contentType, MAX_CONTENT_TYPE_BYTES).toString('latin1'),
    createRevision: integer(fields.createRevision, 1),
    revision: integer(fields.revision, 1),
    version: integer(fields.version, 1),
  };
}
