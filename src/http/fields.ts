/**
 * The header fields of a request, in one pass over the raw ones: Node folds repetitions away, and
 * what is ignored silently may have changed what a write means.
 */
import { MAX_ONCE_KEY_BYTES } from '../kv/once.ts';
import type { Fence } from '../kv/lease.ts';
import { parseFence } from './fence.ts';
import { Problem } from './problem.ts';

export interface Fields {
  host: string | undefined;
  /** Checked by the HTTP parser: digits only, once, never beside `Transfer-Encoding`. */
  contentLength: number;
  chunked: boolean;
  expectContinue: boolean;
  contentType: string | undefined;
  ifMatch: string | undefined;
  ifNoneMatch: string | undefined;
  minRevision: string | undefined;
  prefer: string | undefined;
  accept: string | undefined;
  lastEventId: string | undefined;
  maxStaleness: string | undefined;
  idempotencyKey: string | undefined;
  fence: Fence | undefined;
}

const IDEMPOTENCY_KEY = new RegExp(`^[\\x21-\\x7e]{1,${MAX_ONCE_KEY_BYTES}}$`);

type Rule = (fields: Fields, value: string, isWrite: boolean) => Problem | undefined;

const HOST = /^[A-Za-z0-9._~!$&'()*+,;=:[\]%-]+$/;

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['host', takeHost],
  ['content-length', takeContentLength],
  ['transfer-encoding', takeTransferEncoding],
  ['content-type', takeContentType],
  ['content-encoding', refuseContentEncoding],
  ['expect', takeExpect],
  ['if-match', (fields, value) => void (fields.ifMatch = joined(fields.ifMatch, value))],
  [
    'if-none-match',
    (fields, value) => void (fields.ifNoneMatch = joined(fields.ifNoneMatch, value)),
  ],
  ['min-revision', takeMinRevision],
  ['prefer', (fields, value) => void (fields.prefer = joined(fields.prefer, value))],
  ['accept', (fields, value) => void (fields.accept = joined(fields.accept, value))],
  ['last-event-id', takeLastEventId],
  ['idempotency-key', takeIdempotencyKey],
  ['fence', takeFence],
  ['max-staleness', takeMaxStaleness],
  ['upgrade', () => notSupported('Upgrade')],
  ['content-range', (_, __, isWrite) => refuseOnWrite(isWrite, 'Content-Range')],
  ['if-unmodified-since', (_, __, isWrite) => refuseOnWrite(isWrite, 'If-Unmodified-Since')],
  ['if-range', (_, __, isWrite) => refuseOnWrite(isWrite, 'If-Range')],
  ['x-http-method-override', (_, __, isWrite) => refuseOnWrite(isWrite, 'X-HTTP-Method-Override')],
]);

/** In lower case: all that are looked at. Any other is left aside. */
export const KNOWN_FIELDS: readonly string[] = [...RULES.keys()];

/** `raw` is name, value, name, value, as they came. */
export function scanFields(
  raw: readonly string[],
  method: string | undefined,
  maxFields: number,
): Fields | Problem {
  if (raw.length > 2 * maxFields) {
    return new Problem('headers_too_large', `a request has at most ${maxFields} header fields`, {
      extra: { limit: 'headerFields', max: maxFields, actual: raw.length / 2 },
    });
  }
  const isWrite = method !== 'GET' && method !== 'HEAD';
  const fields = noFields();
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const rule = RULES.get(name) ?? RULES.get(name.toLowerCase());
    if (rule === undefined) continue;
    const problem = rule(fields, raw[i + 1] ?? '', isWrite);
    if (problem !== undefined) return problem;
  }
  if (fields.host === undefined) return new Problem('invalid_host', 'the Host header is missing');
  return fields;
}

function noFields(): Fields {
  return {
    host: undefined,
    contentLength: 0,
    chunked: false,
    expectContinue: false,
    contentType: undefined,
    ifMatch: undefined,
    ifNoneMatch: undefined,
    minRevision: undefined,
    prefer: undefined,
    accept: undefined,
    lastEventId: undefined,
    maxStaleness: undefined,
    idempotencyKey: undefined,
    fence: undefined,
  };
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}

function takeHost(fields: Fields, value: string): Problem | undefined {
  if (fields.host !== undefined) {
    return new Problem('invalid_host', 'the Host header stands there more than once');
  }
  if (!HOST.test(value)) return new Problem('invalid_host', 'the Host header names no host');
  fields.host = value;
  return undefined;
}

function takeContentLength(fields: Fields, value: string): Problem | undefined {
  fields.contentLength = Number(value);
  return undefined;
}

/** Anything but exactly `chunked`, once, may be framed differently by a proxy before us. */
function takeTransferEncoding(fields: Fields, value: string): Problem | undefined {
  if (fields.chunked || value.toLowerCase() !== 'chunked') {
    return new Problem('malformed_request', 'Transfer-Encoding is chunked, once, or not there');
  }
  fields.chunked = true;
  return undefined;
}

function takeContentType(fields: Fields, value: string): Problem | undefined {
  if (fields.contentType !== undefined) return repeated('Content-Type');
  fields.contentType = value;
  return undefined;
}

function refuseContentEncoding(): Problem {
  return new Problem('content_encoding', 'send the body as it is, without a Content-Encoding');
}

function takeExpect(fields: Fields, value: string): Problem | undefined {
  if (fields.expectContinue || value.toLowerCase() !== '100-continue') {
    return new Problem('expectation_failed', 'the only expectation is 100-continue');
  }
  fields.expectContinue = true;
  return undefined;
}

function takeMinRevision(fields: Fields, value: string): Problem | undefined {
  if (fields.minRevision !== undefined) return repeated('Min-Revision');
  fields.minRevision = value;
  return undefined;
}

/** As it stands: a quoted one is another than the same without its quotes. */
function takeIdempotencyKey(fields: Fields, value: string, isWrite: boolean): Problem | undefined {
  if (!isWrite) return new Problem('invalid_header', 'Idempotency-Key goes with writes alone');
  if (fields.idempotencyKey !== undefined) return repeated('Idempotency-Key');
  if (!IDEMPOTENCY_KEY.test(value)) {
    const detail = `Idempotency-Key has 1 to ${MAX_ONCE_KEY_BYTES} visible characters of ASCII`;
    return new Problem('invalid_header', detail);
  }
  fields.idempotencyKey = value;
  return undefined;
}

function takeFence(fields: Fields, value: string, isWrite: boolean): Problem | undefined {
  if (!isWrite) return new Problem('invalid_header', 'Fence goes with writes alone');
  if (fields.fence !== undefined) return repeated('Fence');
  const fence = parseFence(value);
  if (fence === undefined) {
    return new Problem('invalid_header', 'Fence is NAME=N, with a percent-encoded name');
  }
  fields.fence = fence;
  return undefined;
}

function takeMaxStaleness(fields: Fields, value: string, isWrite: boolean): Problem | undefined {
  if (isWrite) return notSupported('Max-Staleness');
  if (fields.maxStaleness !== undefined) return repeated('Max-Staleness');
  fields.maxStaleness = value;
  return undefined;
}

function takeLastEventId(fields: Fields, value: string): Problem | undefined {
  if (fields.lastEventId !== undefined) return repeated('Last-Event-ID');
  fields.lastEventId = value;
  return undefined;
}

function repeated(name: string): Problem {
  return new Problem('invalid_header', `${name} stands there more than once`);
}

export function notSupported(name: string): Problem {
  return new Problem('not_supported', `${name} is not supported here, so nothing was done`, {
    extra: { header: name },
  });
}

function refuseOnWrite(isWrite: boolean, name: string): Problem | undefined {
  return isWrite ? notSupported(name) : undefined;
}
