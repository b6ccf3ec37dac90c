import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Condition, Delete, DeleteRange, Put } from '../../src/kv/operation.ts';
import { limits, Store } from './store.ts';

interface Change {
  readonly revision: number;
  readonly value: string | undefined;
}

/**
 * The store told differently: for each key all that was ever written, from which every fact is
 * found anew. `expected` says what the answer must hold.
 */
class Model {
  readonly #changes = new Map<string, Change[]>();
  #revision = 0;

  expected(operation: Put | Delete | DeleteRange): object {
    if (operation.type === 'deleteRange') return this.#deleteRange(operation.prefix);
    const life = this.#life(operation.key);
    const current = life.at(-1)?.revision;
    const revision = this.#revision;
    if (!holds(operation.condition ?? {}, current)) {
      return { type: 'conditionFailed', revision, ...(current === undefined ? {} : { current }) };
    }
    if (operation.type === 'put') {
      this.#write([operation.key], Buffer.from(operation.value).toString('hex'));
      const [version, created] = [life.length + 1, current === undefined];
      return { type: 'put', key: operation.key, revision: revision + 1, version, created };
    }
    if (current === undefined) return { type: 'absent', revision };
    this.#write([operation.key], undefined);
    return { type: 'deleted', deleted: 1, revision: revision + 1 };
  }

  /** Of each key: the key, createRevision, revision, version, value. */
  facts(): string[] {
    return this.#present().map((key) => {
      const life = this.#life(key);
      const last = life.at(-1);
      return [key, life[0]?.revision, last?.revision, life.length, last?.value].join();
    });
  }

  #deleteRange(prefix: string): object {
    const keys = this.#present().filter((key) => key.slice(0, prefix.length) === prefix);
    if (keys.length > limits.changedKeys) {
      const [max, actual] = [limits.changedKeys, limits.changedKeys + 1];
      return { type: 'tooManyKeys', revision: this.#revision, max, actual };
    }
    if (keys.length > 0) this.#write(keys, undefined);
    return { type: 'deleted', deleted: keys.length, revision: this.#revision };
  }

  #write(keys: readonly string[], value: string | undefined): void {
    this.#revision += 1;
    for (const key of keys) {
      const before = this.#changes.get(key) ?? [];
      this.#changes.set(key, [...before, { revision: this.#revision, value }]);
    }
  }

  #present(): string[] {
    return [...this.#changes.keys()].filter((key) => this.#life(key).length > 0);
  }

  /** What was written to the key since it was last absent. */
  #life(key: string): readonly Change[] {
    const all = this.#changes.get(key) ?? [];
    return all.slice(all.findLastIndex((change) => change.value === undefined) + 1);
  }
}

function holds(condition: Condition, current: number | undefined): boolean {
  const { ifMatch, ifNoneMatch } = condition;
  const among = (list: '*' | readonly number[]) =>
    current !== undefined && (list === '*' || list.some((revision) => revision === current));
  return (!ifMatch || among(ifMatch)) && !(ifNoneMatch && among(ifNoneMatch));
}

function factsOf(store: Store): string[] {
  return [...store.items].map(([key, item]) =>
    [
      key,
      item.createRevision,
      item.revision,
      item.version,
      Buffer.from(item.value).toString('hex'),
    ].join(),
  );
}

const key = fc.constantFrom('a', 'aa', 'ab', 'b', 'b\xff');
const revisions = fc.oneof(
  fc.constant('*' as const),
  fc.array(fc.nat({ max: 12 }), { maxLength: 5 }),
);
const condition = fc.oneof(
  fc.constant({}),
  fc.record({ ifMatch: revisions, ifNoneMatch: revisions }, { requiredKeys: [] }),
);
const guarded = { key, condition, prev: fc.boolean() };
const anyPut = fc.record({
  type: fc.constant('put' as const),
  value: fc.uint8Array({ maxLength: 2 }),
  contentType: fc.constant(''),
  ...guarded,
});
const anyStep: fc.Arbitrary<Put | Delete | DeleteRange> = fc.oneof(
  { arbitrary: anyPut, weight: 6 },
  fc.record({ type: fc.constant('delete' as const), ...guarded }),
  fc.record({
    type: fc.constant('deleteRange' as const),
    prefix: fc.constantFrom('', 'a', 'aa', 'b', 'c'),
  }),
);
const anySteps = fc.array(anyStep, { maxLength: 30, size: 'max' });

describe('any run of operations', () => {
  it('gives the answers and leaves the store that a plain model has', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(anySteps, (steps) => {
        const [store, model] = [new Store(), new Model()];
        for (const step of steps) {
          const before = 'key' in step ? store.item(step.key) : undefined;
          const answer = store.do(step);
          seen.add(answer.type);
          const expected = model.expected(step);
          const tellsPrev =
            'prev' in step && step.prev && (answer.type === 'put' || answer.type === 'deleted');
          expect(answer).toEqual(tellsPrev ? { ...expected, prev: before ?? null } : expected);
          expect(factsOf(store).toSorted()).toEqual(model.facts().toSorted());
        }
      }),
      { numRuns: 500 },
    );
    expect(seen).toEqual(new Set(['put', 'deleted', 'absent', 'conditionFailed', 'tooManyKeys']));
  });

  it('gives the same when it is applied again', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const [a, b] = [new Store(), new Store()];
        expect(steps.map((step) => a.do(step))).toEqual(steps.map((step) => b.do(step)));
        expect(a.items).toEqual(b.items);
      }),
    );
  });
});
