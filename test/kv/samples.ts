/** Values to draw for the tests of this room. */
import * as fc from 'fast-check';
import type { Item } from '../../src/kv/item.ts';
import type { ClientCommand, Condition, Operation } from '../../src/kv/operation.ts';

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
);

export const anyCommand: fc.Arbitrary<ClientCommand> = fc.record({
  id: fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => Buffer.from(bytes).toString('hex')),
  operation: anyOperation,
});

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
