/**
 * A write of a client, and what it is answered. With an `Idempotency-Key` it takes effect once, however
 * often it is sent, to whichever replica: a repetition gets the first answer again, and
 * `Idempotency-Replayed: true`. What makes a request the same is everything that makes it what it is.
 */
import { createHash } from 'node:crypto';
import type { Operation } from '../kv/operation.ts';
import type { Once } from '../kv/once.ts';
import type { Exchange } from './exchange.ts';
import type { HttpLimits } from './limits.ts';
import { type Done, replyOf } from './outcome.ts';
import type { WRITE_PARAMETERS } from './parameters.ts';
import { Problem } from './problem.ts';
import type { Query } from './query.ts';

/** What any write may be asked with. */
export interface WriteWishes {
  readonly deadlineMs: number;
  /** Whether its story is to be told along with the answer. */
  readonly trace: boolean;
}

export interface WriteParts extends WriteWishes {
  /** Absent: the request has none. */
  readonly body?: Uint8Array;
}

export function parseWishes(
  query: Query<keyof typeof WRITE_PARAMETERS>,
  limits: HttpLimits,
): WriteWishes | Problem {
  const deadlineMs = query.deadlineMs(limits.requestMs);
  if (deadlineMs instanceof Problem) return deadlineMs;
  const trace = query.flag('trace');
  return trace instanceof Problem ? trace : { deadlineMs, trace };
}

/** `done` is called with what was done; not at all where the write was refused, or is unknown. */
export function write(
  exchange: Exchange,
  operation: Operation,
  { body, deadlineMs, trace }: WriteParts,
  done: (answer: Done) => void,
): void {
  const once = onceOf(exchange, body);
  const { fence } = exchange.fields;
  const options = { deadlineMs, once, fence, trace };
  exchange.context.replica.write(operation, options, (outcome, told) => {
    const reply = replyOf(outcome);
    if (trace) exchange.trace(told ?? null);
    if (reply.replay !== undefined) exchange.replay(reply.replay);
    if (reply.type === 'refused') exchange.refuse(reply.problem, reply.revision);
    else done(reply.answer);
  });
}

function onceOf(
  { fields, request, target }: Exchange,
  body: Uint8Array = new Uint8Array(),
): Once | undefined {
  const { contentType, fence, idempotencyKey, ifMatch, ifNoneMatch } = fields;
  if (idempotencyKey === undefined) return undefined;
  const fenceText = fence === undefined ? undefined : `${fence.name}=${fence.fence}`;
  const parts = [request.method, target.origin, contentType, ifMatch, ifNoneMatch, fenceText];
  const hash = createHash('sha256');
  hash.update(JSON.stringify(parts.map((part) => part ?? null)));
  hash.update(body);
  return { key: idempotencyKey, hash: hash.digest() };
}
