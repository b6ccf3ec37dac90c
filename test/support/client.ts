/**
 * A client of one replica that never tries anything twice. What became of a request is told by the
 * problem's `outcome`; a connection that broke, or a time-out, leaves a write `unknown`, unless it
 * was never connected.
 */
import { errors, Pool } from 'undici';
import { z } from 'zod';

export type Outcome =
  | {
      readonly type: 'ok';
      readonly status: number;
      readonly revision: number;
      readonly body: string;
    }
  /** The condition did not hold, or there is no such key: an answer about the state. */
  | { readonly type: 'refused'; readonly status: 404 | 412; readonly body: string }
  /** It did not happen, and never will. */
  | { readonly type: 'fail'; readonly why: string }
  | { readonly type: 'unknown'; readonly why: string };

export interface Conditions {
  readonly ifMatch?: number;
  readonly ifNoneMatch?: '*';
}

const CONNECTIONS = 64;
const REQUEST_LIMIT_MS = 1_500;

const PROBLEM = z.looseObject({ code: z.string(), outcome: z.string() });

export class KvClient {
  readonly url: string;
  readonly #pool: Pool;

  constructor(url: string) {
    this.url = url;
    this.#pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 });
  }

  put(key: string, value: string, conditions: Conditions = {}): Promise<Outcome> {
    const headers = { 'content-type': 'text/plain', ...conditionHeaders(conditions) };
    return this.#request('PUT', pathOf(key), headers, value);
  }

  get(key: string, query = ''): Promise<Outcome> {
    return this.#request('GET', pathOf(key) + query, {});
  }

  delete(key: string, conditions: Conditions = {}): Promise<Outcome> {
    return this.#request('DELETE', pathOf(key), conditionHeaders(conditions));
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #request(
    method: 'GET' | 'PUT' | 'DELETE',
    path: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<Outcome> {
    try {
      const signal = AbortSignal.timeout(REQUEST_LIMIT_MS);
      const answer = await this.#pool.request({
        method,
        path,
        headers,
        body: body ?? null,
        signal,
      });
      const text = await answer.body.text();
      return outcomeOf(answer.statusCode, answer.headers['etag'], text);
    } catch (error) {
      return neverSent(error) ? { type: 'fail', why: String(error) } : unknown(error);
    }
  }
}

function pathOf(key: string): string {
  return `/v1/kv/${encodeURIComponent(key)}`;
}

function conditionHeaders({ ifMatch, ifNoneMatch }: Conditions): Record<string, string> {
  if (ifMatch !== undefined) return { 'if-match': `"${ifMatch}"` };
  return ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch };
}

function outcomeOf(status: number, etag: unknown, body: string): Outcome {
  if (status >= 200 && status < 300) {
    const revision = Number(/^"([0-9]+)"$/.exec(String(etag))?.[1] ?? Number.NaN);
    return { type: 'ok', status, revision, body };
  }
  if (status === 404 || status === 412) return { type: 'refused', status, body };
  const problem = PROBLEM.parse(JSON.parse(body));
  const why = `${status} ${problem.code}`;
  switch (problem.outcome) {
    case 'not_applied':
      if (status !== 503) throw new Error(`the replica answered ${body}`);
      return { type: 'fail', why };
    case 'unknown':
      return { type: 'unknown', why };
    default:
      throw new Error(`the replica answered ${body}`);
  }
}

/** No byte of the request has left: the connection was never there. */
function neverSent(error: unknown): boolean {
  if (error instanceof errors.ConnectTimeoutError) return true;
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
}

/** An answer that should not be is a failure of the test, not an unknown outcome. */
function unknown(error: unknown): Outcome {
  if (error instanceof Error && /the replica answered/.test(error.message)) throw error;
  if (error instanceof z.ZodError || error instanceof SyntaxError) throw error;
  return { type: 'unknown', why: String(error) };
}
