/** The request to the replica behind a link, as it came from the peer, and the head of its answer. */
import { request, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { LinkTarget } from './links.ts';

/** Of one connection only, so each side has its own. */
const OF_ONE_CONNECTION = ['connection', 'keep-alive', 'transfer-encoding'];

/** `bodyBytes`: how long its body is, where it is sent whole. Else it is as long as the peer said. */
export function openFar(
  target: LinkTarget,
  near: IncomingMessage,
  bodyBytes?: number,
): ClientRequest {
  const { host, port } = target;
  const { method = 'POST', url: path = '/' } = near;
  const far = request({ host, port, method, path, agent: false, headers: farHeaders() });
  far.setNoDelay(true);
  return far;

  function farHeaders(): string[] {
    const without = [...OF_ONE_CONNECTION, ...(bodyBytes === undefined ? [] : ['content-length'])];
    const headers = headersWithout(near.rawHeaders, without);
    if (bodyBytes !== undefined) return [...headers, 'Content-Length', String(bodyBytes)];
    const isChunked = near.headers['transfer-encoding'] !== undefined;
    return isChunked ? [...headers, 'Transfer-Encoding', 'chunked'] : headers;
  }
}

/** `bodyBytes` as with a request. */
export function passHead(far: IncomingMessage, near: ServerResponse, bodyBytes?: number): void {
  const without = [...OF_ONE_CONNECTION, ...(bodyBytes === undefined ? [] : ['content-length'])];
  const headers = [...headersWithout(far.rawHeaders, without), 'Connection', 'close'];
  if (bodyBytes !== undefined) headers.push('Content-Length', String(bodyBytes));
  near.sendDate = false;
  near.writeHead(far.statusCode ?? 0, far.statusMessage, headers);
}

function headersWithout(rawHeaders: readonly string[], names: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (!names.includes(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
