/** Applying chosen slots: in order, each all at once, guards decided here, others get their turn. */
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/kv/answer.ts';
import type { Write } from '../../src/kv/apply.ts';
import { encodeBatch } from '../../src/kv/batch.ts';
import type { Item } from '../../src/kv/item.ts';
import { DEFAULT_LEASE_LIMITS } from '../../src/kv/lease.ts';
import { DEFAULT_ONCE_LIMITS } from '../../src/kv/once.ts';
import type { Key } from '../../src/kv/key.ts';
import { encodeCommand } from '../../src/kv/command-codec.ts';
import type { Operation } from '../../src/kv/operation.ts';
import { isInRange, type KeyRange } from '../../src/kv/prefix.ts';
import type { Command } from '../../src/paxos/command.ts';
import { Applier, type AppliedStore } from '../../src/replica/applier.ts';
import { put } from './calm-world.ts';

const LIMITS = {
  applyCommands: 256,
  applyKeys: 2_000,
  changedKeys: 3,
  unflushedBytes: 1_000,
  once: DEFAULT_ONCE_LIMITS,
  leases: DEFAULT_LEASE_LIMITS,
};

class MapStore implements AppliedStore {
  revision = 0;
  timeMs = 0;
  ballot = { round: 1, leader: 1 };
  pendingBytes = 0;
  readonly items = new Map<Key, Item>();
  readonly changes: Parameters<AppliedStore['apply']>[0][] = [];
  /** Scans that were begun, and how each ends. */
  readonly scans: (() => void)[] = [];

  item(key: Key): Item | undefined {
    return this.items.get(key);
  }

  keys(
    range: KeyRange & { readonly limit: number },
    done: (error: Error | undefined, keys: readonly Key[]) => void,
  ): void {
    const keys = [...this.items.keys()].filter((key) => isInRange(key, range)).toSorted();
    this.scans.push(() => done(undefined, keys.slice(0, range.limit)));
  }

  apply(change: Parameters<AppliedStore['apply']>[0]): void {
    this.changes.push(change);
    for (const { revision, writes } of change.revisions) {
      this.revision = revision;
      for (const write of writes) this.#write(write);
    }
  }

  #write({ key, item }: Write): void {
    if (item === undefined) this.items.delete(key);
    else this.items.set(key, item);
  }
}

/** An applier whose deferred work waits for the test. */
class Bench {
  readonly store = new MapStore();
  readonly deferred: (() => void)[] = [];
  readonly answers: { id: string; slot: number; answer: Answer }[] = [];
  readonly applied: number[] = [];
  /** How many waits for the disk are under way. */
  waits = 0;
  readonly applier: Applier;
  #ids = 0;

  constructor(limits: Partial<typeof LIMITS> = {}) {
    this.applier = new Applier({
      store: this.store,
      limits: { ...LIMITS, ...limits },
      defer: (resume) => this.deferred.push(resume),
      onAnswer: (id, slot, answer) => this.answers.push({ id, slot, answer }),
      onApplied: (slot) => this.applied.push(slot),
      onFailed: (error) => {
        throw error;
      },
      watchDisk: () => {
        this.waits += 1;
        return () => {
          this.waits -= 1;
        };
      },
    });
  }

  push(slot: number, ...operations: readonly Operation[]): void {
    const commands = operations.map((operation) => {
      this.#ids += 1;
      return encodeCommand({ id: this.#ids.toString(16).padStart(32, '0'), operation });
    });
    const command: Command = { type: 'batch', timeMs: slot, bytes: encodeBatch(commands) };
    this.applier.push(slot, command);
  }

  /** Lets everything happen that can. */
  settle(): void {
    this.applier.run();
    for (;;) {
      const next = this.store.scans.shift() ?? this.deferred.shift();
      if (next === undefined) return;
      next();
    }
  }

  get keys(): Key[] {
    return [...this.store.items.keys()].toSorted();
  }
}

function deleteRange(prefix: Key): Operation {
  return { type: 'deleteRange', prefix };
}

describe('slots', () => {
  test('are applied in order, each all at once, with one revision for each change', () => {
    const bench = new Bench();
    bench.push(1, put('a'), put('b'));
    bench.applier.push(2, { type: 'noop', timeMs: 2, ballot: { round: 4, leader: 1 } });
    bench.push(3, put('a'));
    bench.settle();
    expect(bench.applied).toEqual([1, 2, 3]);
    expect(bench.store.changes.map(({ slot }) => slot)).toEqual([1, 2, 3]);
    expect(bench.store.changes[0]?.revisions.map(({ revision }) => revision)).toEqual([1, 2]);
    expect(bench.store.changes[1]).toMatchObject({ ballot: { round: 4, leader: 1 } });
    expect(bench.store.revision).toBe(3);
  });

  test('an answer is given when its whole slot is applied', () => {
    const bench = new Bench({ applyCommands: 1 });
    bench.push(1, put('a'), put('b'));
    bench.applier.run();
    expect(bench.answers).toEqual([]);
    expect(bench.store.changes).toEqual([]);
    bench.settle();
    expect(bench.answers.map(({ slot }) => slot)).toEqual([1, 1]);
  });

  test('guards are decided at apply, and see what came before in the same slot', () => {
    const bench = new Bench();
    const once: Operation = {
      type: 'put',
      key: 'a',
      value: new Uint8Array(),
      contentType: 'text/plain',
      prev: false,
      condition: { ifNoneMatch: '*' },
    };
    bench.push(1, once, once);
    bench.settle();
    expect(bench.answers.map(({ answer }) => answer.type)).toEqual(['put', 'conditionFailed']);
    expect(bench.store.revision).toBe(1);
  });
});

describe('the loop gets its turn', () => {
  test('between commands, after so many of them', () => {
    const bench = new Bench({ applyCommands: 2 });
    bench.push(1, put('a'), put('b'), put('c'));
    bench.applier.run();
    expect(bench.deferred).toHaveLength(1);
    bench.applier.run();
    expect(bench.deferred).toHaveLength(1);
    bench.settle();
    expect(bench.keys).toEqual(['a', 'b', 'c']);
  });

  test('what was read from the disk is applied in a turn of the loop, not in between', () => {
    const bench = new Bench();
    bench.push(1, put('a'), deleteRange('a'));
    bench.applier.run();
    const [endScan] = bench.store.scans.splice(0);
    endScan?.();
    expect(bench.applied).toEqual([]);
    expect(bench.deferred).toHaveLength(1);
    bench.settle();
    expect(bench.applied).toEqual([1]);
  });

  test('no further slot is begun while it is held, or while too much is not written', () => {
    const bench = new Bench();
    bench.push(1, put('a'));
    bench.applier.hold(true);
    bench.settle();
    expect(bench.applied).toEqual([]);
    bench.applier.hold(false);
    bench.store.pendingBytes = LIMITS.unflushedBytes;
    bench.settle();
    expect(bench.applied).toEqual([]);
    bench.store.pendingBytes = 0;
    bench.settle();
    expect(bench.applied).toEqual([1]);
    expect(bench.applier.backlog).toBe(0);
  });
});

describe('a range', () => {
  test('is deleted as the slot has it by whenMet: merged with its own puts and deletes', () => {
    const bench = new Bench();
    bench.push(1, put('k1'), put('k2'), put('z'));
    bench.push(2, put('k3'), { type: 'delete', key: 'k1', prev: false }, deleteRange('k'));
    bench.settle();
    expect(bench.keys).toEqual(['z']);
    expect(bench.answers.at(-1)?.answer).toMatchObject({ type: 'deleted', deleted: 2 });
  });

  test('what was deleted in this slot does not hide what lies behind the limit', () => {
    const bench = new Bench({ changedKeys: 2 });
    bench.push(1, put('k1'), put('k2'), put('k3'), put('k4'));
    const gone = ['k1', 'k2'].map((key): Operation => ({ type: 'delete', key, prev: false }));
    bench.push(2, ...gone, deleteRange('k'));
    bench.settle();
    expect(bench.keys).toEqual([]);
  });

  test('of too many keys changes nothing', () => {
    const bench = new Bench({ changedKeys: 2 });
    bench.push(1, put('k1'), put('k2'), put('k3'), deleteRange('k'));
    bench.settle();
    expect(bench.keys).toEqual(['k1', 'k2', 'k3']);
    expect(bench.answers.at(-1)?.answer).toMatchObject({ type: 'tooManyKeys', max: 2 });
    expect(bench.store.revision).toBe(3);
  });

  test('of a transaction is read before it, and seen with what the transaction did so far', () => {
    const bench = new Bench();
    bench.push(1, put('a1'), put('k1'), put('k2'), put('k3'));
    const content = { value: new Uint8Array(), contentType: 'text/plain' };
    const list = { type: 'list', start: '', limit: 3, keysOnly: true } as const;
    const whenMet = [
      { type: 'put', key: 'k9', ...content },
      { type: 'delete', key: 'a1' },
      list,
      { type: 'deletePrefix', prefix: 'k2' },
      { ...list, start: 'k2' },
    ] as const;
    bench.push(2, { type: 'transaction', guards: [], whenMet });
    bench.settle();
    expect(bench.answers.at(-1)?.answer).toMatchObject({
      succeeded: true,
      results: [
        { type: 'put', key: 'k9' },
        { deleted: 1 },
        { items: [{ key: 'k1' }, { key: 'k2' }, { key: 'k3' }], more: true },
        { deleted: 1 },
        { items: [{ key: 'k3' }, { key: 'k9' }], more: false },
      ],
    });
    expect(bench.keys).toEqual(['k1', 'k3', 'k9']);
  });

  test('is read for no branch but the one that is taken', () => {
    const bench = new Bench();
    const there = { type: 'exists', key: 'a', operand: true } as const;
    const ranges = [{ type: 'deletePrefix', prefix: 'k' } as const];
    bench.push(1, { type: 'transaction', guards: [there], whenMet: ranges, otherwise: [] });
    bench.applier.run();
    expect(bench.store.scans).toHaveLength(0);
    expect(bench.answers.at(-1)?.answer).toMatchObject({ succeeded: false, results: [] });
  });

  test('nothing else is applied while it is being read', () => {
    const bench = new Bench();
    bench.push(1, deleteRange('k'));
    bench.push(2, put('k1'));
    bench.applier.run();
    bench.applier.run();
    expect(bench.store.scans).toHaveLength(1);
    expect(bench.applied).toEqual([]);
    bench.settle();
    expect(bench.keys).toEqual(['k1']);
  });
});

describe('a disk that hangs shows', () => {
  test('while a range is being read', () => {
    const bench = new Bench();
    bench.push(1, put('a'), deleteRange('a'));
    bench.applier.run();
    expect(bench.waits).toBe(1);
    bench.settle();
    expect(bench.waits).toBe(0);
    expect(bench.applied).toEqual([1]);
  });

  test('while the state must be written before more is applied', () => {
    const bench = new Bench();
    bench.store.pendingBytes = LIMITS.unflushedBytes;
    bench.applier.run();
    expect(bench.waits).toBe(0);
    bench.push(1, put('a'));
    bench.applier.run();
    bench.applier.run();
    expect(bench.waits).toBe(1);
    bench.store.pendingBytes = 0;
    bench.settle();
    expect(bench.waits).toBe(0);
    expect(bench.applied).toEqual([1]);
  });
});
