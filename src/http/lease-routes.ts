/** `/v1/leases`: leases of clients. Keys are put on one with `?lease=ID`, and go when it ends. */
import type { LeaseOperation } from '../kv/lease.ts';
import {
  decodeLease,
  heldRange,
  keyOfHeld,
  type Lease,
  leaseOfKey,
  leasesRange,
} from '../kv/lease-records.ts';
import type { LeaseId } from '../kv/lifetime.ts';
import type { Granted } from '../replica/api.ts';
import { refusesBody } from './body.ts';
import { jsonBytesMember, jsonKey } from './byte-string.ts';
import { digestOf, formatCursor, parseCursor } from './cursor.ts';
import type { Exchange } from './exchange.ts';
import { readJson } from './json-body.ts';
import { leaseIn, parseLeaseId, remainingMs } from './lifetime.ts';
import { walk } from './list-walk.ts';
import { GRANT, LEASE, LEASES, RENEW, REVOKE } from './operations/leases.ts';
import { formatDuration, parseWhole } from './number.ts';
import { type Done, leaseGone } from './outcome.ts';
import type { WRITE_PARAMETERS } from './parameters.ts';
import { redirects } from './prefer.ts';
import { Problem } from './problem.ts';
import { parseQuery } from './query.ts';
import {
  levelFields,
  type LevelOptions,
  optionsAt,
  parseReadOptions,
  readWith,
} from './read-level.ts';
import { parseWishes, write, type WriteWishes } from './write.ts';

const OF_TYPE = { leaseRenew: RENEW, leaseRevoke: REVOKE } as const;

/** `{"ttl":"10s"}`. */
export function serveGrant(exchange: Exchange): void {
  const wishes = wishesOf(exchange, GRANT.query);
  if (wishes === undefined || redirects(exchange)) return;
  readJson(exchange, GRANT.body.schema, ({ ttl: ttlMs }, body) => {
    write(exchange, { type: 'leaseGrant', ttlMs }, { ...wishes, body }, (answer) => {
      if (answer.type !== 'leaseGranted') throw new Error(`a grant was answered: ${answer.type}`);
      const { lease, revision } = answer;
      const ttlText = formatDuration(answer.ttlMs);
      const json = `{"id":"${lease}","ttl":"${ttlText}","remaining":"${ttlText}","keys":[]}`;
      exchange.answerJson(201, revision, json, ['Location', `/v1/leases/${lease}`]);
    });
  });
}

/** It lives for its whole time again. */
export function serveRenew(exchange: Exchange): void {
  onLease(exchange, 'leaseRenew', (answer) => {
    if (answer.type !== 'leaseRenewed') throw new Error(`a renewal was answered: ${answer.type}`);
    const { lease, revision, ttlMs } = answer;
    const ttl = formatDuration(ttlMs);
    exchange.answerJson(200, revision, `{"id":"${lease}","ttl":"${ttl}","remaining":"${ttl}"}`);
  });
}

export function serveRevoke(exchange: Exchange): void {
  onLease(exchange, 'leaseRevoke', (answer, lease) => {
    if (answer.type !== 'leaseRevoked') throw new Error(`an end was answered: ${answer.type}`);
    const { deleted, revision } = answer;
    exchange.answerJson(
      200,
      revision,
      `{"id":"${lease}","deleted":${deleted},"revision":${revision}}`,
    );
  });
}

export function serveLease(exchange: Exchange): void {
  const lease = leaseOf(exchange);
  const { context, target } = exchange;
  const query =
    lease instanceof Problem ? lease : parseQuery(target.query, LEASE.query, context.limits);
  const options = query instanceof Problem ? query : parseReadOptions(exchange, query);
  if (lease instanceof Problem) return exchange.refuse(lease);
  if (options instanceof Problem) return exchange.refuse(options);
  if (refusesBody(exchange) || redirects(exchange)) return;
  readWith(exchange, options, (grant) => {
    const found = leaseIn(context.replica, lease);
    const fields = levelFields(grant);
    if (found === undefined) {
      return exchange.refuse(leaseGone(undefined, fields), grant.revision);
    }
    jsonLease(exchange, lease, found, { options, grant }, (json) =>
      exchange.answerJson(200, grant.revision, json, fields),
    );
  });
}

export function serveLeases(exchange: Exchange): void {
  const list = parseList(exchange);
  if (list instanceof Problem) return exchange.refuse(list);
  if (refusesBody(exchange) || redirects(exchange)) return;
  readWith(exchange, optionsAt(list.options, list.revision), (grant) => {
    const { revision = grant.revision } = list;
    if (revision <= grant.revision) {
      return new LeasePage(exchange, list, { ...grant, revision }).collect();
    }
    exchange.refuse(new Problem('invalid_cursor', 'its revision is not reached yet'));
  });
}

interface LeaseList {
  readonly limit: number;
  readonly from: LeaseId;
  /** Of the first page; `undefined`: this is it. */
  readonly revision: number | undefined;
  readonly digest: string;
  readonly options: LevelOptions;
}

function parseList(exchange: Exchange): LeaseList | Problem {
  const { limits, replica } = exchange.context;
  const query = parseQuery(exchange.target.query, LEASES.query, limits);
  if (query instanceof Problem) return query;
  const options = parseReadOptions(exchange, query);
  if (options instanceof Problem) return options;
  const asked = query.whole('limit');
  if (asked instanceof Problem) return asked;
  const limit = asked ?? limits.leaseItems;
  const { clusterId } = replica.status();
  const digest = digestOf([clusterId, 'leases', limit]);
  const text = query.text('cursor');
  const cursor = text === undefined ? undefined : parseCursor(text, digest, clusterId);
  if (cursor instanceof Problem) return cursor;
  const from = cursor === undefined ? 1 : parseWhole(cursor.next);
  if (from === undefined) return new Problem('invalid_cursor', 'it is not one of leases');
  return { limit, from, revision: cursor?.revision, digest, options };
}

/** Leases as of the grant's revision, one after the other with its keys. */
class LeasePage {
  readonly #exchange: Exchange;
  readonly #list: LeaseList;
  readonly #grant: Granted;
  readonly #found: { readonly id: LeaseId; readonly lease: Lease }[] = [];
  readonly #texts: string[] = [];

  constructor(exchange: Exchange, list: LeaseList, grant: Granted) {
    this.#exchange = exchange;
    this.#list = list;
    this.#grant = grant;
  }

  collect(): void {
    const { from, limit, options } = this.#list;
    walk(this.#exchange, {
      ...leasesRange(from),
      revision: this.#grant.revision,
      untilMs: this.#exchange.context.clock.nowMs() + options.deadlineMs,
      pageLimit: () => limit + 1 - this.#found.length,
      take: ({ entries, next }) => {
        for (const { item, key } of entries) {
          this.#found.push({ id: leaseOfKey(key), lease: decodeLease(item.value) });
        }
        return this.#found.length > limit ? undefined : next;
      },
      done: () => this.#tellOne(),
    });
  }

  #tellOne(): void {
    const { limit, options } = this.#list;
    const at = this.#texts.length;
    const one = at < limit ? this.#found[at] : undefined;
    if (one === undefined) return this.#answer();
    const reading = { options, grant: this.#grant };
    jsonLease(this.#exchange, one.id, one.lease, reading, (json) => {
      this.#texts.push(json);
      this.#tellOne();
    });
  }

  #answer(): void {
    const { digest, limit } = this.#list;
    const { revision } = this.#grant;
    const next = this.#found[limit];
    const cursor =
      next === undefined ? 'null' : `"${formatCursor({ revision, next: `${next.id}` }, digest)}"`;
    const json = `{"revision":${revision},"items":[${this.#texts.join(',')}],"next":${cursor}}`;
    this.#exchange.answerJson(200, revision, json, levelFields(this.#grant));
  }
}

/** With its keys, as many as one list may have. */
function jsonLease(
  exchange: Exchange,
  id: LeaseId,
  lease: Lease,
  { grant, options }: { readonly grant: Granted; readonly options: LevelOptions },
  done: (json: string) => void,
): void {
  const { clock, limits, replica } = exchange.context;
  const remaining = formatDuration(remainingMs(replica, lease.untilMs));
  const keys: string[] = [];
  const lock = lease.lock === undefined ? '' : `,${jsonBytesMember('lock', lease.lock)}`;
  const tell = (): void => {
    const more = keys.length < lease.keys ? ',"more":true' : '';
    done(
      `{"id":"${id}","ttl":"${formatDuration(lease.ttlMs)}","remaining":"${remaining}",` +
        `"keys":[${keys.join(',')}]${more}${lock}}`,
    );
  };
  if (lease.keys === 0) return tell();
  walk(exchange, {
    ...heldRange(id),
    revision: grant.revision,
    untilMs: clock.nowMs() + options.deadlineMs,
    pageLimit: () => limits.listItemsByDefault - keys.length,
    take: ({ entries, next }) => {
      for (const { key } of entries) keys.push(jsonKey(keyOfHeld(key)));
      return keys.length < limits.listItemsByDefault ? next : undefined;
    },
    done: tell,
  });
}

function onLease(
  exchange: Exchange,
  type: Extract<LeaseOperation['type'], 'leaseRenew' | 'leaseRevoke'>,
  done: (answer: Done, lease: LeaseId) => void,
): void {
  const lease = leaseOf(exchange);
  if (lease instanceof Problem) return exchange.refuse(lease);
  const wishes = wishesOf(exchange, OF_TYPE[type].query);
  if (wishes === undefined || refusesBody(exchange) || redirects(exchange)) return;
  write(exchange, { type, lease }, wishes, (answer) => done(answer, lease));
}

function leaseOf({ target }: Exchange): LeaseId | Problem {
  return parseLeaseId(target.rest) ?? leaseGone();
}

/** `undefined`: the request was refused. */
export function wishesOf(
  exchange: Exchange,
  table: typeof WRITE_PARAMETERS,
): WriteWishes | undefined {
  const { limits } = exchange.context;
  const query = parseQuery(exchange.target.query, table, limits);
  const wishes = query instanceof Problem ? query : parseWishes(query, limits);
  if (!(wishes instanceof Problem)) return wishes;
  exchange.refuse(wishes);
  return undefined;
}
