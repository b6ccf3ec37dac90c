/** A request whose body is JSON. Its schema checks it, and stands in `/openapi.json`. */
import type { z } from 'zod';
import { type BodyLimit, readBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import { wordsOf } from './json-words.ts';
import { Problem } from './problem.ts';
import { type JsonValue, parseJson } from './strict-json.ts';

const JSON_TYPE = /^application\/json[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i;

/** Of a body that has bounds of its own. */
export type JsonBounds = BodyLimit & { readonly members: number };

/** `done` is called with what the schema makes of the body; not at all where it was refused. */
export function readJson<Schema extends z.ZodType>(
  exchange: Exchange,
  schema: Schema,
  done: (json: z.infer<Schema>, body: Uint8Array) => void,
  bounds?: JsonBounds,
): void {
  const { context, fields } = exchange;
  if (fields.contentType === undefined || !JSON_TYPE.test(fields.contentType)) {
    exchange.refuse(new Problem('unsupported_media_type', 'send application/json'));
    return;
  }
  const { limits } = context;
  readBody(exchange, bounds ?? { name: 'jsonBytes', maxBytes: limits.jsonBytes }, (body) => {
    const { jsonDepth } = limits;
    const json = parseJson(body, { jsonDepth, jsonMembers: bounds?.members ?? limits.jsonMembers });
    if (json instanceof Problem) return exchange.refuse(json);
    const parsed = schema.safeParse(plain(json), { reportInput: true });
    if (parsed.success) return done(parsed.data, body);
    const [issue] = parsed.error.issues;
    exchange.refuse(invalidJson(issue === undefined ? 'it is not as expected' : wordsOf(issue)));
  });
}

/** Maps as objects, each member its own, whatever its name. */
function plain(json: JsonValue): unknown {
  if (json instanceof Map) {
    return Object.fromEntries([...json].map(([name, value]) => [name, plain(value)]));
  }
  return Array.isArray(json) ? json.map(plain) : json;
}

export function invalidJson(detail: string): Problem {
  return new Problem('invalid_json', detail);
}
