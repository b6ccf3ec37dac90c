/**
 * One request and its one answer. Every answer of the client port is written here, so that each
 * carries the same head, and so that what the request held is given back exactly once.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAscii } from './byte-string.ts';
import type { Fields } from './fields.ts';
import type { HttpContext } from './http-context.ts';
import { serverTiming, traceObject } from './trace-json.ts';
import { PROBLEM_TYPE, renderProblem, type Json, type Problem } from './problem.ts';
import type { Replay } from './outcome.ts';
import type { Target } from './target.ts';
import type { WriteTrace } from '../paxos/write-trace.ts';

const NO_FIELDS: readonly string[] = [];
const REPLAYED = ['Idempotency-Replayed', 'true'];

export class Exchange {
  readonly context: HttpContext;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly fields: Fields;
  readonly target: Target;
  /** Bytes of the body that are held until the answer. */
  #heldBytes = 0;
  #isReading = false;
  #isDone = false;
  #replay: Replay | undefined;
  #trace: WriteTrace | null | undefined;

  constructor(
    context: HttpContext,
    request: IncomingMessage,
    response: ServerResponse,
    fields: Fields,
    target: Target,
  ) {
    this.context = context;
    this.request = request;
    this.response = response;
    this.fields = fields;
    this.target = target;
    this.requestId = context.nextRequestId();
    context.load.enter();
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether the body is still being read: then nobody but the client is waited for. */
  get isReading(): boolean {
    return this.#isReading;
  }

  /** What is answered from now on is a first answer again. */
  replay(replay: Replay): void {
    this.#replay = replay;
  }

  /** The story of the write that is answered; `null`: it is asked for, and there is none. */
  trace(trace: WriteTrace | null): void {
    this.#trace = trace;
  }

  startReading(): void {
    this.#isReading = true;
  }

  endReading(): void {
    this.#isReading = false;
  }

  /** Whether the bytes of a body may be held: they are, until the answer. */
  hold(bytes: number): boolean {
    if (!this.context.load.hold(bytes)) return false;
    this.#heldBytes += bytes;
    return true;
  }

  /** The connection is gone before the whole request was there: nothing is to be answered. */
  abandon(): void {
    if (!this.#isReading || this.#isDone) return;
    this.#leave();
  }

  /**
   * `fields` are name, value, name, value. `latin1`, for a body of one byte a character, spares
   * Node the work of encoding; then head and body leave in one piece.
   */
  answer(
    status: number,
    revision: number,
    fields: readonly string[],
    body: string | Uint8Array,
    bodyEncoding: 'latin1' | 'utf8' = 'utf8',
  ): void {
    this.#leave();
    const { context, response, request } = this;
    const length = bodyEncoding === 'latin1' ? body.length : Buffer.byteLength(body);
    const head = context.headOf(this.requestId, this.#replay?.revision ?? revision);
    for (const part of fields) head.push(part);
    if (this.#replay !== undefined || this.#trace) head.push(...this.#ownFields());
    head.push('Content-Length', `${length}`);
    if (context.isClosing) head.push('Connection', 'close');
    context.answers.add(status);
    response.writeHead(status, head);
    if (request.method === 'HEAD') response.end();
    else if (typeof body === 'string') response.end(body, bodyEncoding);
    else response.end(body);
    context.unsent.watch(response, length);
  }

  /** An answer that has no body by its status: 304. */
  answerEmpty(status: number, revision: number, fields: readonly string[]): void {
    this.#leave();
    const head = this.context.headOf(this.requestId, revision);
    for (const part of fields) head.push(part);
    if (this.context.isClosing) head.push('Connection', 'close');
    this.context.answers.add(status);
    this.response.writeHead(status, head);
    this.response.end();
  }

  /** An answer whose body the caller writes to `response`; `endStream` once that is over, however. */
  beginStream(revision: number, fields: readonly string[]): void {
    const head = this.context.headOf(this.requestId, revision);
    for (const part of fields) head.push(part);
    if (this.context.isClosing) head.push('Connection', 'close');
    this.context.answers.add(200);
    this.response.writeHead(200, head);
  }

  endStream(): void {
    this.#leave();
  }

  /** `json` is JSON text. */
  answerJson(status: number, revision: number, json: string, fields: readonly string[] = []): void {
    if (this.#replay?.isCut === true) return this.#answerCut(status, revision, fields);
    const told = this.#toldTrace();
    const whole =
      told === undefined ? json : `${json.slice(0, -1)},"trace":${JSON.stringify(told)}}`;
    const encoding = isAscii(whole) ? 'latin1' : 'utf8';
    this.answer(status, revision, ['Content-Type', 'application/json', ...fields], whole, encoding);
  }

  /** Of the first answer, which was too long to be kept, this is all that is known. */
  #answerCut(status: number, revision: number, fields: readonly string[]): void {
    const json = `{"revision":${revision},"truncated":true}`;
    this.answer(status, revision, ['Content-Type', 'application/json', ...fields], json);
  }

  refuse(problem: Problem, revision: number = this.context.replica.store.revision): void {
    this.#leave();
    const { context, request, requestId, response } = this;
    const at = this.#replay?.revision ?? revision;
    const told = this.#toldTrace();
    const whole = told === undefined ? problem : problem.with({ trace: told });
    refuseRequest(context, request, response, whole, requestId, at, this.#ownFields());
  }

  #ownFields(): readonly string[] {
    const replayed = this.#replay === undefined ? NO_FIELDS : REPLAYED;
    if (this.#trace === undefined || this.#trace === null) return replayed;
    return [...replayed, 'Server-Timing', serverTiming(this.#trace)];
  }

  /** A first answer again is that answer alone: it had another story, or none. */
  #toldTrace(): Json | undefined {
    if (this.#trace === undefined || this.#replay !== undefined) return undefined;
    return this.#trace === null ? null : traceObject(this.#trace);
  }

  #leave(): void {
    if (this.#isDone) throw new Error('a request was answered twice');
    this.#isDone = true;
    this.context.load.leave(this.#heldBytes);
    this.#heldBytes = 0;
  }
}

/**
 * Refuses a request, which may not be there as a whole yet. A body that is bounded by its length
 * is read and dropped by Node, and the connection goes on. Any other may be endless: then the
 * answer is sent, the rest dropped for a moment (bytes unread would reset the connection, and the
 * answer with it), and the connection closed.
 */
export function refuseRequest(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
  problem: Problem,
  requestId: string,
  revision: number,
  fields: readonly string[] = [],
): void {
  const text = renderProblem(problem, requestId, context.leaderUrl);
  const body = Buffer.from(text);
  const head = context.headOf(requestId, revision);
  head.push('Content-Type', PROBLEM_TYPE, ...problem.fields, ...fields);
  head.push('Content-Length', `${body.length}`);
  const canGoOn = isBounded(request, context.limits.valueBytes) && problem.code !== 'http_version';
  if (!canGoOn || context.isClosing) head.push('Connection', 'close');
  context.answers.add(problem.status);
  response.writeHead(problem.status, head);
  if (canGoOn) {
    response.end(request.method === 'HEAD' ? undefined : body);
    return;
  }
  if (request.method !== 'HEAD') response.write(body);
  endAfterRest(request, response, context.limits.lingerMs);
}

function isBounded(request: IncomingMessage, maxBytes: number): boolean {
  const { headers } = request;
  if (request.complete) return true;
  if (headers['transfer-encoding'] !== undefined || headers.expect !== undefined) return false;
  return Number(headers['content-length'] ?? 0) <= maxBytes;
}

function endAfterRest(request: IncomingMessage, response: ServerResponse, lingerMs: number): void {
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMs);
  response.once('close', () => clearTimeout(timer));
  if (request.complete) {
    end();
    return;
  }
  request.removeAllListeners('data');
  request.once('end', end);
  request.once('error', () => {});
  request.resume();
}
