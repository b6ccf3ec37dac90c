/** The body of `POST /v1/txn`. What counts bytes is checked behind it (transaction-body.ts). */
import { z } from 'zod';
import { DEFAULT_CONTENT_TYPE, isMediaType, MEDIA_TYPE_PATTERN } from '../media-type.ts';
import { MAX_WHOLE } from '../parameters.ts';
import { parseKey64 } from '../target.ts';
import { BASE64URL } from './item.ts';
import { leaseId, ttlMs } from './lifetime.ts';
import { atMostOne, closed, exactlyOne, onlyWith, type Rule, ruled } from './members.ts';

const BASE64 = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$';
const isBase64 = (text: string): boolean => new RegExp(BASE64).test(text);

const key = {
  key: z.string().min(1).optional(),
  key64: z
    .string()
    .refine((text) => parseKey64(text) !== undefined, 'is no base64url')
    .optional()
    .meta({ pattern: BASE64URL, description: 'in place of `key`: any bytes, in base64url' }),
};
const oneKey = exactlyOne('key', 'key64');

/** Like a key, but it may be empty. */
const bound = z.string().optional();
const bound64 = z
  .string()
  .refine((text) => text === '' || parseKey64(text) !== undefined, 'is no base64url')
  .optional()
  .meta({ pattern: BASE64URL.replace('+$', '*$') });

const content = {
  value: z.string(),
  encoding: z
    .enum(['utf8', 'base64'], { error: 'is not "utf8" or "base64"' })
    .optional()
    .describe('of `value`; utf8 where it is absent'),
};

const valueInBase64: Rule = {
  breach: ({ encoding, value }) =>
    encoding === 'base64' && typeof value === 'string' && !isBase64(value)
      ? 'has a "value" that is no base64'
      : undefined,
  schema: {
    if: { required: ['encoding'], properties: { encoding: { const: 'base64' } } },
    // oxlint-disable-next-line no-thenable -- the name is JSON Schema's
    then: { properties: { value: { pattern: BASE64 } } },
  },
};

const existsCompared: Rule = {
  breach: ({ exists, op }) =>
    exists !== undefined && (op === '<' || op === '>')
      ? 'has an "op" that goes with no "exists"'
      : undefined,
  schema: {
    if: { required: ['exists'] },
    // oxlint-disable-next-line no-thenable -- the name is JSON Schema's
    then: { properties: { op: { enum: ['=', '!='] } } },
  },
};

const number = z.int().min(0).max(MAX_WHOLE);

const guardShape = closed({
  ...key,
  revision: number.optional().describe('0: the key is absent'),
  version: number.optional().describe('0: the key is absent'),
  value: z.string().optional(),
  encoding: content.encoding,
  exists: z.boolean().optional(),
  op: z
    .enum(['=', '!=', '<', '>'], { error: 'is none of = != < >' })
    .optional()
    .describe('how the key is compared with what stands here; = where it is absent'),
});

export const Guard = ruled(guardShape, [
  oneKey,
  exactlyOne('revision', 'version', 'value', 'exists'),
  onlyWith('encoding', 'value'),
  valueInBase64,
  existsCompared,
]).describe('What must hold of one key.');

const put = ruled(
  closed({
    op: z.literal('put'),
    ...key,
    ...content,
    contentType: z
      .string()
      .refine(isMediaType, 'is no media type')
      .optional()
      .meta({
        pattern: MEDIA_TYPE_PATTERN,
        description: `${DEFAULT_CONTENT_TYPE} where it is absent`,
      }),
    ttl: ttlMs.optional(),
    lease: leaseId.optional(),
  }),
  [oneKey, valueInBase64, atMostOne('ttl', 'lease')],
);

const ofKey = <Op extends string>(op: Op) => ruled(closed({ op: z.literal(op), ...key }), [oneKey]);

const deletePrefix = ruled(
  closed({ op: z.literal('deletePrefix'), prefix: bound, prefix64: bound64 }),
  [exactlyOne('prefix', 'prefix64')],
);

const list = ruled(
  closed({
    op: z.literal('list'),
    prefix: bound,
    prefix64: bound64,
    start: bound,
    start64: bound64,
    end: bound,
    end64: bound64,
    limit: z.int().min(1).optional().describe('at most `listItems`'),
    keys: z.boolean().optional().describe('keys alone'),
  }),
  [atMostOne('prefix', 'prefix64'), atMostOne('start', 'start64'), atMostOne('end', 'end64')],
);

const incr = ruled(
  closed({ op: z.literal('incr'), ...key, incr: z.int().min(-MAX_WHOLE).max(MAX_WHOLE) }),
  [oneKey],
);

const OPS = 'has no "op" of put, delete, deletePrefix, get, list or incr';

export const Action = z
  .discriminatedUnion('op', [put, ofKey('delete'), deletePrefix, ofKey('get'), list, incr], {
    error: (issue) => (issue.code === 'invalid_union' ? OPS : undefined),
  })
  .describe('What is done to one key, or to a range.');

export const Transaction = closed({
  // oxlint-disable-next-line no-thenable -- the name is the API's
  then: z.array(Action).describe('what is done where all guards hold'),
  if: z.array(Guard).optional(),
  else: z
    .array(Action)
    .optional()
    .describe('what is done where one does not; without it, that is a 412'),
}).describe('Guards, and what is done where they hold, or where they do not: all or nothing.');

export type GuardJson = z.infer<typeof Guard>;
export type ActionJson = z.infer<typeof Action>;
export type TransactionJson = z.infer<typeof Transaction>;
