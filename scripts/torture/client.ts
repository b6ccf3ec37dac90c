/**
 * A client of one replica that sends nothing twice. What became of a request is told by the answer:
 * by its status, and by the problem's `outcome`. A connection that broke, or a time-out, leaves a
 * write unknown, unless no byte of it ever left. An answer that should not be throws: that is a bug
 * of the server, or of the workload, and ends the run.
 */
import { Client, errors, Pool } from 'undici';
import { z } from 'zod';

export interface Request {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole of it; the client's own limit by default. */
  readonly limitMs?: number;
}

export interface Answer {
  readonly status: number;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Outcome =
  /** A status below 300. */
  | ({ readonly type: 'ok' } & Answer)
  /** 304, 404, 409, 410, 412, 422: what the state says, decided when it was looked at; nothing was changed. */
  | ({ readonly type: 'refused'; readonly code: string } & Answer)
  /** It did not happen, and never will. */
  | { readonly type: 'fail'; readonly why: string }
  | { readonly type: 'unknown'; readonly why: string };

const CONNECTIONS = 32;
const DEFAULT_LIMIT_MS = 3_000;
export const CONNECT_MS = 1_000;
const REFUSED: ReadonlySet<number> = new Set([304, 404, 409, 410, 412, 422]);
/** Busy, not ready, or full: the server says so, and a client comes again later. */
const NOT_NOW: ReadonlySet<number> = new Set([408, 429, 503, 507]);

const problemSchema = z.looseObject({ code: z.string(), outcome: z.string() });

export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer';
}

export class ReplicaClient {
  readonly replica: number;
  readonly url: string;
  readonly #pool: Pool;
  readonly #limitMs: number;

  constructor(replica: number, url: string, limitMs = DEFAULT_LIMIT_MS) {
    this.replica = replica;
    this.url = url;
    this.#limitMs = limitMs;
    this.#pool = new Pool(url, {
      connections: CONNECTIONS,
      pipelining: 1,
      connect: { timeout: CONNECT_MS },
      factory: (origin, options) => new Client(origin, options),
    });
  }

  ask(request: Request): Promise<Outcome> {
    return askThrough(this.#pool, { limitMs: this.#limitMs, ...request });
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

/** Of any pool, or a single connection. */
export async function askThrough(connection: Pool | Client, request: Request): Promise<Outcome> {
  const { method, path, headers = {}, body = null, limitMs = DEFAULT_LIMIT_MS } = request;
  try {
    const signal = AbortSignal.timeout(limitMs);
    const answer = await connection.request({ method, path, headers, body, signal });
    const { statusCode: status, headers: got, body: stream } = answer;
    return outcomeOf(request, { status, headers: singles(got), body: await stream.text() });
  } catch (error) {
    if (error instanceof WrongAnswer) throw error;
    return { type: neverSent(error) ? 'fail' : 'unknown', why: String(error) };
  }
}

export function singles(headers: Readonly<Record<string, string | string[] | undefined>>) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      typeof value === 'string' ? value : (value ?? []).join(', '),
    ]),
  );
}

export function outcomeOf(request: Request, answer: Answer): Outcome {
  const { status, body } = answer;
  if (status < 300) return { type: 'ok', ...answer };
  if (status === 304) return { type: 'refused', code: 'not_modified', ...answer };
  const { code, outcome } = problemOf(request, answer);
  const why = `${status} ${code}`;
  if (REFUSED.has(status) && outcome === 'not_applied') return { type: 'refused', code, ...answer };
  if (outcome === 'unknown') return { type: 'unknown', why };
  if (NOT_NOW.has(status) && outcome === 'not_applied') return { type: 'fail', why };
  throw new WrongAnswer(`${request.method} ${request.path}: ${status} ${body}`);
}

function problemOf(request: Request, { status, body }: Answer) {
  try {
    return problemSchema.parse(JSON.parse(body));
  } catch (error) {
    const what = `${request.method} ${request.path}: ${status} ${body}`;
    throw new WrongAnswer(what, { cause: error });
  }
}

/** No byte of the request has left: the connection was never there. */
export function neverSent(error: unknown): boolean {
  if (error instanceof errors.ConnectTimeoutError) return true;
  return error instanceof Error && 'syscall' in error && error.syscall === 'connect';
}
