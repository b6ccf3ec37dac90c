/** One key: put, get, delete, add, and its history. */
import type { Operation } from '../operation.ts';
import {
  CURSOR,
  LIFETIME_PARAMETERS,
  LIMIT,
  MAX_WHOLE,
  PREV,
  READ_PARAMETERS,
  REVISION,
  WRITE_PARAMETERS,
} from '../parameters.ts';
import { DeleteAnswer, HistoryPage, PutAnswer } from '../schemas/answers.ts';
import { Item } from '../schemas/item.ts';
import { OF_BODY, OF_CONDITION, OF_KEY, OF_NO_BODY, OF_READ, OF_WRITE } from './problem-groups.ts';

const READ_FIELDS = ['Max-Staleness', 'Min-Revision', 'Prefer'] as const;
const WRITE_FIELDS = ['If-Match', 'If-None-Match', 'Fence', 'Idempotency-Key', 'Prefer'] as const;

const ITEM_FIELDS = [
  'ETag',
  'Synod-Create-Revision',
  'Synod-Version',
  'Synod-Consistency',
  'Cache-Control',
  'X-Content-Type-Options',
  'Content-Security-Policy',
] as const;

const put = { type: 'json', schema: PutAnswer } as const;

export const PUT = {
  id: 'putKey',
  tag: 'Keys',
  summary: 'Put a value',
  about:
    'The body is the value, byte for byte. `If-None-Match: *` creates only; `If-Match` with the ' +
    'ETag that was read is compare and set. Without `ttl` and `lease`, it clears what the key had of them.',
  query: { prev: PREV, ...LIFETIME_PARAMETERS, ...WRITE_PARAMETERS },
  fields: ['Content-Type', ...WRITE_FIELDS],
  body: { type: 'bytes', about: 'The value; it may be empty.', limit: 'valueBytes' },
  answers: {
    200: { about: 'The key was there.', fields: ['ETag'], content: { 'application/json': put } },
    201: { about: 'The key is new.', fields: ['ETag'], content: { 'application/json': put } },
  },
  problems: [...OF_WRITE, ...OF_KEY, ...OF_CONDITION, ...OF_BODY, 'lease_expired', 'disk_full'],
  problemFields: { 412: ['ETag'] },
  example: { rest: 'greeting', fields: { 'Content-Type': 'text/plain' }, body: 'hello' },
} as const satisfies Operation;

export const GET = {
  id: 'getKey',
  tag: 'Keys',
  summary: 'Get a value',
  about:
    'The bytes as they were put, with their type; all about them as JSON with `meta`. With ' +
    '`If-None-Match` it is asked whether the key has changed, and with `Prefer: wait=30` that is ' +
    'waited for.',
  query: {
    meta: { type: 'flag', about: 'All about the key, as JSON.' },
    revision: REVISION,
    ...READ_PARAMETERS,
  },
  fields: ['If-Match', 'If-None-Match', ...READ_FIELDS],
  answers: {
    200: {
      about: 'The value; with `meta`, JSON.',
      fields: ITEM_FIELDS,
      optionalFields: ['Synod-Staleness', 'Synod-Ttl'],
      content: {
        'application/json': { type: 'json', schema: Item },
        '*/*': { type: 'bytes', about: 'The value, of the type that it was put with.' },
      },
    },
    304: {
      about: 'The key has not changed.',
      fields: ITEM_FIELDS,
      optionalFields: ['Synod-Staleness', 'Synod-Ttl'],
    },
  },
  problems: [
    ...OF_READ,
    ...OF_KEY,
    ...OF_CONDITION,
    'key_not_found',
    'future_revision',
    'compacted',
    'internal',
  ],
  problemFields: { 404: ['Synod-Consistency', 'Synod-Staleness'], 412: ['ETag'] },
  example: { rest: 'greeting', query: '?meta' },
} as const satisfies Operation;

export const DELETE = {
  id: 'deleteKey',
  tag: 'Keys',
  summary: 'Delete a key',
  about: 'It passes also where the disks are full.',
  query: { prev: PREV, ...WRITE_PARAMETERS },
  fields: WRITE_FIELDS,
  answers: {
    200: {
      about: 'The key is gone.',
      content: { 'application/json': { type: 'json', schema: DeleteAnswer } },
    },
  },
  problems: [...OF_WRITE, ...OF_KEY, ...OF_CONDITION, ...OF_NO_BODY, 'key_not_found'],
  problemFields: { 412: ['ETag'] },
  example: { rest: 'greeting', query: '?prev' },
} as const satisfies Operation;

export const INCREMENT = {
  id: 'incrementKey',
  tag: 'Keys',
  summary: 'Add to a number',
  about: 'The value is a whole number in plain digits; an absent key counts as 0.',
  query: {
    incr: {
      type: 'whole',
      min: -MAX_WHOLE,
      max: MAX_WHOLE,
      required: true,
      about: 'How much is added; below 0, it is taken away.',
    },
    ...WRITE_PARAMETERS,
  },
  fields: WRITE_FIELDS,
  answers: {
    200: {
      about: 'The sum.',
      fields: ['ETag'],
      content: { 'text/plain': { type: 'text', about: 'The sum, in plain digits.' } },
    },
  },
  problems: [...OF_WRITE, ...OF_KEY, ...OF_CONDITION, ...OF_NO_BODY, 'not_a_number', 'disk_full'],
  problemFields: { 412: ['ETag'] },
  example: { rest: 'visits', query: '?incr=1' },
} as const satisfies Operation;

export const HISTORY = {
  id: 'keyHistory',
  tag: 'Keys',
  summary: 'What a key was',
  about: 'The newest first, as far as it is kept, page by page at one revision.',
  query: { limit: LIMIT, cursor: CURSOR, ...READ_PARAMETERS },
  fields: READ_FIELDS,
  answers: {
    200: {
      about: 'One page.',
      fields: ['Synod-Consistency'],
      optionalFields: ['Synod-Staleness'],
      content: { 'application/json': { type: 'json', schema: HistoryPage } },
    },
  },
  problems: [...OF_READ, ...OF_KEY, 'invalid_cursor', 'key_not_found', 'internal'],
  example: { rest: 'greeting', query: '?limit=10' },
} as const satisfies Operation;
