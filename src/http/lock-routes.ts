/**
 * `/v1/locks/{name}`: locks. Who gets one gets a fence, a number that is higher for each holder than for all
 * before; writes that bear it (`Fence: NAME=N`) are done only while it is theirs. A lock is held by a
 * lease: it is renewed, or it goes on to the next.
 */
import type { CommandId } from '../kv/command-id.ts';
import type { Key } from '../kv/key.ts';
import { lockOf } from '../kv/lease-draft.ts';
import type { HeldLock } from '../replica/lock-waits.ts';
import { refusesBody } from './body.ts';
import { jsonBytesMember } from './byte-string.ts';
import type { Exchange } from './exchange.ts';
import { readJson } from './json-body.ts';
import { wishesOf } from './lease-routes.ts';
import { leaseIn, remainingMs } from './lifetime.ts';
import { formatDuration } from './number.ts';
import { ACQUIRE, LOCK, LOCK_RENEW, RELEASE } from './operations/locks.ts';
import { type Done, lockBusy, lockFree, unknownOutcome } from './outcome.ts';
import { redirects } from './prefer.ts';
import { Problem } from './problem.ts';
import { parseQuery } from './query.ts';
import { levelFields, parseReadOptions, readWith } from './read-level.ts';
import { parseKey } from './target.ts';
import { waitFor } from './wait.ts';
import { write } from './write.ts';

const OF_TYPE = { lockRenew: LOCK_RENEW, lockRelease: RELEASE } as const;

interface Acquisition {
  readonly name: Key;
  readonly ttlMs: number;
  /** 0: it does not. */
  readonly waitMs: number;
}

/** `{"ttl":"10s","wait":"30s"}`. */
export function serveAcquire(exchange: Exchange): void {
  const name = nameOf(exchange);
  const wishes = name instanceof Problem ? undefined : wishesOf(exchange, ACQUIRE.query);
  if (name instanceof Problem) return exchange.refuse(name);
  if (wishes === undefined || redirects(exchange)) return;
  readJson(exchange, ACQUIRE.body.schema, ({ ttl: ttlMs, wait = 0 }, body) => {
    const { requestMs, waitMs } = exchange.context.limits;
    const wish = { name, ttlMs, waitMs: Math.min(wait, waitMs) };
    // In the queue it stands until the wait has surely ended here.
    const queuedMs = wish.waitMs === 0 ? 0 : wish.waitMs + requestMs;
    const operation = { ...wish, type: 'lockAcquire', waitMs: queuedMs } as const;
    write(exchange, operation, { ...wishes, body }, (answer) => {
      if (answer.type === 'lockHeld') answerHeld(exchange, name, answer);
      else if (answer.type === 'lockQueued') waitInQueue(exchange, wish, answer.waiter);
      else throw new Error(`a lock was answered: ${answer.type}`);
    });
  });
}

function answerHeld(exchange: Exchange, name: Key, held: HeldLock): void {
  const { fence, lease, revision, ttlMs } = held;
  const json =
    `{${jsonBytesMember('name', name)},"fence":${fence},"lease":"${lease}",` +
    `"ttl":"${formatDuration(ttlMs)}"}`;
  exchange.answerJson(201, revision, json);
}

function waitInQueue(exchange: Exchange, { name, waitMs }: Acquisition, waiter: CommandId): void {
  const { replica } = exchange.context;
  waitFor<HeldLock>(exchange, {
    waitMs,
    begin: (found) => replica.awaitLock(name, waiter, found),
    done: (held) => {
      if (held === undefined) leaveQueue(exchange, name, waiter);
      else answerHeld(exchange, name, held);
    },
    abandoned: () => leave(exchange, name, waiter, true),
  });
}

/** It may be the client's at the last moment: then it is told so. */
function leaveQueue(exchange: Exchange, name: Key, waiter: CommandId): void {
  leave(exchange, name, waiter, false, (held) => {
    if (held === 'unknown') exchange.refuse(unknownOutcome('deadline'));
    else if (held === undefined) exchange.refuse(lockBusy(0));
    else answerHeld(exchange, name, held);
  });
}

function leave(
  { context }: Exchange,
  name: Key,
  waiter: CommandId,
  givesBack: boolean,
  done: (held: HeldLock | undefined | 'unknown') => void = () => undefined,
): void {
  const deadlineMs = context.limits.requestMs;
  const operation = { type: 'lockLeave', name, waiter, givesBack } as const;
  context.replica.write(operation, { deadlineMs }, (outcome) => {
    if (outcome.type !== 'applied') done('unknown');
    else done(outcome.answer.type === 'lockHeld' ? outcome.answer : undefined);
  });
}

/** It is held for the whole time of its lease again. */
export function serveLockRenew(exchange: Exchange): void {
  onHeld(exchange, 'lockRenew', (name, fence, answer) => {
    if (answer.type !== 'leaseRenewed') throw new Error(`a renewal was answered: ${answer.type}`);
    answerFields(exchange, answer.revision, { name, fence, lease: answer.lease }, answer.ttlMs);
  });
}

function answerFields(
  exchange: Exchange,
  revision: number,
  { fence, lease, name }: { readonly name: Key; readonly fence: number; readonly lease: number },
  ttlMs: number,
): void {
  const ttl = formatDuration(ttlMs);
  const json =
    `{${jsonBytesMember('name', name)},"fence":${fence},"lease":"${lease}","ttl":"${ttl}",` +
    `"remaining":"${ttl}"}`;
  exchange.answerJson(200, revision, json);
}

export function serveRelease(exchange: Exchange): void {
  onHeld(exchange, 'lockRelease', (name, fence, answer) => {
    if (answer.type !== 'leaseRevoked') throw new Error(`a release was answered: ${answer.type}`);
    const { deleted, revision } = answer;
    const json =
      `{${jsonBytesMember('name', name)},"fence":${fence},"deleted":${deleted},` +
      `"revision":${revision}}`;
    exchange.answerJson(200, revision, json);
  });
}

/** Who holds it. */
export function serveLock(exchange: Exchange): void {
  const { context, target } = exchange;
  const name = nameOf(exchange);
  if (name instanceof Problem) return exchange.refuse(name);
  const query = parseQuery(target.query, LOCK.query, context.limits);
  const options = query instanceof Problem ? query : parseReadOptions(exchange, query);
  if (options instanceof Problem) return exchange.refuse(options);
  if (refusesBody(exchange) || redirects(exchange)) return;
  readWith(exchange, options, (grant) => {
    const { replica } = context;
    const lock = lockOf(replica.store, name);
    const lease = lock === undefined ? undefined : leaseIn(replica, lock.lease);
    const fields = levelFields(grant);
    if (lock === undefined || lease === undefined) {
      return exchange.refuse(lockFree(fields), grant.revision);
    }
    const json =
      `{${jsonBytesMember('name', name)},"fence":${lock.fence},"lease":"${lock.lease}",` +
      `"ttl":"${formatDuration(lease.ttlMs)}",` +
      `"remaining":"${formatDuration(remainingMs(replica, lease.untilMs))}"}`;
    exchange.answerJson(200, grant.revision, json, fields);
  });
}

/** Needs the fence of this lock. */
function onHeld(
  exchange: Exchange,
  type: 'lockRenew' | 'lockRelease',
  done: (name: Key, fence: number, answer: Done) => void,
): void {
  const name = nameOf(exchange);
  if (name instanceof Problem) return exchange.refuse(name);
  const wishes = wishesOf(exchange, OF_TYPE[type].query);
  if (wishes === undefined) return;
  const { fence } = exchange.fields;
  if (fence?.name !== name) {
    const detail =
      'Fence: NAME=N is needed, with the name of this lock and the number that it gave';
    return exchange.refuse(new Problem('invalid_header', detail));
  }
  if (refusesBody(exchange) || redirects(exchange)) return;
  write(exchange, { type, name }, wishes, (answer) => done(name, fence.fence, answer));
}

function nameOf({ context, target }: Exchange): Key | Problem {
  return parseKey(target, context.limits.keyBytes);
}
