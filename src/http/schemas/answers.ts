/** The JSON that reads and writes of keys are answered with. */
import { z } from 'zod';
import { Item, keyed, KeyName, Prev } from './item.ts';
import { revision } from './members.ts';
import { TOLD } from './trace.ts';

const next = z.union([z.string(), z.null()]).describe('the cursor of the next page, if any');

export const Cut = z
  .object({ revision, truncated: z.literal(true) })
  .describe('A first answer again, of which no more is kept: it was too long.');

const putShape = { revision, version: z.int().min(1), created: z.boolean() };

export const PutDone = keyed({ ...putShape, prev: Prev.optional(), ...TOLD }).describe(
  'What a put did.',
);

export const DeleteDone = z
  .object({ deleted: z.int().min(0), revision, prev: Prev.optional(), ...TOLD })
  .describe('How many keys a delete deleted.');

export const PutAnswer = z.union([PutDone, Cut]).describe('What a put is answered with.');

export const DeleteAnswer = z.union([DeleteDone, Cut]).describe('What a delete is answered with.');

export const ListLine = z.union([Item, KeyName]).describe('An item; or a key alone, with `keys`.');

export const ListPage = z
  .object({
    revision,
    items: z.array(ListLine),
    prefixes: z.array(KeyName).describe('keys up to their delimiter'),
    next,
  })
  .describe('One page of a list.');

export const Count = z
  .object({ revision, count: z.int().min(0) })
  .describe('How many keys there are.');

export const HistoryPage = z
  .object({
    revision,
    items: z.array(z.union([Item, z.object({ revision, deleted: z.literal(true) })])),
    next,
  })
  .describe('What a key was, the newest first.');

const increment = keyed({ value: z.int(), ...putShape });

const listed = z.object({ items: z.array(ListLine), more: z.boolean() });

export const TransactionDone = z
  .object({
    succeeded: z.boolean().describe('whether all guards held'),
    revision,
    results: z
      .array(
        z.union([
          Item,
          z.null(),
          keyed(putShape),
          increment,
          z.object({ deleted: z.int().min(0) }),
          listed,
        ]),
      )
      .describe('one for each action that was done, in their order'),
    ...TOLD,
  })
  .describe('What a transaction did.');

export const ListAnswer = z
  .union([ListPage, Count])
  .describe('One page; or how many keys there are, with `count`.');

export const TransactionAnswer = z
  .union([TransactionDone, Cut])
  .describe('What a transaction is answered with.');
