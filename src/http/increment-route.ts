/** `POST /v1/kv/{key}?incr=N`: adds to the number that the key's value is. */
import type { Increment } from '../kv/operation.ts';
import { refusesBody } from './body.ts';
import { entityTag, parseCondition } from './entity-tag.ts';
import type { Exchange } from './exchange.ts';
import { INCREMENT } from './operations/keys.ts';
import { Problem } from './problem.ts';
import { invalid, parseQuery } from './query.ts';
import { redirects } from './prefer.ts';
import { parseKey } from './target.ts';
import { parseWishes, write, type WriteWishes } from './write.ts';

interface IncrementRequest {
  readonly operation: Increment;
  readonly wishes: WriteWishes;
}

export function serveIncrement(exchange: Exchange): void {
  const request = parseIncrement(exchange);
  if (request instanceof Problem) {
    exchange.refuse(request);
    return;
  }
  if (refusesBody(exchange) || redirects(exchange)) return;
  const { operation, wishes } = request;
  write(exchange, operation, wishes, (answer) => {
    if (answer.type !== 'incremented') {
      throw new Error(`an increment was answered as ${answer.type}`);
    }
    const fields = ['Content-Type', 'text/plain', 'ETag', entityTag(answer.revision)];
    exchange.answer(200, answer.revision, fields, String(answer.number), 'latin1');
  });
}

function parseIncrement(exchange: Exchange): IncrementRequest | Problem {
  const { context, fields, target } = exchange;
  const { limits } = context;
  const key = parseKey(target, limits.keyBytes);
  if (key instanceof Problem) return key;
  const query = parseQuery(target.query, INCREMENT.query, limits);
  if (query instanceof Problem) return query;
  const wishes = parseWishes(query, limits);
  if (wishes instanceof Problem) return wishes;
  const by = query.whole('incr');
  if (by instanceof Problem) return by;
  if (by === undefined) return invalid('incr', 'is needed: how much is to be added?');
  const condition = parseCondition(fields.ifMatch, fields.ifNoneMatch, limits.conditionTags);
  if (condition instanceof Problem) return condition;
  const guard = condition === undefined ? {} : { condition };
  return { operation: { type: 'increment', key, by, ...guard }, wishes };
}
