/** Requests that bear a key, against a plain model: each takes effect once, for as long as it is kept. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyCommand, rangesOfCommand } from '../../src/kv/apply-command.ts';
import type { Answer } from '../../src/kv/answer.ts';
import type { Item } from '../../src/kv/item.ts';
import { DEFAULT_LEASE_LIMITS } from '../../src/kv/lease.ts';
import { MAX_KEPT_BYTES, type OnceLimits } from '../../src/kv/once.ts';
import type { Operation } from '../../src/kv/operation.ts';
import { isInRange, type KeyRange } from '../../src/kv/prefix.ts';
import { isSystemKey } from '../../src/kv/system-key.ts';

const ID = '0'.repeat(32);
const LIMITS: OnceLimits = { keepMs: 100, entries: 1000, bytes: 1_000_000 };

function hashOf(text: string): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => text.charCodeAt(at % text.length));
}

class Store {
  readonly items = new Map<string, Item>();
  readonly limits: OnceLimits;
  revision = 0;
  timeMs = 0;

  constructor(limits: Partial<OnceLimits> = {}) {
    this.limits = { ...LIMITS, ...limits };
  }

  get systemItems(): number {
    return [...this.items.keys()].filter((key) => isSystemKey(key)).length;
  }

  do(operation: Operation, key?: string, request = 'a'): Answer {
    const once = key === undefined ? {} : { once: { key, hash: hashOf(request) } };
    const command = { operation, ...once };
    const ballot = { round: 1, leader: 1 };
    const moment = { id: ID, revision: this.revision, timeMs: this.timeMs, ballot };
    const limits = { changedKeys: 100, once: this.limits, leases: DEFAULT_LEASE_LIMITS };
    const item = (one: string): Item | undefined => this.items.get(one);
    // What was not said beforehand is not read.
    const read = new Set(
      rangesOfCommand({ item }, command, moment, limits).map(({ range }) => range.start),
    );
    const scan = ({ end, start }: KeyRange, limit: number): readonly string[] => {
      assert.ok(read.has(start));
      const keys = [...this.items.keys()].filter((one) => isInRange(one, { start, end }));
      return keys.toSorted((a, b) => (a < b ? -1 : 1)).slice(0, limit);
    };
    const { answer, writes } = applyCommand({ item, scan }, command, moment, limits);
    assert.equal(new Set(writes.map((write) => write.key)).size, writes.length);
    if (writes.length > 0) this.revision += 1;
    for (const write of writes) {
      if (write.item === undefined) this.items.delete(write.key);
      else this.items.set(write.key, write.item);
    }
    return answer;
  }
}

/** What is kept, in a plain map. */
class Table {
  readonly #answers = new Map<string, { request: string; untilMs: number; answer?: Answer }>();
  readonly #entries: number;
  number = 0;

  constructor(entries: number) {
    this.#entries = entries;
  }

  expect(key: string, request: string, { revision, timeMs }: Store): object {
    const known = this.#answers.get(key);
    if (known !== undefined && known.untilMs > timeMs) {
      if (known.request !== request) return { type: 'onceMismatch', revision };
      return { type: 'replayed', revision, answer: known.answer };
    }
    for (const [one, { untilMs }] of this.#answers) {
      if (untilMs <= timeMs) this.#answers.delete(one);
    }
    if (this.#answers.size >= this.#entries) return { type: 'onceFull', revision };
    this.number += 1;
    this.#answers.set(key, { request, untilMs: Math.ceil(timeMs + LIMITS.keepMs) });
    return { type: 'incremented', number: this.number, revision: revision + 1 };
  }

  keep(key: string, answer: Answer): void {
    const entry = this.#answers.get(key);
    if (entry !== undefined) entry.answer ??= answer;
  }
}

const add: Operation = { type: 'increment', key: 'n', by: 1 };
const remove: Operation = { type: 'delete', key: 'none', prev: false };

describe('a request with a key', () => {
  it('takes effect once, and is answered as before', () => {
    const store = new Store();
    const first = store.do(add, 'k');
    expect(first).toMatchObject({ type: 'incremented', number: 1, revision: 1 });
    store.do(add);
    expect(store.do(add, 'k')).toEqual({
      type: 'replayed',
      revision: 2,
      answer: first,
      isCut: false,
    });
    expect(store.revision).toBe(2);
  });

  it('is refused where it is another request', () => {
    const store = new Store();
    store.do(add, 'k');
    expect(store.do(add, 'k', 'b')).toEqual({ type: 'onceMismatch', revision: 1 });
  });

  it('has its failures kept too, in a revision that is there', () => {
    const store = new Store();
    const first = store.do(remove, 'k');
    expect(first).toEqual({ type: 'absent', revision: 1 });
    store.do({ type: 'put', key: 'none', value: new Uint8Array(), contentType: '', prev: false });
    expect(store.do(remove, 'k')).toMatchObject({ type: 'replayed', answer: first, revision: 2 });
    expect(store.items.has('none')).toBe(true);
  });

  it('is a new one once its time is over, and not before', () => {
    const store = new Store();
    store.do(add, 'k');
    store.timeMs = 99.5;
    expect(store.do(add, 'k').type).toBe('replayed');
    store.timeMs = 100;
    expect(store.do(add, 'k', 'b')).toMatchObject({ type: 'incremented', number: 2 });
    expect(store.do(add, 'k', 'b').type).toBe('replayed');
  });

  it.each([{ entries: 3 }, { bytes: 150 }])('is refused where there is no room: %o', (limits) => {
    const store = new Store(limits);
    for (const key of ['a', 'b', 'c']) store.do(add, key);
    const { revision } = store;
    expect(store.do(add, 'd')).toEqual({ type: 'onceFull', revision });
    expect(store.do(add, 'c').type).toBe('replayed');
    expect(store.do(add).type).toBe('incremented');
    store.timeMs = 100;
    expect(store.do(add, 'd').type).toBe('incremented');
  });

  it('has an answer that is too long kept without what it read', () => {
    const store = new Store();
    const value = new Uint8Array(MAX_KEPT_BYTES);
    const put: Operation = { type: 'put', key: 'x', value, contentType: '', prev: true };
    store.do(put);
    expect(store.do(put, 'k')).toMatchObject({ prev: { value } });
    const again = store.do(put, 'k');
    expect(again).toMatchObject({
      type: 'replayed',
      isCut: true,
      answer: { type: 'put', revision: 2 },
    });
    expect(again).not.toHaveProperty('answer.prev');
  });

  it('leaves nothing behind', () => {
    const store = new Store();
    for (let at = 0; at < 50; at += 1) store.do(add, `k${at}`);
    expect(store.systemItems).toBe(101);
    store.timeMs = 1000;
    for (let at = 0; at < 10; at += 1) store.do(add, `l${at}`);
    expect(store.systemItems).toBe(21);
  });

  it('behaves as a plain table of answers with their times does', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      request: fc.constantFrom('p', 'q'),
      passes: fc.constantFrom(0, 0, 10, 45.5, 100),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.constantFrom(2, 3, 100),
        (steps, entries) => {
          const store = new Store({ entries });
          const table = new Table(entries);
          for (const { key, passes, request } of steps) {
            store.timeMs += passes;
            const expected = table.expect(key, request, store);
            const answer = store.do(add, key, request);
            expect(answer).toMatchObject(expected);
            table.keep(key, answer);
          }
          expect(store.items.get('n')?.version ?? 0).toBe(table.number);
        },
      ),
      { numRuns: 500 },
    );
  });
});
