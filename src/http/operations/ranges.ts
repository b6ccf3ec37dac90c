/** Many keys: lists, deletes of a range, transactions, watches. */
import type { Operation } from '../operation.ts';
import {
  CURSOR,
  LIMIT,
  MAX_WHOLE,
  type Parameter,
  PREV,
  READ_PARAMETERS,
  REVISION,
  WRITE_PARAMETERS,
} from '../parameters.ts';
import { DeleteAnswer, ListAnswer, ListLine, TransactionAnswer } from '../schemas/answers.ts';
import { WatchEvent } from '../schemas/item.ts';
import { Transaction } from '../schemas/transaction.ts';
import { OF_JSON, OF_NO_BODY, OF_READ, OF_WRITE } from './problem-groups.ts';

const NDJSON = 'application/x-ndjson';
const READ_FIELDS = ['Accept', 'Max-Staleness', 'Min-Revision', 'Prefer'] as const;

const prefix = {
  type: 'bytes',
  about: 'What the keys begin with; empty: all keys.',
} as const satisfies Parameter;

export const LIST = {
  id: 'listKeys',
  tag: 'Lists',
  summary: 'List keys',
  about:
    'Page by page at one revision, in the order of the bytes of the keys; as lines of JSON, ' +
    'everything at once. A stream that cannot go on is cut off, never ended. With `key64` in ' +
    'place of all of these, the path is that of one key.',
  query: {
    prefix,
    start: { type: 'bytes', about: 'The first key, inclusive.' },
    end: { type: 'bytes', about: 'The last key, exclusive.' },
    limit: LIMIT,
    cursor: CURSOR,
    delimiter: {
      type: 'bytes',
      about: 'Keys that have it behind the prefix are folded into one entry of `prefixes`.',
    },
    keys: { type: 'flag', about: 'Keys alone.' },
    count: { type: 'flag', about: 'How many there are, and nothing else.' },
    revision: REVISION,
    ...READ_PARAMETERS,
  },
  fields: READ_FIELDS,
  answers: {
    200: {
      about: 'One page; how many keys there are, with `count`; or everything, one item a line.',
      fields: ['Synod-Consistency'],
      optionalFields: ['Synod-Staleness'],
      content: {
        'application/json': { type: 'json', schema: ListAnswer },
        [NDJSON]: { type: 'lines', schema: ListLine },
      },
    },
  },
  problems: [
    ...OF_READ,
    'key_too_long',
    'invalid_key',
    'invalid_cursor',
    'future_revision',
    'compacted',
    'internal',
  ],
  example: { query: '?prefix=user/&limit=100' },
} as const satisfies Operation;

export const DELETE_RANGE = {
  id: 'deleteRange',
  tag: 'Lists',
  summary: 'Delete a range',
  about: 'All keys with a prefix, at once and in one revision; none where there is none of them.',
  query: {
    prefix: { ...prefix, required: true },
    all: { type: 'flag', about: 'Is needed with an empty prefix, which deletes everything.' },
    ...WRITE_PARAMETERS,
  },
  fields: ['Fence', 'Idempotency-Key', 'Prefer'],
  answers: {
    200: {
      about: 'They are gone.',
      content: { 'application/json': { type: 'json', schema: DeleteAnswer } },
    },
  },
  problems: [
    ...OF_WRITE,
    ...OF_NO_BODY,
    'key_too_long',
    'invalid_key',
    'invalid_condition',
    'too_many_keys',
  ],
  example: { query: '?prefix=user/' },
} as const satisfies Operation;

export const TRANSACT = {
  id: 'transact',
  tag: 'Transactions',
  summary: 'Several keys at once',
  about:
    'Where all guards hold, what `then` says is done, else what `else` says: in order, all of it ' +
    'or nothing, in one revision. Two writes to one key are refused.',
  query: WRITE_PARAMETERS,
  fields: ['Fence', 'Idempotency-Key', 'Prefer'],
  body: { type: 'json', schema: Transaction, limit: 'transactionBytes' },
  answers: {
    200: {
      about: 'It was done; or what `else` says, where a guard did not hold.',
      content: { 'application/json': { type: 'json', schema: TransactionAnswer } },
    },
  },
  problems: [
    ...OF_WRITE,
    ...OF_JSON,
    'key_too_long',
    'invalid_condition',
    'guards_failed',
    'lease_expired',
    'not_a_number',
    'transaction_too_large',
    'result_too_large',
    'too_many_keys',
    'disk_full',
  ],
  example: {
    fields: { 'Content-Type': 'application/json' },
    body:
      '{"if":[{"key":"paid","exists":false}],' +
      '"then":[{"op":"put","key":"paid","value":"yes"},{"op":"incr","key":"visits","incr":1}]}',
  },
} as const satisfies Operation;

export const WATCH = {
  id: 'watch',
  tag: 'Watches',
  summary: 'Watch a key or a prefix',
  about:
    'Every event once, in order, none missing: as server-sent events, or as lines of JSON. Only ' +
    'the last event of a revision has an `id`, to go on behind it at any replica.',
  query: {
    prefix,
    key: { type: 'bytes', about: 'One key, in place of a prefix.' },
    key64: { type: 'text', about: 'The same, of any bytes, in base64url.' },
    since: { type: 'whole', min: 0, max: MAX_WHOLE, about: 'What happened after this revision.' },
    prev: { ...PREV, about: 'What the key had before is in each event as `prev`, or null.' },
    ...READ_PARAMETERS,
  },
  fields: [...READ_FIELDS, 'Last-Event-ID'],
  answers: {
    200: {
      about: 'The stream.',
      fields: ['Synod-Consistency', 'Cache-Control'],
      optionalFields: ['Synod-Staleness'],
      content: {
        'text/event-stream': { type: 'lines', schema: WatchEvent },
        [NDJSON]: { type: 'lines', schema: WatchEvent },
      },
    },
  },
  problems: [...OF_READ, 'key_too_long', 'invalid_key', 'future_revision', 'compacted'],
  example: { query: '?prefix=user/&since=0', endless: true },
} as const satisfies Operation;
