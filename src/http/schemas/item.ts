/** Keys and items as the answers have them. */
import { z } from 'zod';
import { given, LEASE_ID } from './lifetime.ts';
import { exactlyOne, revision, ruled } from './members.ts';

export const BASE64URL = '^[A-Za-z0-9_-]+$';

/** `key64` where the bytes of the key are not UTF-8. */
export const KEY_SHAPE = {
  key: z.string().min(1).optional().describe('the key, where it is UTF-8'),
  key64: z
    .string()
    .optional()
    .meta({ pattern: BASE64URL, description: 'the bytes of any other key, in base64url' }),
};

export function keyed<Shape extends z.ZodRawShape>(shape: Shape) {
  return ruled(z.object({ ...KEY_SHAPE, ...shape }), [exactlyOne('key', 'key64')]);
}

/** A key by itself. */
export const KeyName = z
  .union([z.string(), z.object({ key64: z.string().meta({ pattern: BASE64URL }) })])
  .describe('A key: a string, or its bytes in base64url where they are not UTF-8.');

const ITEM_SHAPE = {
  value: z.string().describe('the value, as `encoding` says'),
  encoding: z.enum(['utf8', 'base64']),
  contentType: z.string(),
  createRevision: revision.describe('the revision that created the key'),
  revision: revision.describe('the revision that last changed it'),
  version: z.int().min(1).describe('how often it was written since it was created'),
  ttl: given.optional().describe('what is left of its time, where it has one'),
  lease: z.string().optional().meta({ pattern: LEASE_ID, description: 'what it lives by, if any' }),
};

export const Item = keyed(ITEM_SHAPE).describe('A key with all that is kept of it.');

export const Prev = z.union([Item, z.null()]).describe('what the key had before');

export const WatchEvent = z
  .union([
    keyed({ event: z.literal('put'), ...ITEM_SHAPE, prev: Prev.optional() }),
    keyed({ event: z.enum(['delete', 'expire']), revision, prev: Prev.optional() }),
    z.object({ event: z.literal('bookmark'), revision }),
    z.object({ event: z.literal('reset'), revision, oldestRevision: revision }),
  ])
  .describe(
    'What happened. `bookmark`: nothing else, up to this revision. `reset`: the history that is ' +
      'needed is gone, and the stream ends.',
  );
