/** `/openapi.json` as a judge of what a server answers: every status, header field and body. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { DEFAULT_HTTP_LIMITS } from '../../../src/http/limits.ts';
import { describeApi } from '../../../src/http/openapi/document.ts';
import type {
  ContentJson,
  Json,
  MediaJson,
  OperationJson,
  ResponseJson,
} from '../../../src/http/openapi/shapes.ts';
import { ROUTES } from '../../../src/http/routes.ts';

export const API = describeApi(ROUTES, DEFAULT_HTTP_LIMITS, '0.1.0');

/** One request and its answer, as they were on the wire. */
export interface Seen {
  readonly method: string;
  readonly target: string;
  readonly status: number;
  /** Names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  /** `undefined`: it is not known as a whole. */
  readonly body: string | undefined;
}

/** What HTTP itself puts into an answer. */
const OF_HTTP = new Set(
  ['Date', 'Connection', 'Keep-Alive', 'Content-Type', 'Content-Length', 'Transfer-Encoding'].map(
    (name) => name.toLowerCase(),
  ),
);
/** Of what is no request of a route: it is refused before any route is looked for. */
const BEFORE_ROUTES = new Set([400, 408, 415, 417, 431, 503]);

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
// Answers may get more members one day; here, one that is not described is a fault.
ajv.addSchema({ $id: 'closed', ...closed(API) });
ajv.addSchema({ $id: 'api', ...API });
const compiled = new Map<string, ValidateFunction>();

function closed(value: unknown): object {
  const text = JSON.stringify(value, (_, part: unknown) =>
    isObject(part) && part['type'] === 'object' && part['properties'] !== undefined
      ? { additionalProperties: false, ...part }
      : part,
  );
  return JSON.parse(text);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** In words; `undefined`: the value is as the schema wants it. */
export function breachOf(schema: Json, value: unknown, document: 'closed' | 'api' = 'closed') {
  const text = JSON.stringify(schema).replaceAll('"#/', `"${document}#/`);
  const check = compiled.get(text) ?? ajv.compile(JSON.parse(text));
  compiled.set(text, check);
  return check(value) ? undefined : ajv.errorsText(check.errors);
}

/** The longest first: a key may end in what another path goes on with. */
const PATTERNS = Object.keys(API.paths).toSorted((a, b) => b.length - a.length);

/** The path of the document that a target belongs to. */
export function pathOf(target: string): string | undefined {
  const [path = '', query = ''] = target.replace(/^https?:\/\/[^/?#]+/i, '').split('?', 2);
  const isKey64 = /(^|&)key64=/.test(query) && (path === '/v1/kv' || path === '/v1/history');
  if (isKey64) return `${path}/{key}`;
  if (API.paths[path] !== undefined) return path;
  return PATTERNS.find((pattern) => {
    const open = /\{(key|name)\}/.test(pattern) ? '.*' : '[^/]+';
    const source = pattern.replaceAll(/[.]/g, String.raw`\.`).replace(/\{\w+\}/, open);
    return new RegExp(`^${source}$`, 's').test(path);
  });
}

export function operationOf(method: string, target: string): OperationJson | undefined {
  return API.paths[pathOf(target) ?? '']?.[method.toLowerCase()];
}

/** What the document does not say of an answer. */
export function faultsOf(seen: Seen): readonly string[] {
  const { method, status, target } = seen;
  const name = `${method} ${target.slice(0, 80)}: ${status}`;
  return [...(responseOf(seen)?.faults ?? ['is not documented'])].map((text) => `${name}: ${text}`);
}

function responseOf(seen: Seen): { readonly faults: readonly string[] } | undefined {
  const { status } = seen;
  const operation = operationOf(seen.method, seen.target);
  const response = operation?.responses[status] ?? unrouted(seen, operation);
  if (response !== undefined)
    return { faults: [...fieldFaults(seen, response), ...bodyFaults(seen, response)] };
  const isEarly = operation === undefined && BEFORE_ROUTES.has(status);
  return isEarly ? { faults: problemFaults(seen) } : undefined;
}

function unrouted({ status, target }: Seen, operation?: OperationJson): ResponseJson | undefined {
  if (operation !== undefined) return undefined;
  const { MethodNotAllowed, RouteNotFound } = API.components.responses;
  if (status === 405) return pathOf(target) === undefined ? undefined : MethodNotAllowed;
  return status === 404 && pathOf(target) === undefined ? RouteNotFound : undefined;
}

function problemFaults({ body, method }: Seen): readonly string[] {
  if (body === undefined || method === 'HEAD') return [];
  const breach = breachOf({ $ref: '#/components/schemas/Problem' }, JSON.parse(body));
  return breach === undefined ? [] : [breach];
}

function fieldFaults({ fields }: Seen, response: ResponseJson): readonly string[] {
  const faults: string[] = [];
  const known = new Set(Object.keys(response.headers).map((name) => name.toLowerCase()));
  for (const [name, { $ref }] of Object.entries(response.headers)) {
    const header = API.components.headers[$ref.replace(/^.*\//, '')];
    const text = fields.get(name.toLowerCase());
    if (header === undefined) faults.push(`${$ref} leads nowhere`);
    else if (text === undefined && header.required) faults.push(`it lacks ${name}`);
    else if (text !== undefined) {
      const value = header.schema['type'] === 'integer' ? Number(text) : text;
      const breach = breachOf(header.schema, value);
      if (breach !== undefined) faults.push(`${name}: ${text}: ${breach}`);
    }
  }
  for (const name of fields.keys()) {
    if (!known.has(name) && !OF_HTTP.has(name)) faults.push(`it has ${name}`);
  }
  return faults;
}

function bodyFaults(seen: Seen, { content }: ResponseJson): readonly string[] {
  const { body, fields, method } = seen;
  if (method === 'HEAD' || body === undefined) return [];
  if (content === undefined) return body === '' ? [] : ['it has a body'];
  const type = fields.get('content-type')?.replace(/;.*$/s, '') ?? '';
  if (isValue(seen, content)) return [];
  const media = content[type];
  if (media === undefined) return [`its type is ${type}`];
  return valuesOf(media, type, body).flatMap(([schema, text]) => {
    const breach = breachOf(schema, JSON.parse(Buffer.from(text, 'latin1').toString('utf8')));
    return breach === undefined ? [] : [`${breach}: ${text.slice(0, 500)}`];
  });
}

/** A value of the store, which may have any type: JSON too. */
function isValue({ target }: Seen, content: ContentJson): boolean {
  return content['*/*'] !== undefined && !/[?&]meta(=(true)?)?(&|$)/.test(target);
}

function valuesOf(
  media: MediaJson,
  type: string,
  body: string,
): readonly (readonly [Json, string])[] {
  const { schema = {}, 'x-lines': each } = media;
  if (each === undefined) return type.endsWith('json') ? [[schema, body]] : [];
  const lines = body.split('\n').slice(0, -1);
  if (type !== 'text/event-stream') return lines.map((line) => [each, line] as const);
  const data = lines.filter((line) => line.startsWith('data: '));
  return data.map((line) => [each, line.slice('data: '.length)] as const);
}
