/** What became of a forwarded command, as JSON: keys and values are bytes, so they are base64. */
import { Buffer } from 'node:buffer';
import type { Answer } from '../kv/answer.ts';
import { MAX_CONTENT_TYPE_BYTES, type Item } from '../kv/item.ts';
import { MAX_KEY_BYTES, MIN_KEY_BYTES, type Key } from '../kv/key.ts';
import { unreachable } from '../paxos/assert.ts';
import { MAX_REASON_CHARS, MAX_VALUE_BYTES } from './limits.ts';
import type { ForwardedOutcome } from './messages.ts';
import { base64, bytes, exactFields, flag, integer, refuse, text, typeOf } from './shape.ts';

export function outcomeText(outcome: ForwardedOutcome): string {
  if (outcome.type !== 'applied') {
    const { type, reason } = outcome;
    return JSON.stringify({ type, reason: reason.slice(0, MAX_REASON_CHARS) });
  }
  return JSON.stringify({ ...outcome, answer: answerJson(outcome.answer) });
}

function answerJson(answer: Answer): object {
  switch (answer.type) {
    case 'put':
      return { ...answer, key: keyJson(answer.key), ...prevJson(answer) };
    case 'deleted':
      return { ...answer, ...prevJson(answer) };
    case 'absent':
    case 'conditionFailed':
    case 'tooManyKeys':
      return answer;
    default:
      return unreachable(answer);
  }
}

function prevJson(answer: { readonly prev?: Item | null }): object {
  const { prev } = answer;
  if (prev === undefined || prev === null) return prev === null ? { prev } : {};
  const contentType = Buffer.from(prev.contentType, 'latin1').toString('base64');
  return { prev: { ...prev, value: base64(prev.value), contentType } };
}

function keyJson(key: Key): string {
  return Buffer.from(key, 'latin1').toString('base64');
}

export function parseOutcome(value: unknown): ForwardedOutcome {
  const type = typeOf(value);
  if (type === 'applied') {
    const fields = exactFields(value, ['type', 'slot', 'answer']);
    return { type, slot: integer(fields.slot, 1), answer: parseAnswer(fields.answer) };
  }
  if (type !== 'notApplied' && type !== 'unknown') return refuse('an outcome of an unknown type');
  const fields = exactFields(value, ['type', 'reason']);
  return { type, reason: text(fields.reason, MAX_REASON_CHARS) };
}

function parseAnswer(value: unknown): Answer {
  const type = typeOf(value);
  switch (type) {
    case 'put':
      return parsePut(value);
    case 'deleted': {
      const fields = exactFields(value, ['type', 'deleted', 'revision'], ['prev']);
      const deleted = integer(fields.deleted, 0);
      return { type, deleted, revision: integer(fields.revision, 0), ...parsePrev(fields) };
    }
    case 'absent':
      return { type, revision: integer(exactFields(value, ['type', 'revision']).revision, 0) };
    case 'conditionFailed': {
      const fields = exactFields(value, ['type', 'revision'], ['current']);
      const current = fields.current === undefined ? {} : { current: integer(fields.current, 1) };
      return { type, revision: integer(fields.revision, 0), ...current };
    }
    case 'tooManyKeys': {
      const fields = exactFields(value, ['type', 'revision', 'max', 'actual']);
      const { revision, max, actual } = fields;
      return {
        type,
        revision: integer(revision, 0),
        max: integer(max, 0),
        actual: integer(actual, 0),
      };
    }
    default:
      return refuse('an answer of an unknown type');
  }
}

function parsePut(value: unknown): Answer {
  const fields = exactFields(value, ['type', 'revision', 'version', 'created', 'key'], ['prev']);
  return {
    type: 'put',
    revision: integer(fields.revision, 1),
    version: integer(fields.version, 1),
    created: flag(fields.created),
    key: parseKey(fields.key),
    ...parsePrev(fields),
  };
}

function parseKey(value: unknown): Key {
  const key = bytes(value, MAX_KEY_BYTES).toString('latin1');
  return key.length >= MIN_KEY_BYTES ? key : refuse('a key is too short');
}

function parsePrev(fields: Readonly<Record<string, unknown>>): { readonly prev?: Item | null } {
  if (!Object.hasOwn(fields, 'prev')) return {};
  return { prev: fields.prev === null ? null : parseItem(fields.prev) };
}

function parseItem(value: unknown): Item {
  const names = ['value', 'contentType', 'createRevision', 'revision', 'version'];
  const fields = exactFields(value, names);
  return {
    value: bytes(fields.value, MAX_VALUE_BYTES),
    contentType: bytes(fields.contentType, MAX_CONTENT_TYPE_BYTES).toString('latin1'),
    createRevision: integer(fields.createRevision, 1),
    revision: integer(fields.revision, 1),
    version: integer(fields.version, 1),
  };
}
