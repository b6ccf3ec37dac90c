/** `DELETE /v1/kv/{key}`, and `DELETE /v1/kv?prefix=` for a range. */
import { refusesBody } from './body.ts';
import { parseCondition } from './entity-tag.ts';
import type { Exchange } from './exchange.ts';
import { jsonPrevMember } from './item-json.ts';
import { DELETE } from './operations/keys.ts';
import { DELETE_RANGE } from './operations/ranges.ts';
import { Problem } from './problem.ts';
import { invalid, parseQuery } from './query.ts';
import { redirects } from './prefer.ts';
import { parseKey } from './target.ts';
import { parseWishes, write, type WriteWishes } from './write.ts';
import type { Key } from '../kv/key.ts';
import type { Delete, DeleteRange } from '../kv/operation.ts';

interface DeleteRequest<Operation> {
  readonly operation: Operation;
  readonly wishes: WriteWishes;
}

export function serveDelete(exchange: Exchange): void {
  const request = parseDelete(exchange);
  if (request instanceof Problem) exchange.refuse(request);
  else remove(exchange, request, request.operation.key);
}

export function serveDeleteRange(exchange: Exchange): void {
  const request = parseDeleteRange(exchange);
  if (request instanceof Problem) exchange.refuse(request);
  else remove(exchange, request, '');
}

function parseDelete(exchange: Exchange): DeleteRequest<Delete> | Problem {
  const { fields, target, context } = exchange;
  const { limits } = context;
  const key = parseKey(target, limits.keyBytes);
  if (key instanceof Problem) return key;
  const query = parseQuery(target.query, DELETE.query, limits);
  if (query instanceof Problem) return query;
  const prev = query.flag('prev');
  if (prev instanceof Problem) return prev;
  const wishes = parseWishes(query, limits);
  if (wishes instanceof Problem) return wishes;
  const condition = parseCondition(fields.ifMatch, fields.ifNoneMatch, limits.conditionTags);
  if (condition instanceof Problem) return condition;
  const guard = condition === undefined ? {} : { condition };
  return { operation: { type: 'delete', key, prev, ...guard }, wishes };
}

function parseDeleteRange(exchange: Exchange): DeleteRequest<DeleteRange> | Problem {
  const { fields, target, context } = exchange;
  const { limits } = context;
  if (fields.ifMatch !== undefined || fields.ifNoneMatch !== undefined) {
    return new Problem('invalid_condition', 'a range has no revision to be conditional on');
  }
  const query = parseQuery(target.query, DELETE_RANGE.query, limits);
  if (query instanceof Problem) return query;
  const wishes = parseWishes(query, limits);
  if (wishes instanceof Problem) return wishes;
  const all = query.flag('all');
  if (all instanceof Problem) return all;
  const prefix = query.bound('prefix', limits.keyBytes);
  if (prefix instanceof Problem) return prefix;
  const refused = refusePrefix(prefix, all);
  return refused ?? { operation: { type: 'deleteRange', prefix: prefix ?? '' }, wishes };
}

/** Everything is deleted only where it was asked for twice: by an empty prefix, and by `all`. */
function refusePrefix(prefix: Key | undefined, all: boolean): Problem | undefined {
  if (prefix === undefined) return invalid('prefix', 'is needed: which keys are to be deleted?');
  if (prefix === '' && !all) return invalid('all', 'is needed with an empty prefix');
  if (prefix !== '' && all) return invalid('all', 'goes with an empty prefix only');
  return undefined;
}

function remove(exchange: Exchange, request: DeleteRequest<Delete | DeleteRange>, key: Key): void {
  if (refusesBody(exchange) || redirects(exchange)) return;
  const { operation, wishes } = request;
  write(exchange, operation, wishes, (answer) => {
    if (answer.type !== 'deleted') throw new Error(`a delete was answered as ${answer.type}`);
    const { deleted, revision, prev } = answer;
    const before = jsonPrevMember(key, prev, exchange.context.ttlOf);
    const json = `{"deleted":${deleted},"revision":${revision}${before}}`;
    exchange.answerJson(200, revision, json);
  });
}
