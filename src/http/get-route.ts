/** `GET` and `HEAD /v1/kv/{key}`: the bytes as they were put, or all about them with `?meta`. */
import { refusesBody } from './body.ts';
import { entityTag, parseCondition } from './entity-tag.ts';
import type { Exchange } from './exchange.ts';
import { jsonItem } from './item-json.ts';
import { walk } from './list-walk.ts';
import { conditionFailed, futureRevision, keyNotFound, notDone } from './outcome.ts';
import { formatDuration } from './number.ts';
import { Problem } from './problem.ts';
import { GET } from './operations/keys.ts';
import { parseQuery } from './query.ts';
import {
  type LevelOptions,
  levelFields,
  optionsAt,
  parseReadOptions,
  readWith,
} from './read-level.ts';
import { parseWaitMs, redirects } from './prefer.ts';
import type { Granted } from '../replica/api.ts';
import { parseKey } from './target.ts';
import { waitForChange } from './change-wait.ts';
import { isMet } from '../kv/apply.ts';
import type { Item } from '../kv/item.ts';
import type { Key } from '../kv/key.ts';
import type { Condition } from '../kv/operation.ts';
import { keyAfter } from '../kv/prefix.ts';

/** Up to here a value leaves in one piece with the head, which is faster than two. */
const JOINED_VALUE_BYTES = 16_384;

interface GetRequest {
  readonly key: Key;
  readonly meta: boolean;
  /** The older revision that was asked for. */
  readonly revision: number | undefined;
  readonly condition: Condition | undefined;
  /** How long it may wait for the condition to be met. */
  readonly waitMs: number;
  readonly options: LevelOptions;
}

export function serveGet(exchange: Exchange): void {
  const get = parseGet(exchange);
  if (get instanceof Problem) {
    exchange.refuse(get);
    return;
  }
  if (refusesBody(exchange) || redirects(exchange)) return;
  const { options, revision } = get;
  readWith(exchange, optionsAt(options, revision), (grant) => {
    if (revision === undefined) serveCurrent(exchange, get, grant);
    else serveOlder(exchange, { ...get, revision }, grant);
  });
}

/** At once, or when the key has changed. */
function serveCurrent(exchange: Exchange, get: GetRequest, grant: Granted): void {
  const { condition, key, waitMs } = get;
  const item = itemOf(exchange, key);
  const isUnchanged =
    item !== undefined && condition?.ifMatch === undefined && !isMet(condition, item);
  if (waitMs === 0 || !isUnchanged) return answerItem(exchange, get, grant, item);
  waitForChange(exchange, { key, after: grant.revision, waitMs }, (hasChanged) => {
    const { revision } = exchange.context.replica.store;
    if (hasChanged) serveCurrent(exchange, get, { ...grant, revision });
    else answerItem(exchange, get, grant, item);
  });
}

/** The answer is of the revision that was asked for, and says so. */
function serveOlder(
  exchange: Exchange,
  get: GetRequest & { readonly revision: number },
  grant: Granted,
): void {
  const { key, options, revision } = get;
  if (revision > grant.revision) {
    exchange.refuse(futureRevision(grant.revision));
    return;
  }
  let found: Item | undefined;
  walk(exchange, {
    revision,
    start: key,
    end: keyAfter(key),
    untilMs: exchange.context.clock.nowMs() + options.deadlineMs,
    pageLimit: () => 1,
    take: ({ entries: [entry] }) => {
      found = entry?.item;
      return undefined;
    },
    done: () => answerItem(exchange, get, { ...grant, revision }, found),
  });
}

/** Where it cannot be read, the client is told before the replica is. */
function itemOf(exchange: Exchange, key: Key): Item | undefined {
  try {
    return exchange.context.replica.store.item(key);
  } catch (error) {
    exchange.refuse(notDone('notReady'));
    throw error;
  }
}

function parseGet(exchange: Exchange): GetRequest | Problem {
  const { fields, target, context } = exchange;
  const { limits } = context;
  const key = parseKey(target, limits.keyBytes);
  if (key instanceof Problem) return key;
  const query = parseQuery(target.query, GET.query, limits);
  if (query instanceof Problem) return query;
  const meta = query.flag('meta');
  if (meta instanceof Problem) return meta;
  const revision = query.whole('revision');
  if (revision instanceof Problem) return revision;
  const options = parseReadOptions(exchange, query);
  if (options instanceof Problem) return options;
  const condition = parseCondition(fields.ifMatch, fields.ifNoneMatch, limits.conditionTags);
  if (condition instanceof Problem) return condition;
  const waitMs = parseWaitMs(fields.prefer, limits.waitMs);
  if (waitMs instanceof Problem) return waitMs;
  return { key, meta, revision, condition, waitMs, options };
}

function answerItem(
  exchange: Exchange,
  get: GetRequest,
  grant: Granted,
  item: Item | undefined,
): void {
  const { revision } = grant;
  if (get.condition?.ifMatch !== undefined && !isMet({ ifMatch: get.condition.ifMatch }, item)) {
    exchange.refuse(conditionFailed(item?.revision), revision);
    return;
  }
  if (item === undefined) {
    exchange.refuse(keyNotFound(levelFields(grant)), revision);
    return;
  }
  const fields = fieldsOf(grant, item);
  const ttlMs = item.lifetime === undefined ? undefined : exchange.context.ttlOf(item);
  if (ttlMs !== undefined) fields.push('Synod-Ttl', formatDuration(ttlMs));
  if (!isMet(get.condition, item)) {
    exchange.answerEmpty(304, revision, fields);
  } else if (get.meta) {
    exchange.answerJson(200, revision, jsonItem(get.key, item, exchange.context.ttlOf), fields);
  } else {
    answerValue(exchange, revision, fields, item);
  }
}

/** The value is a stranger's: no browser is to guess its type, or run it. */
function fieldsOf(grant: Granted, item: Item): string[] {
  const fields = levelFields(grant);
  fields.push('ETag', entityTag(item.revision));
  fields.push('Synod-Create-Revision', `${item.createRevision}`);
  fields.push('Synod-Version', `${item.version}`);
  fields.push('X-Content-Type-Options', 'nosniff', 'Content-Security-Policy', 'sandbox');
  fields.push('Cache-Control', 'no-cache');
  return fields;
}

function answerValue(exchange: Exchange, revision: number, fields: string[], item: Item): void {
  fields.push('Content-Type', item.contentType);
  const { value } = item;
  if (value.length > JOINED_VALUE_BYTES) {
    exchange.answer(200, revision, fields, value);
    return;
  }
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  exchange.answer(200, revision, fields, bytes.toString('latin1'), 'latin1');
}
