/** The events of a watch as they come, from server-sent events or from lines of JSON. */
import { z } from 'zod';
import { WrongAnswer } from '../client.ts';

const itemSchema = z.object({ value: z.string(), revision: z.number(), version: z.number() });
const prevSchema = itemSchema.nullable().optional();
const keySchema = { key: z.string(), revision: z.number(), prev: prevSchema };
/** What a history has of each; all else that came is left out. */
const eventSchema = z.discriminatedUnion('event', [
  z.object({
    ...keySchema,
    event: z.literal('put'),
    value: z.string(),
    version: z.number(),
    createRevision: z.number(),
  }),
  z.object({ ...keySchema, event: z.enum(['delete', 'expire']) }),
  z.object({ event: z.literal('bookmark'), revision: z.number() }),
  z.object({ event: z.literal('reset'), oldestRevision: z.number() }),
]);

export type WatchEvent = z.infer<typeof eventSchema> & { readonly id?: number };
export type WatchFormat = 'events' | 'lines';

const END = { events: '\n\n', lines: '\n' } as const;

/** Puts chunks together. What a cut leaves unfinished was never said. */
export class WatchReader {
  readonly #format: WatchFormat;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #rest = '';

  constructor(format: WatchFormat) {
    this.#format = format;
  }

  /** The events that end in this chunk, in order. */
  read(chunk: Uint8Array): readonly WatchEvent[] {
    const texts = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split(
      END[this.#format],
    );
    this.#rest = texts.pop() ?? '';
    const parse = this.#format === 'lines' ? eventOfLine : eventOfBlock;
    return texts.flatMap((text) => (text === '' ? [] : parse(text)));
  }
}

function eventOfLine(line: string): readonly WatchEvent[] {
  return [eventOf(line)];
}

function eventOfBlock(block: string): readonly WatchEvent[] {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const colon = line.indexOf(': ');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 2));
  }
  const data = fields.get('data');
  if (data === undefined) return [];
  const event = eventOf(data);
  if (event.event !== fields.get('event')) throw new WrongAnswer(`another event: ${block}`);
  const id = fields.get('id');
  return [id === undefined ? event : { ...event, id: Number(id) }];
}

function eventOf(json: string): WatchEvent {
  try {
    return eventSchema.parse(JSON.parse(json));
  } catch (error) {
    throw new WrongAnswer(`no event of a watch: ${json}`, { cause: error });
  }
}
