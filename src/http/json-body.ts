/** A request whose body is a JSON object with members that are known by name. */
import { type BodyLimit, readBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import { Problem } from './problem.ts';
import { type JsonValue, parseJson } from './strict-json.ts';

const JSON_TYPE = /^application\/json[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i;

export type JsonObject = ReadonlyMap<string, JsonValue>;

export interface JsonShape {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
  /** Bounds of its own; absent: those of all JSON bodies. */
  readonly bounds?: BodyLimit & { readonly members: number };
}

/** Refuses what is no such object; each member's value is the caller's to check. */
export function readJsonObject(
  exchange: Exchange,
  shape: JsonShape,
  done: (json: JsonObject, body: Uint8Array) => void,
): void {
  const { context, fields } = exchange;
  if (fields.contentType === undefined || !JSON_TYPE.test(fields.contentType)) {
    exchange.refuse(new Problem('unsupported_media_type', 'send application/json'));
    return;
  }
  const { limits } = context;
  const { bounds } = shape;
  readBody(exchange, bounds ?? { name: 'jsonBytes', maxBytes: limits.jsonBytes }, (body) => {
    const { jsonDepth } = limits;
    const json = parseJson(body, { jsonDepth, jsonMembers: bounds?.members ?? limits.jsonMembers });
    const object = json instanceof Problem ? json : objectOf(json, shape);
    if (object instanceof Problem) exchange.refuse(object);
    else done(object, body);
  });
}

function objectOf(json: JsonValue, { optional = [], required }: JsonShape): JsonObject | Problem {
  if (!(json instanceof Map)) return invalidJson('an object is expected');
  const missing = required.find((name) => !json.has(name));
  if (missing !== undefined) return invalidJson(`"${missing}" is missing`);
  for (const name of json.keys()) {
    if (required.includes(name) || optional.includes(name)) continue;
    return invalidJson(`there is no member of that name; known: ${known(required, optional)}`);
  }
  return json;
}

function known(required: readonly string[], optional: readonly string[]): string {
  return [...required, ...optional].join(', ');
}

export function invalidJson(detail: string): Problem {
  return new Problem('invalid_json', detail);
}
