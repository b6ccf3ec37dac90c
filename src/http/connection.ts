/**
 * One client connection. Its requests are served one after another, as they came: pipelined ones
 * wait outside, so that one connection cannot hold many answers, and a write is applied before the
 * read behind it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from './exchange.ts';

export interface WaitingRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly expectation: 'none' | 'unknown';
}

export class Connection {
  /** The request that is being served, or the last one that was. */
  response: ServerResponse | undefined;
  exchange: Exchange | undefined;
  /** The stream of requests broke: nothing that follows on it is a request. */
  hasFailed = false;
  readonly waiting: WaitingRequest[] = [];

  get isBusy(): boolean {
    const { response } = this;
    return response !== undefined && !response.writableFinished && !response.destroyed;
  }

  /** The client is still sending the body of the request that is being served. */
  get isReadingBody(): boolean {
    const { exchange } = this;
    if (exchange === undefined || exchange.isDone) return false;
    return exchange.isReading && !exchange.request.complete;
  }

  /** Returns how many requests waited. */
  abandon(): number {
    this.exchange?.abandon();
    return this.waiting.splice(0).length;
  }
}
