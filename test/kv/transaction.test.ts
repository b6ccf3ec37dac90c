/** Transactions and increments: what they come to, by stories and against a plain model. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_RESULT_BYTES, type Action, type Guard } from '../../src/kv/transaction.ts';
import type { Operation } from '../../src/kv/operation.ts';
import { StoreModel } from '../../src/simulation/ghost/store-model.ts';
import { anyTransaction } from './samples.ts';
import { limits, momentAt, Store } from './store.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function put(key: string, text: string): Action {
  return { type: 'put', key, value: bytes(text), contentType: 'text/plain' };
}

function transaction(
  guards: readonly Guard[],
  whenMet: readonly Action[],
  otherwise?: readonly Action[],
): Operation {
  return {
    type: 'transaction',
    guards,
    whenMet,
    ...(otherwise === undefined ? {} : { otherwise }),
  };
}

function add(store: Store, by: number): object {
  return store.do({ type: 'increment', key: 'n', by });
}

describe('a transaction', () => {
  it('makes one revision, and its actions see those before them', () => {
    const store = new Store();
    store.put('n', '5');
    const answer = store.do(
      transaction(
        [],
        [put('a', 'x'), { type: 'increment', key: 'n', by: 3 }, { type: 'get', key: 'a' }],
      ),
    );
    const item = { value: bytes('x'), contentType: 'text/plain', createRevision: 2, revision: 2 };
    expect(answer).toEqual({
      type: 'transaction',
      succeeded: true,
      revision: 2,
      results: [
        { type: 'put', key: 'a', version: 1, created: true },
        { type: 'incremented', key: 'n', number: 8, version: 2, created: false },
        { type: 'got', key: 'a', item: { ...item, version: 1 } },
      ],
    });
    expect(store.item('n')).toMatchObject({ value: bytes('8'), createRevision: 1, revision: 2 });
  });

  it('that writes nothing makes no revision', () => {
    const store = new Store();
    store.put('a', 'x');
    const reads = transaction(
      [],
      [
        { type: 'get', key: 'b' },
        { type: 'delete', key: 'b' },
      ],
    );
    expect(store.do(reads)).toMatchObject({
      revision: 1,
      results: [{ item: null }, { deleted: 0 }],
    });
  });

  it('whose guards fail does the rest, or is refused with all that failed', () => {
    const store = new Store();
    store.put('a', 'x');
    const absent: Guard = { type: 'exists', key: 'a', operand: false };
    const holds: Guard = { type: 'version', key: 'a', comparison: '=', operand: 1 };
    const guards = [absent, holds, absent];
    expect(store.do(transaction(guards, [put('b', '1')]))).toEqual({
      type: 'guardsFailed',
      revision: 1,
      failed: [0, 2],
    });
    expect(store.do(transaction(guards, [put('b', '1')], []))).toMatchObject({
      succeeded: false,
      revision: 1,
      results: [],
    });
    expect(store.do(transaction(guards, [], [put('b', '1')]))).toMatchObject({
      succeeded: false,
      revision: 2,
    });
  });

  it.each([
    ['revision', '=', 2, true],
    ['revision', '!=', 2, false],
    ['revision', '<', 3, true],
    ['revision', '>', 2, false],
    ['version', '>', 0, true],
    ['version', '<', 1, false],
  ] as const)('guards on %s %s %d', (type, comparison, operand, isMet) => {
    const store = new Store();
    store.put('other', 'x');
    store.put('a', 'x');
    const guard = { type, key: 'a', comparison, operand };
    expect(store.do(transaction([guard], [], []))).toMatchObject({ succeeded: isMet });
  });

  it.each([
    ['a', '=', 'b', true],
    ['a', '!=', 'b', false],
    ['a', '<', 'ba', true],
    ['a', '>', 'az', true],
    ['a', '>', '', true],
    ['a', '<', 'b', false],
    ['absent', '=', '', false],
    ['absent', '!=', '', true],
    ['absent', '<', 'b', false],
    ['absent', '>', '', false],
  ] as const)('guards on the value of %s %s "%s"', (key, comparison, text, isMet) => {
    const store = new Store();
    store.put('a', 'b');
    const guard = { type: 'value', key, comparison, operand: bytes(text) } as const;
    expect(store.do(transaction([guard], [], []))).toMatchObject({ succeeded: isMet });
  });

  it('takes an absent key for revision and version 0', () => {
    const guards = (['revision', 'version'] as const).map((type): Guard => ({
      type,
      key: 'a',
      comparison: '=',
      operand: 0,
    }));
    expect(new Store().do(transaction(guards, []))).toMatchObject({ succeeded: true });
  });

  it('is undone as a whole by one action that fails', () => {
    const store = new Store();
    store.put('a', 'no number');
    const add: Action = { type: 'increment', key: 'a', by: 1 };
    expect(store.do(transaction([], [put('b', '1'), add]))).toEqual({
      type: 'notANumber',
      revision: 1,
      action: 1,
    });
    expect([...store.items.keys()]).toEqual(['a']);
  });

  it('changes no more keys than it may, also in several steps', () => {
    const store = new Store();
    for (const key of ['k1', 'k2', 'k3']) store.put(key, 'x');
    const actions: Action[] = [put('a', '1'), { type: 'deletePrefix', prefix: 'k' }];
    expect(store.do(transaction([], actions))).toEqual({
      type: 'tooManyKeys',
      revision: 3,
      max: 3,
      actual: 4,
    });
    expect(store.items.size).toBe(3);
  });

  it('reads no more than an answer holds', () => {
    const store = new Store();
    store.put('a', 'x'.repeat(MAX_RESULT_BYTES / 4));
    const get: Action = { type: 'get', key: 'a' };
    expect(store.do(transaction([], [put('b', '1'), get, get, get]))).toMatchObject({
      succeeded: true,
    });
    const answer = store.do(transaction([], [put('c', '1'), get, get, get, get]));
    expect(answer).toMatchObject({ type: 'resultTooLarge', revision: 2, max: MAX_RESULT_BYTES });
    expect(store.item('c')).toBeUndefined();
  });
});

describe('an increment', () => {
  it('begins at nothing, and keeps the type that the key has', () => {
    const store = new Store();
    const first = { number: -2, created: true, version: 1, revision: 1 };
    expect(add(store, -2)).toMatchObject(first);
    expect(store.item('n')).toMatchObject({ value: bytes('-2'), contentType: 'text/plain' });
    const value = bytes('10');
    store.do({ type: 'put', key: 'n', value, contentType: 'application/json', prev: false });
    expect(add(store, 1)).toMatchObject({ number: 11, created: false, version: 3, revision: 3 });
    expect(store.item('n')).toMatchObject({ contentType: 'application/json' });
  });

  it.each(['', '1.5', '01', '-0', '+1', ' 1', '1e3', '9007199254740992', 'x'])(
    'adds nothing to %j',
    (text) => {
      const store = new Store();
      store.put('n', text);
      expect(add(store, 1)).toEqual({ type: 'notANumber', revision: 1 });
    },
  );

  it('goes no further than whole numbers are exact', () => {
    const store = new Store();
    store.put('n', String(Number.MAX_SAFE_INTEGER));
    expect(add(store, 1)).toEqual({ type: 'notANumber', revision: 1 });
    expect(add(store, -1)).toMatchObject({ number: Number.MAX_SAFE_INTEGER - 1 });
  });

  it('is subject to its condition', () => {
    const store = new Store();
    add(store, 1);
    const condition = { ifMatch: [7] };
    expect(store.do({ type: 'increment', key: 'n', by: 1, condition })).toEqual({
      type: 'conditionFailed',
      revision: 1,
      current: 1,
    });
  });
});

describe('any run of operations', () => {
  const key = fc.constantFrom('a', 'aa', 'ab', 'b', 'b\xff');
  const number = fc.integer({ min: -3, max: 12 });
  const value = fc.oneof(
    number.map((one) => bytes(String(one))),
    fc.uint8Array({ maxLength: 2 }),
  );
  const anyStep: fc.Arbitrary<Operation> = fc.oneof(
    { arbitrary: anyTransaction(key, value, number), weight: 4 },
    fc.record({ type: fc.constant('increment' as const), key, by: number }),
    fc.record({
      type: fc.constant('put' as const),
      key,
      value,
      contentType: fc.constant('text/plain'),
      prev: fc.boolean(),
    }),
    fc.record({ type: fc.constant('deleteRange' as const), prefix: key }),
  );

  it('gives the answers and leaves the store that a plain model has', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 20, size: 'max' }), (steps) => {
        const [store, model] = [new Store(), new StoreModel(limits.changedKeys)];
        for (const step of steps) {
          const answer = store.do(step);
          seen.add(answer.type);
          expect(answer).toEqual(model.apply(step, momentAt(0)).answer);
          const items = [...store.items].toSorted(([a], [b]) => (a < b ? -1 : 1));
          const keys = model.keysAt(model.revision, '', undefined);
          const meant = keys.map((one) => [one, model.itemAt(one, model.revision)]);
          expect(items).toEqual(meant);
        }
      }),
      { numRuns: 1000 },
    );
    const types = ['transaction', 'incremented', 'guardsFailed', 'notANumber', 'tooManyKeys'];
    expect([...seen]).toEqual(expect.arrayContaining(types));
  });
});
