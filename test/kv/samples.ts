/** Values to draw for the tests of this room. */
import * as fc from 'fast-check';
import type { ActionResult, KeptAnswer } from '../../src/kv/answer.ts';
import type { Item } from '../../src/kv/item.ts';
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

export const anyItem: fc.Arbitrary<Item> = fc.record({
  value: anyValue,
  contentType: anyContentType,
  createRevision: anyRevision,
  revision: anyRevision,
  version: anyRevision,
});

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
    fc.record({ type: fc.constant('put' as const), key, value, contentType: anyContentType }),
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

export const anyCommand: fc.Arbitrary<ClientCommand> = fc.record({
  id: fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => Buffer.from(bytes).toString('hex')),
  operation: anyOperation,
});

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
