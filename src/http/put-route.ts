/** `PUT /v1/kv/{key}`: put, create only, compare and set. The hottest path of the client port. */
import { readBody } from './body.ts';
import { jsonKeyMember } from './byte-string.ts';
import { entityTag, parseCondition } from './entity-tag.ts';
import type { Exchange } from './exchange.ts';
import { jsonPrevMember } from './item-json.ts';
import { parseLifetime, type TtlOf } from './lifetime.ts';
import { DEFAULT_CONTENT_TYPE, isMediaType } from './media-type.ts';
import type { Done } from './outcome.ts';
import { Problem, tooLarge } from './problem.ts';
import { PUT } from './operations/keys.ts';
import { parseQuery } from './query.ts';
import { redirects } from './prefer.ts';
import { parseKey } from './target.ts';
import { parseWishes, write, type WriteWishes } from './write.ts';
import type { PutDone } from '../kv/answer.ts';
import type { Key } from '../kv/key.ts';
import type { LifetimeWish } from '../kv/lifetime.ts';
import type { Condition } from '../kv/operation.ts';

interface PutRequest {
  readonly key: Key;
  readonly contentType: string;
  readonly condition: Condition | undefined;
  readonly prev: boolean;
  readonly lifetime: LifetimeWish | undefined;
  readonly wishes: WriteWishes;
}

export function servePut(exchange: Exchange): void {
  const put = parsePut(exchange);
  if (put instanceof Problem) {
    exchange.refuse(put);
    return;
  }
  if (redirects(exchange)) return;
  const { limits } = exchange.context;
  readBody(exchange, { name: 'valueBytes', maxBytes: limits.valueBytes }, (value) => {
    const { key, contentType, condition, prev, lifetime, wishes } = put;
    const operation = {
      type: 'put',
      key,
      value,
      contentType,
      prev,
      ...(lifetime === undefined ? {} : { lifetime }),
      ...(condition === undefined ? {} : { condition }),
    } as const;
    write(exchange, operation, { ...wishes, body: value }, (answer) => answerPut(exchange, answer));
  });
}

function parsePut(exchange: Exchange): PutRequest | Problem {
  const { fields, target, context } = exchange;
  const { limits } = context;
  const key = parseKey(target, limits.keyBytes);
  if (key instanceof Problem) return key;
  const query = parseQuery(target.query, PUT.query, limits);
  if (query instanceof Problem) return query;
  const prev = query.flag('prev');
  if (prev instanceof Problem) return prev;
  const lifetime = parseLifetime(query);
  if (lifetime instanceof Problem) return lifetime;
  const wishes = parseWishes(query, limits);
  if (wishes instanceof Problem) return wishes;
  const condition = parseCondition(fields.ifMatch, fields.ifNoneMatch, limits.conditionTags);
  if (condition instanceof Problem) return condition;
  const contentType = parseContentType(fields.contentType, limits.contentTypeBytes);
  if (contentType instanceof Problem) return contentType;
  return { key, contentType, condition, prev, lifetime, wishes };
}

function parseContentType(field: string | undefined, maxBytes: number): string | Problem {
  if (field === undefined || field === '') return DEFAULT_CONTENT_TYPE;
  if (field.length > maxBytes) {
    return tooLarge('invalid_header', 'contentTypeBytes', maxBytes, field.length);
  }
  if (isMediaType(field)) return field;
  return new Problem('invalid_header', 'Content-Type is not a media type such as text/plain');
}

function answerPut(exchange: Exchange, answer: Done): void {
  if (answer.type !== 'put') throw new Error(`a put was answered as ${answer.type}`);
  exchange.answerJson(
    answer.created ? 201 : 200,
    answer.revision,
    jsonPut(answer, exchange.context.ttlOf),
    ['ETag', entityTag(answer.revision)],
  );
}

function jsonPut(answer: PutDone, ttl: TtlOf): string {
  return (
    `{${jsonKeyMember(answer.key)},"revision":${answer.revision},"version":${answer.version},` +
    `"created":${answer.created}${jsonPrevMember(answer.key, answer.prev, ttl)}}`
  );
}
