/** Values to draw for the tests of this room. */
import * as fc from 'fast-check';
import type { ActionResult, KeptAnswer } from '../../src/kv/answer.ts';
import type { Item } from '../../src/kv/item.ts';
import type { LeaseOperation } from '../../src/kv/lease.ts';
import { type Lifetime, type LifetimeWish, MAX_TTL_MS } from '../../src/kv/lifetime.ts';
import type { ClientCommand, Condition, Operation } from '../../src/kv/operation.ts';
import type { Action, Guard, Transaction } from '../../src/kv/transaction.ts';

export function byteString(lengths: { minLength: number; maxLength: number }) {
  return fc
    .uint8Array(lengths)
    .map((bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

export const anyKey = byteString({ minLength: 1, maxLength: 40 });
export const anyPrefix = byteString({ minLength: 0, maxLength: 40 });
export const anyRevision = fc.oneof(
  fc.nat({ max: 300 }),
  fc.maxSafeInteger().map((number) => Math.abs(number)),
);
const anyValue = fc.uint8Array({ maxLength: 300 });
const anyContentType = fc.oneof(
  fc.constantFrom('', 'text/plain', 'application/octet-stream'),
  byteString({ minLength: 0, maxLength: 30 }),
);
const anyRevisions = fc.oneof(fc.constant('*' as const), fc.array(anyRevision, { maxLength: 4 }));

const anyCondition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ ifMatch: anyRevisions }),
  fc.record({ ifNoneMatch: anyRevisions }),
  fc.record({ ifMatch: anyRevisions, ifNoneMatch: anyRevisions }),
);

const anyCount = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  anyRevision.map((n) => n || 1),
);
const anyTtl = fc.integer({ min: 1, max: MAX_TTL_MS });

const anyLifetime: fc.Arbitrary<Lifetime> = fc.oneof(
  fc.record({ type: fc.constant('lease' as const), lease: anyCount }),
  fc.record({ type: fc.constant('until' as const), untilMs: anyRevision }),
);
const anyWish: fc.Arbitrary<LifetimeWish> = fc.oneof(
  fc.record({ type: fc.constant('lease' as const), lease: anyCount }),
  fc.record({ type: fc.constant('ttl' as const), ttlMs: anyTtl }),
);

export const anyItem: fc.Arbitrary<Item> = fc.record(
  {
    value: anyValue,
    contentType: anyContentType,
    createRevision: anyRevision,
    revision: anyRevision,
    version: anyRevision,
    lifetime: anyLifetime,
  },
  { requiredKeys: ['value', 'contentType', 'createRevision', 'revision', 'version'] },
);

const anyNumber = fc.maxSafeInteger().map((number) => (number === 0 ? 0 : number));
const anyComparison = fc.constantFrom('=' as const, '!=' as const, '<' as const, '>' as const);

/** With keys and values out of these. */
export function anyTransaction(
  key: fc.Arbitrary<string>,
  value: fc.Arbitrary<Uint8Array>,
  number: fc.Arbitrary<number> = anyNumber,
): fc.Arbitrary<Transaction> {
  const operand = number.map(Math.abs);
  const anyGuard: fc.Arbitrary<Guard> = fc.oneof(
    fc.record({
      type: fc.constantFrom('revision' as const, 'version' as const),
      key,
      comparison: anyComparison,
      operand,
    }),
    fc.record({
      type: fc.constant('value' as const),
      key,
      comparison: anyComparison,
      operand: value,
    }),
    fc.record({ type: fc.constant('exists' as const), key, operand: fc.boolean() }),
  );
  const limit = fc.integer({ min: 1, max: 4 });
  const anyAction: fc.Arbitrary<Action> = fc.oneof(
    fc.record(
      {
        type: fc.constant('put' as const),
        key,
        value,
        contentType: anyContentType,
        lifetime: anyWish,
      },
      { requiredKeys: ['type', 'key', 'value', 'contentType'] },
    ),
    fc.record({ type: fc.constantFrom('delete' as const, 'get' as const), key }),
    fc.record({ type: fc.constant('deletePrefix' as const), prefix: key }),
    fc.record(
      { type: fc.constant('list' as const), start: key, end: key, limit, keysOnly: fc.boolean() },
      { requiredKeys: ['type', 'start', 'limit', 'keysOnly'] },
    ),
    fc.record({ type: fc.constant('increment' as const), key, by: number }),
  );
  const actions = fc.array(anyAction, { maxLength: 5 });
  return fc.record(
    {
      type: fc.constant('transaction' as const),
      guards: fc.array(anyGuard, { maxLength: 2 }),
      whenMet: actions,
      otherwise: actions,
    },
    { requiredKeys: ['type', 'guards', 'whenMet'] },
  );
}

export const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record(
    {
      type: fc.constant('put' as const),
      key: anyKey,
      value: anyValue,
      contentType: anyContentType,
      lifetime: anyWish,
      condition: anyCondition,
      prev: fc.boolean(),
    },
    { requiredKeys: ['type', 'key', 'value', 'contentType', 'prev'] },
  ),
  fc.record(
    {
      type: fc.constant('delete' as const),
      key: anyKey,
      condition: anyCondition,
      prev: fc.boolean(),
    },
    { requiredKeys: ['type', 'key', 'prev'] },
  ),
  fc.record({ type: fc.constant('deleteRange' as const), prefix: anyPrefix }),
  fc.record(
    {
      type: fc.constant('increment' as const),
      key: anyKey,
      by: anyNumber,
      condition: anyCondition,
    },
    { requiredKeys: ['type', 'key', 'by'] },
  ),
  anyTransaction(anyKey, anyValue),
);

const anyId = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));

const anyExpire: fc.Arbitrary<LeaseOperation> = fc.record({
  type: fc.constant('expire' as const),
  ballot: fc.record({ round: anyRevision, leader: anyRevision }),
  leases: fc.array(fc.record({ lease: anyCount, renewals: anyRevision }), { maxLength: 4 }),
  keys: fc.array(fc.record({ key: anyKey, revision: anyCount }), { maxLength: 4 }),
});

/** Of locks that need no fence. */
const anyLeaseOperation: fc.Arbitrary<LeaseOperation> = fc.oneof(
  fc.record({ type: fc.constant('leaseGrant' as const), ttlMs: anyTtl }),
  fc.record({
    type: fc.constantFrom('leaseRenew' as const, 'leaseRevoke' as const),
    lease: anyCount,
  }),
  fc.record({
    type: fc.constant('lockAcquire' as const),
    name: anyKey,
    ttlMs: anyTtl,
    waitMs: fc.integer({ min: 0, max: MAX_TTL_MS }),
  }),
  fc.record({
    type: fc.constant('lockLeave' as const),
    name: anyKey,
    waiter: anyId,
    givesBack: fc.boolean(),
  }),
  anyExpire,
);

const anyFence = fc.record({ name: anyKey, fence: anyRevision });

const anyOfLock: fc.Arbitrary<ClientCommand> = fc
  .tuple(anyId, anyFence, fc.constantFrom('lockRenew' as const, 'lockRelease' as const))
  .map(([id, fence, type]) => ({ id, fence, operation: { type, name: fence.name } }));

export const anyCommand: fc.Arbitrary<ClientCommand> = fc.oneof(
  fc.record(
    { id: anyId, operation: fc.oneof(anyOperation, anyLeaseOperation), fence: anyFence },
    { requiredKeys: ['id', 'operation'] },
  ),
  anyOfLock,
);

const anyWritten = { key: anyKey, version: anyRevision, created: fc.boolean() };
const anyPrev = fc.option(anyItem, { nil: null });

const anyListed = fc.record({ key: anyKey, item: anyItem }, { requiredKeys: ['key'] });

const anyResult: fc.Arbitrary<ActionResult> = fc.oneof(
  fc.record({ type: fc.constant('put' as const), ...anyWritten }),
  fc.record({ type: fc.constant('deleted' as const), deleted: anyRevision }),
  fc.record({ type: fc.constant('incremented' as const), number: anyNumber, ...anyWritten }),
  fc.record({ type: fc.constant('got' as const), key: anyKey, item: anyPrev }),
  fc.record({
    type: fc.constant('listed' as const),
    items: fc.array(anyListed, { maxLength: 3 }),
    more: fc.boolean(),
  }),
);

const revision = anyRevision;
const anyPlace = fc.nat({ max: 1000 });

export const anyAnswer: fc.Arbitrary<KeptAnswer> = fc.oneof(
  fc.record(
    { type: fc.constant('put' as const), revision, ...anyWritten, prev: anyPrev },
    { requiredKeys: ['type', 'revision', 'key', 'version', 'created'] },
  ),
  fc.record(
    { type: fc.constant('deleted' as const), revision, deleted: anyRevision, prev: anyPrev },
    { requiredKeys: ['type', 'revision', 'deleted'] },
  ),
  fc.record({
    type: fc.constant('incremented' as const),
    revision,
    number: anyNumber,
    ...anyWritten,
  }),
  fc.record({
    type: fc.constant('transaction' as const),
    revision,
    succeeded: fc.boolean(),
    results: fc.array(anyResult, { maxLength: 4 }),
  }),
  fc.record({ type: fc.constant('absent' as const), revision }),
  fc.record(
    {
      type: fc.constant('conditionFailed' as const),
      revision,
      current: revision.map((n) => n || 1),
    },
    { requiredKeys: ['type', 'revision'] },
  ),
  fc.record({
    type: fc.constant('guardsFailed' as const),
    revision,
    failed: fc.array(anyPlace, { maxLength: 4 }),
  }),
  fc.record(
    { type: fc.constant('notANumber' as const), revision, action: anyPlace },
    { requiredKeys: ['type', 'revision'] },
  ),
  fc.record({
    type: fc.constantFrom('tooManyKeys' as const, 'resultTooLarge' as const),
    revision,
    max: anyRevision,
    actual: anyRevision,
  }),
  fc.record({
    type: fc.constantFrom('leaseGranted' as const, 'leaseRenewed' as const),
    revision,
    lease: anyCount,
    ttlMs: anyTtl,
  }),
  fc.record({
    type: fc.constantFrom('leaseRevoked' as const, 'expired' as const),
    revision,
    deleted: anyRevision,
  }),
  fc.record(
    { type: fc.constant('leaseGone' as const), revision, action: anyPlace },
    { requiredKeys: ['type', 'revision'] },
  ),
  fc.record({
    type: fc.constant('lockHeld' as const),
    revision,
    fence: anyCount,
    lease: anyCount,
    ttlMs: anyTtl,
  }),
  fc.record({ type: fc.constant('lockQueued' as const), revision, waiter: anyId }),
  fc.record({ type: fc.constant('lockBusy' as const), revision, freeInMs: anyRevision }),
  fc.record(
    { type: fc.constant('staleFence' as const), revision, current: anyCount },
    { requiredKeys: ['type', 'revision'] },
  ),
  fc.record({
    type: fc.constantFrom('lockLeft' as const, 'tooManyWaiters' as const, 'tooManyLeases' as const),
    revision,
  }),
);

/** Bytes that are wrong in a small way (one byte changed, cut, lengthened) or all noise. */
export function damaged(sound: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.tuple(sound, fc.nat(), fc.nat({ max: 255 })).map(([bytes, at, byte]) => {
      const changed = bytes.slice();
      changed[at % Math.max(1, bytes.length)] = byte;
      return changed;
    }),
    fc.tuple(sound, fc.nat()).map(([bytes, at]) => bytes.subarray(0, at % (bytes.length + 1))),
    fc.tuple(sound, fc.uint8Array()).map(([bytes, more]) => Buffer.concat([bytes, more])),
  );
}

/** What reading gives, or the message with which it refuses. */
export function attempt<T>(read: () => T): { value: T } | { refused: string } {
  try {
    return { value: read() };
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
}
