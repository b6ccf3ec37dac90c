/** Which links have which rules, as it travels between processes: what is not in it is whole. */
import { z } from 'zod';
import type { LinkRules } from './link-rules.ts';

const MAX_REPLICA = 9;
const MAX_LINKS = MAX_REPLICA * (MAX_REPLICA - 1);
const MAX_MS = 600_000;
const MIN_FLAP_MS = 10;
const MAX_COPIES = 5;

const replica = z.int().min(1).max(MAX_REPLICA);
const share = z.number().min(0).max(1);
const ms = z.number().min(0).max(MAX_MS);

const rulesSchema: z.ZodType<LinkRules> = z.strictObject({
  cut: z.boolean().exactOptional(),
  loss: share.exactOptional(),
  delayMs: z.tuple([ms, ms]).readonly().exactOptional(),
  reorder: z.boolean().exactOptional(),
  duplication: share.exactOptional(),
  copies: z.strictObject({ most: z.int().min(1).max(MAX_COPIES), lateMs: ms }).exactOptional(),
  corruption: share.exactOptional(),
  bytesPerSecond: z.int().min(1).exactOptional(),
  byteByByte: z.boolean().exactOptional(),
});

const ruledLinkSchema = z
  .strictObject({
    from: replica,
    to: replica,
    rules: rulesSchema,
    /** Cut for so long, then not cut for so long, and so on. */
    flapMs: ms.min(MIN_FLAP_MS).exactOptional(),
  })
  .readonly();

export const linkTableSchema = z.array(ruledLinkSchema).max(MAX_LINKS).readonly();

/** `set` takes the place of everything that was set before. */
export const linksRequestSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('show') }),
  z.strictObject({ do: z.literal('set'), links: linkTableSchema }),
]);

export const linksAnswerSchema = z.strictObject({
  ok: z.boolean(),
  message: z.string(),
  /** Of the process in which they are. */
  pid: z.int().exactOptional(),
  links: linkTableSchema.exactOptional(),
  /** What became of messages, since the links were opened. */
  counts: z.record(z.string(), z.number()).exactOptional(),
});

export type RuledLink = z.infer<typeof ruledLinkSchema>;
export type LinkTable = z.infer<typeof linkTableSchema>;
export type LinksRequest = z.infer<typeof linksRequestSchema>;
export type LinksAnswer = z.infer<typeof linksAnswerSchema>;
