/** Leases, locks and keys that live for a time: told as stories, and held against a plain model. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/kv/answer.ts';
import { applyCommand, rangesOfCommand } from '../../src/kv/apply-command.ts';
import type { Write } from '../../src/kv/apply.ts';
import type { Item } from '../../src/kv/item.ts';
import {
  ALL_DUES,
  decodeLease,
  decodeLeaseCounters,
  dueOf,
  keyOfHeld,
  LEASE_COUNTERS,
  leaseOfKey,
  leasesRange,
} from '../../src/kv/lease-records.ts';
import type { Expire, Fence, LeaseLimits } from '../../src/kv/lease.ts';
import { DEFAULT_ONCE_LIMITS } from '../../src/kv/once.ts';
import type { ClientCommand, Operation } from '../../src/kv/operation.ts';
import { isInRange, type KeyRange } from '../../src/kv/prefix.ts';
import { isSystemKey } from '../../src/kv/system-key.ts';
import { StoreModel } from '../../src/simulation/ghost/store-model.ts';

const BALLOT = { round: 4, leader: 2 };
const CHANGED_KEYS = 3;
const LEASES: LeaseLimits = { leases: 3, waiters: 2 };

class Store {
  readonly items = new Map<string, Item>();
  readonly limits = { changedKeys: CHANGED_KEYS, once: DEFAULT_ONCE_LIMITS, leases: LEASES };
  revision = 0;
  timeMs = 0;
  ballot = BALLOT;
  /** Of the last command. */
  writes: readonly Write[] = [];
  #commands = 0;

  get id(): string {
    return this.#commands.toString(16).padStart(32, '0');
  }

  do(operation: Operation, fence?: Fence): Answer {
    this.#commands += 1;
    const command: ClientCommand = { id: this.id, operation, fence };
    const { ballot, revision, timeMs } = this;
    const moment = { id: this.id, revision, timeMs, ballot };
    const item = (one: string): Item | undefined => this.items.get(one);
    // What was not said beforehand is not read.
    const ranges = rangesOfCommand({ item }, command, moment, this.limits);
    const scan = (range: KeyRange, limit: number): readonly string[] => {
      const isSaid = ranges.some(
        (read) =>
          read.range.start === range.start && read.range.end === range.end && read.limit >= limit,
      );
      assert.ok(isSaid);
      return this.scan(range).slice(0, limit);
    };
    const { answer, writes } = applyCommand({ item, scan }, command, moment, this.limits);
    assert.equal(new Set(writes.map((write) => write.key)).size, writes.length);
    assert.equal(answer.revision, revision + (writes.length > 0 ? 1 : 0));
    this.revision = answer.revision;
    this.writes = writes;
    for (const write of writes) {
      if (write.item === undefined) assert.ok(this.items.delete(write.key));
      else this.items.set(write.key, write.item);
    }
    return answer;
  }

  scan(range: KeyRange): readonly string[] {
    return [...this.items.keys()].filter((key) => isInRange(key, range)).toSorted();
  }

  put(key: string, lifetime?: Extract<Operation, { type: 'put' }>['lifetime'], fence?: Fence) {
    const put = {
      type: 'put',
      key,
      value: Uint8Array.of(1),
      contentType: '',
      prev: false,
    } as const;
    return this.do(lifetime === undefined ? put : { ...put, lifetime }, fence);
  }

  /** What a leader would order now. */
  due(): Expire {
    const expire = { type: 'expire', ballot: this.ballot } as const;
    const due = this.scan(ALL_DUES).map((key) => dueOf(key));
    const isDue = ({ untilMs }: { readonly untilMs: number }): boolean => untilMs <= this.timeMs;
    return {
      ...expire,
      leases: due.flatMap((one) =>
        one.type === 'lease' && isDue(one)
          ? [{ lease: one.lease, renewals: this.#lease(one.lease).renewals }]
          : [],
      ),
      keys: due.flatMap((one) =>
        one.type === 'key' && isDue(one)
          ? [{ key: one.key, revision: this.items.get(one.key)?.revision ?? 0 }]
          : [],
      ),
    };
  }

  #lease(id: number) {
    const { start } = leasesRange(id);
    const item = this.items.get(start);
    assert.ok(item !== undefined);
    return decodeLease(item.value);
  }

  get keys(): string[] {
    return [...this.items.keys()].filter((key) => !isSystemKey(key)).toSorted();
  }

  /** Every record of the system says what the items and leases say, and there are no others. */
  checkRecords(): void {
    const leases = this.scan(leasesRange(0)).map((key) => leaseOfKey(key));
    const counters = this.items.get(LEASE_COUNTERS);
    const counted = counters === undefined ? 0 : decodeLeaseCounters(counters.value).leases;
    assert.equal(counted, leases.length);
    const due = this.scan(ALL_DUES).map((key) => dueOf(key));
    const mortal = this.keys.map((key) => ({ key, lifetime: this.items.get(key)?.lifetime }));
    const forTime = mortal.flatMap(({ key, lifetime }) =>
      lifetime?.type === 'until' ? [`${key} ${lifetime.untilMs}`] : [],
    );
    const dueKeys = due.flatMap((one) => (one.type === 'key' ? [`${one.key} ${one.untilMs}`] : []));
    assert.deepEqual(dueKeys.toSorted(), forTime.toSorted());
    const dueLeases = due.flatMap((one) =>
      one.type === 'lease' ? [`${one.lease} ${one.untilMs}`] : [],
    );
    const all = leases.map((id) => `${id} ${this.#lease(id).untilMs}`);
    assert.deepEqual(dueLeases.toSorted(), all.toSorted());
    for (const id of leases) {
      const range = { start: `\u0100k${'\0'.repeat(7)}${String.fromCharCode(id)}` };
      const end = `\u0100k${'\0'.repeat(7)}${String.fromCharCode(id + 1)}`;
      const held = this.scan({ ...range, end }).map((key) => keyOfHeld(key));
      const onIt = mortal.flatMap(({ key, lifetime }) =>
        lifetime?.type === 'lease' && lifetime.lease === id ? [key] : [],
      );
      assert.deepEqual(held, onIt);
      assert.equal(this.#lease(id).keys, held.length);
    }
  }
}

const FENCE = (name: string, fence: number): Fence => ({ name, fence });

describe('a lease', () => {
  it('goes with its keys when its time is up, and they are told as expired', () => {
    const store = new Store();
    expect(store.do({ type: 'leaseGrant', ttlMs: 100 })).toMatchObject({ lease: 1, ttlMs: 100 });
    store.put('a', { type: 'lease', lease: 1 });
    store.put('b', { type: 'lease', lease: 1 });
    store.timeMs = 99;
    expect(store.due()).toMatchObject({ leases: [], keys: [] });
    store.timeMs = 100;
    expect(store.do(store.due())).toMatchObject({ type: 'expired', deleted: 2 });
    expect(store.keys).toEqual([]);
    expect(store.writes.filter(({ isExpired }) => isExpired).map(({ key }) => key)).toEqual([
      'a',
      'b',
    ]);
    store.checkRecords();
    expect(store.do({ type: 'leaseRenew', lease: 1 })).toMatchObject({ type: 'leaseGone' });
  });

  it('lives on where it was renewed after the leader had looked', () => {
    const store = new Store();
    store.do({ type: 'leaseGrant', ttlMs: 100 });
    store.put('a', { type: 'lease', lease: 1 });
    store.timeMs = 100;
    const seen = store.due();
    store.do({ type: 'leaseRenew', lease: 1 });
    store.timeMs = 500;
    expect(store.do(seen)).toMatchObject({ deleted: 0 });
    expect(store.keys).toEqual(['a']);
  });

  it('is not ended by a leader that was deposed, nor before its time by any', () => {
    const store = new Store();
    store.do({ type: 'leaseGrant', ttlMs: 100 });
    const early = { ...store.due(), leases: [{ lease: 1, renewals: 0 }] };
    expect(store.do(early)).toMatchObject({ revision: 1 });
    store.timeMs = 100;
    const seen = store.due();
    store.ballot = { round: 5, leader: 1 };
    expect(store.do(seen)).toMatchObject({ revision: 1 });
    expect(store.do(store.due())).toMatchObject({ revision: 2 });
  });

  it('that is revoked deletes its keys, and tells them as deleted', () => {
    const store = new Store();
    store.do({ type: 'leaseGrant', ttlMs: 100 });
    store.put('a', { type: 'lease', lease: 1 });
    expect(store.do({ type: 'leaseRevoke', lease: 1 })).toMatchObject({ deleted: 1 });
    expect(store.writes.some(({ isExpired }) => isExpired)).toBe(false);
    expect(store.put('a', { type: 'lease', lease: 1 })).toMatchObject({ type: 'leaseGone' });
    expect(store.keys).toEqual([]);
  });

  it('with more keys than one command may change ends in several, and is dead from the first on', () => {
    const store = new Store();
    store.do({ type: 'leaseGrant', ttlMs: 100 });
    for (const key of ['a', 'b', 'c', 'd', 'e']) store.put(key, { type: 'lease', lease: 1 });
    expect(store.do({ type: 'leaseRevoke', lease: 1 })).toMatchObject({ deleted: CHANGED_KEYS });
    expect(store.do({ type: 'leaseRenew', lease: 1 })).toMatchObject({ type: 'leaseGone' });
    store.checkRecords();
    expect(store.do(store.due())).toMatchObject({ deleted: 2 });
    expect(store.writes.some(({ isExpired }) => isExpired)).toBe(false);
    store.checkRecords();
    expect(store.keys).toEqual([]);
  });

  it('lets go of a key that is put again without it', () => {
    const store = new Store();
    store.do({ type: 'leaseGrant', ttlMs: 100 });
    store.put('a', { type: 'lease', lease: 1 });
    store.put('a');
    store.timeMs = 100;
    store.do(store.due());
    expect(store.keys).toEqual(['a']);
  });

  it('is refused where there are as many as may be', () => {
    const store = new Store();
    for (let left = LEASES.leases; left > 0; left -= 1) store.do({ type: 'leaseGrant', ttlMs: 9 });
    expect(store.do({ type: 'leaseGrant', ttlMs: 9 })).toMatchObject({ type: 'tooManyLeases' });
  });
});

describe('a key with a time of its own', () => {
  it('expires, unless it was put again since', () => {
    const store = new Store();
    store.put('a', { type: 'ttl', ttlMs: 50 });
    store.put('b', { type: 'ttl', ttlMs: 50 });
    store.timeMs = 50;
    const seen = store.due();
    store.put('b', { type: 'ttl', ttlMs: 50 });
    expect(store.do(seen)).toMatchObject({ deleted: 1 });
    expect(store.keys).toEqual(['b']);
  });

  it('keeps its time when a number is added to it', () => {
    const store = new Store();
    store.do({ type: 'increment', key: 'n', by: 1 });
    const put = { type: 'put', key: 'n', value: Uint8Array.of(0x31), contentType: '' } as const;
    store.do({ ...put, prev: false, lifetime: { type: 'ttl', ttlMs: 50 } });
    store.do({ type: 'increment', key: 'n', by: 1 });
    expect(store.items.get('n')?.lifetime).toEqual({ type: 'until', untilMs: 50 });
    store.checkRecords();
  });
});

describe('a lock', () => {
  const acquire = { type: 'lockAcquire', name: 'l', ttlMs: 100 } as const;

  it("is one holder's, and its fence is higher each time", () => {
    const store = new Store();
    const first = store.do({ ...acquire, waitMs: 0 });
    expect(first).toMatchObject({ type: 'lockHeld', fence: 1 });
    store.timeMs = 40;
    expect(store.do({ ...acquire, waitMs: 0 })).toMatchObject({ type: 'lockBusy', freeInMs: 60 });
    expect(store.do({ type: 'lockRelease', name: 'l' }, FENCE('l', 1))).toMatchObject({
      type: 'leaseRevoked',
    });
    expect(store.do({ ...acquire, waitMs: 0 })).toMatchObject({ type: 'lockHeld', fence: 3 });
  });

  it('goes to those who wait, in their order, but to none whose time is over', () => {
    const store = new Store();
    store.do({ ...acquire, waitMs: 0 });
    store.do({ ...acquire, waitMs: 10 });
    const patient = { ...acquire, waitMs: 1000 };
    expect(store.do(patient)).toMatchObject({ type: 'lockQueued', waiter: store.id });
    const second = store.id;
    store.timeMs = 100;
    store.do(store.due());
    const leave = { type: 'lockLeave', name: 'l', waiter: second, givesBack: false } as const;
    expect(store.do(leave)).toMatchObject({ type: 'lockHeld', fence: store.revision });
    expect(store.do({ ...leave, givesBack: true })).toMatchObject({ type: 'lockLeft' });
    expect(store.do({ ...acquire, waitMs: 0 })).toMatchObject({ type: 'lockHeld' });
  });

  it('is left by who waits no longer', () => {
    const store = new Store();
    store.do({ ...acquire, waitMs: 0 });
    store.do({ ...acquire, waitMs: 1000 });
    const waiter = store.id;
    store.do({ type: 'lockLeave', name: 'l', waiter, givesBack: false });
    store.do({ type: 'lockRelease', name: 'l' }, FENCE('l', 1));
    expect(store.do({ ...acquire, waitMs: 0 })).toMatchObject({ type: 'lockHeld' });
  });

  it('lets no write through under a fence that is not its own', () => {
    const store = new Store();
    store.do({ ...acquire, waitMs: 0 });
    expect(store.put('a', undefined, FENCE('l', 1))).toMatchObject({ type: 'put' });
    const never = store.put('a', undefined, FENCE('l', 9));
    expect(never).toMatchObject({ type: 'staleFence', current: 1 });
    store.timeMs = 100;
    store.do(store.due());
    const late = store.put('a', undefined, FENCE('l', 1));
    expect(late).toEqual({ type: 'staleFence', revision: store.revision });
  });

  it('has a queue with an end', () => {
    const store = new Store();
    store.do({ ...acquire, waitMs: 0 });
    const wait = { ...acquire, waitMs: 50 };
    expect(store.do(wait).type).toBe('lockQueued');
    expect(store.do(wait).type).toBe('lockQueued');
    expect(store.do(wait).type).toBe('tooManyWaiters');
    store.timeMs = 60;
    expect(store.do(wait).type).toBe('lockQueued');
  });
});

type Step =
  | { readonly step: 'passes'; readonly ms: number }
  | { readonly step: 'leads' }
  | { readonly step: 'expires'; readonly isStale: boolean }
  | { readonly step: 'does'; readonly operation: Operation; readonly isFenced: boolean }
  | { readonly step: 'leaves'; readonly ago: number; readonly givesBack: boolean };

const key = fc.constantFrom('a', 'ab', 'b', 'c', 'd');
const lease = fc.integer({ min: 1, max: 6 });
const ttlMs = fc.constantFrom(5, 20, 60);
const wish = fc.oneof(
  fc.record({ type: fc.constant('lease' as const), lease }),
  fc.record({ type: fc.constant('ttl' as const), ttlMs }),
);
const name = fc.constantFrom('l', 'm');
const put = {
  type: fc.constant('put' as const),
  key,
  value: fc.constantFrom(Uint8Array.of(0x31), Uint8Array.of(0x78)),
  contentType: fc.constant(''),
  lifetime: fc.option(wish, { nil: undefined }),
};
const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  { arbitrary: fc.record({ ...put, prev: fc.constant(false) }), weight: 5 },
  { arbitrary: fc.record({ type: fc.constant('leaseGrant' as const), ttlMs }), weight: 3 },
  fc.record({ type: fc.constantFrom('leaseRenew' as const, 'leaseRevoke' as const), lease }),
  {
    arbitrary: fc.record({
      type: fc.constant('lockAcquire' as const),
      name,
      ttlMs,
      waitMs: fc.constantFrom(0, 10, 100),
    }),
    weight: 3,
  },
  fc.record({ type: fc.constantFrom('lockRenew' as const, 'lockRelease' as const), name }),
  fc.record({ type: fc.constant('increment' as const), key, by: fc.constant(1) }),
  fc.record({ type: fc.constant('delete' as const), key, prev: fc.constant(false) }),
  fc.record({ type: fc.constant('deleteRange' as const), prefix: fc.constantFrom('', 'a', 'c') }),
  fc.record({
    type: fc.constant('transaction' as const),
    guards: fc.constant([]),
    whenMet: fc.uniqueArray(fc.record(put), { maxLength: 3, selector: (one) => one.key }),
  }),
);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({
      step: fc.constant('does' as const),
      operation: anyOperation,
      isFenced: fc.boolean(),
    }),
    weight: 8,
  },
  fc.record({ step: fc.constant('passes' as const), ms: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ step: fc.constant('expires' as const), isStale: fc.boolean() }),
  fc.record({ step: fc.constant('leads' as const) }),
  fc.record({
    step: fc.constant('leaves' as const),
    ago: fc.integer({ min: 1, max: 5 }),
    givesBack: fc.boolean(),
  }),
);

describe('any run of operations', () => {
  it('gives the answers and leaves the store that a plain model has', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60, size: 'max' }), (steps) => {
        const [store, model] = [new Store(), new StoreModel(CHANGED_KEYS, LEASES)];
        const fences = new Map<string, number>();
        const ids: string[] = [];
        let due = store.due();
        const both = (operation: Operation, fence?: Fence): void => {
          const answer = store.do(operation, fence);
          ids.push(store.id);
          seen.add(answer.type);
          const isStale = fence !== undefined && model.leases.fenceOf(fence.name) !== fence.fence;
          if (isStale) return assert.equal(answer.type, 'staleFence');
          const { ballot, id, timeMs } = store;
          const meant = model.apply(operation, { ballot, id, timeMs });
          assert.deepEqual(answer, meant.answer);
          if (answer.type === 'lockHeld' && operation.type === 'lockAcquire') {
            fences.set(operation.name, answer.fence);
          }
          const expired = store.writes.flatMap((one) => (one.isExpired === true ? [one.key] : []));
          const meantExpired = meant.writes.flatMap((one) =>
            one.isExpired === true ? [one.key] : [],
          );
          assert.deepEqual(expired.toSorted(), meantExpired.toSorted());
        };
        for (const step of steps) {
          if (step.step === 'passes') store.timeMs += step.ms;
          else if (step.step === 'leads') {
            store.ballot = { round: store.ballot.round + 1, leader: 1 };
          } else if (step.step === 'expires') {
            if (!step.isStale) due = store.due();
            if (due.keys.length < CHANGED_KEYS) both(due);
          } else if (step.step === 'leaves') {
            const waiter = ids.at(-step.ago) ?? '0'.repeat(32);
            both({ type: 'lockLeave', name: 'l', waiter, givesBack: step.givesBack });
          } else {
            const { operation } = step;
            const own = 'name' in operation ? operation.name : 'l';
            const isLocks = operation.type === 'lockRenew' || operation.type === 'lockRelease';
            const fence = { name: own, fence: fences.get(own) ?? 7 };
            if (isLocks || step.isFenced) both(operation, fence);
            else both(operation);
          }
          const items = store.keys.map((one) => [one, store.items.get(one)]);
          const keys = model.keysAt(model.revision, '', undefined);
          assert.deepEqual(
            items,
            keys.map((one) => [one, model.itemAt(one, model.revision)]),
          );
          store.checkRecords();
        }
      }),
      { numRuns: 500 },
    );
    for (const type of ['expired', 'leaseRevoked', 'leaseRenewed', 'lockQueued', 'lockBusy'])
      expect(seen).toContain(type);
    for (const type of ['leaseGone', 'tooManyWaiters', 'tooManyLeases', 'staleFence', 'lockLeft'])
      expect(seen).toContain(type);
  });
});
