/** What a request must be before its body is looked at; Node's parser has refused the rest. */
import type { IncomingMessage } from 'node:http';
import type { RefusalReason } from './refusal.ts';
import {
  CHOSEN_PATH,
  ORDER_PATH,
  PROBE_PATH,
  SNAPSHOT_PATH,
  STREAM_PATH,
  STREAM_TYPE,
} from './routes.ts';

const PATHS: readonly (string | undefined)[] = [
  STREAM_PATH,
  CHOSEN_PATH,
  SNAPSHOT_PATH,
  PROBE_PATH,
  ORDER_PATH,
];

/** Why the request is refused; `undefined` where its body may be read. */
export function judgeRequest(request: IncomingMessage): RefusalReason | undefined {
  if (request.httpVersion !== '1.1') return 'badHttpVersion';
  if (hasTwins(request.rawHeaders, ['host', 'content-length', 'transfer-encoding'])) {
    return 'badRequest';
  }
  const { headers } = request;
  const encoding = headers['transfer-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') return 'badRequest';
  if (headers.host === undefined || headers.host === '') return 'badRequest';
  if (encoding !== undefined && headers['content-length'] !== undefined) return 'badRequest';
  if (headers.upgrade !== undefined) return 'badRequest';
  if (!PATHS.includes(request.url)) return 'noRoute';
  if (request.method !== 'POST') return 'methodNotAllowed';
  if (headers['content-type'] !== STREAM_TYPE) return 'wrongContentType';
  return headers['content-encoding'] === undefined ? undefined : 'wrongContentType';
}

function hasTwins(rawHeaders: readonly string[], names: readonly string[]): boolean {
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (!names.includes(name)) continue;
    if (seen.has(name)) return true;
    seen.add(name);
  }
  return false;
}
