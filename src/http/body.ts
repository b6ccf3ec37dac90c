/** Reading a request's body whole, counted as it comes, never more of it than its limit. */
import type { Exchange } from './exchange.ts';
import { Problem, tooLarge } from './problem.ts';

const NO_BYTES = new Uint8Array(0);

export interface BodyLimit {
  readonly name: string;
  readonly maxBytes: number;
}

/** `done` is called once, with the whole body; not at all where the request was refused or is gone. */
export function readBody(
  exchange: Exchange,
  limit: BodyLimit,
  done: (body: Uint8Array) => void,
): void {
  const { fields, request, response } = exchange;
  if (fields.contentLength > limit.maxBytes) {
    exchange.refuse(tooManyBytes(limit, fields.contentLength));
    return;
  }
  if (fields.contentLength === 0 && !fields.chunked) {
    done(NO_BYTES);
    return;
  }
  if (fields.expectContinue) response.writeContinue();
  exchange.startReading();
  let bytes = 0;
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => {
    if (exchange.isDone) return;
    bytes += chunk.length;
    if (bytes > limit.maxBytes) {
      refuse(exchange, tooManyBytes(limit, bytes));
    } else if (exchange.hold(chunk.length)) {
      chunks.push(chunk);
    } else {
      refuse(exchange, new Problem('overloaded', 'too many bytes of requests are held'));
    }
  });
  request.on('end', () => {
    if (exchange.isDone) return;
    exchange.endReading();
    const only = chunks.length === 1 ? chunks[0] : undefined;
    done(only ?? Buffer.concat(chunks, bytes));
  });
}

function refuse(exchange: Exchange, problem: Problem): void {
  exchange.endReading();
  exchange.refuse(problem);
}

function tooManyBytes(limit: BodyLimit, actual: number): Problem {
  return tooLarge('value_too_large', limit.name, limit.maxBytes, actual);
}

/** A body where none belongs is a mistake of the client, or an attack: it is never just dropped. */
export function refusesBody(exchange: Exchange): boolean {
  if (exchange.fields.contentLength === 0 && !exchange.fields.chunked) return false;
  exchange.refuse(new Problem('invalid_body', 'this request has no body'));
  return true;
}
