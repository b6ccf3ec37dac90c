/** When the state is written: never ahead of the durable log, in large batches, one at a time. */
import { expect, test } from 'vitest';
import { DEFAULT_LEASE_LIMITS } from '../../src/kv/lease.ts';
import { DEFAULT_ONCE_LIMITS } from '../../src/kv/once.ts';
import { Applier } from '../../src/replica/applier.ts';
import { Flusher } from '../../src/replica/flusher.ts';
import { LoopBench } from './loop-bench.ts';

const LIMITS = { flushBytes: 1_000, flushMs: 100 };
const BALLOT = { round: 1, leader: 1 };
const CHOSEN = {
  epoch: 1,
  slot: 1,
  ballot: BALLOT,
  command: { type: 'noop', timeMs: 0, ballot: BALLOT },
} as const;

class Bench extends LoopBench {
  nowMs = 0;
  readonly store = {
    appliedUpTo: 0,
    durablyApplied: 0,
    pendingBytes: 0,
    flushing: false,
    flush: (done: (error: Error | undefined) => void): void => {
      this.flushes += 1;
      this.store.flushing = true;
      this.endFlush = (error) => {
        this.store.flushing = false;
        if (error === undefined) this.store.durablyApplied = this.store.appliedUpTo;
        done(error);
      };
    },
  };
  flushes = 0;
  endFlush: (error?: Error) => void = () => undefined;
  readonly flusher: Flusher;

  constructor() {
    super();
    const applier = new Applier({
      store: {
        revision: 0,
        timeMs: 0,
        ballot: { round: 1, leader: 1 },
        pendingBytes: 0,
        item: () => undefined,
        keys: () => undefined,
        apply: () => undefined,
      },
      limits: {
        applyCommands: 1,
        applyKeys: 1,
        changedKeys: 1,
        unflushedBytes: 1,
        once: DEFAULT_ONCE_LIMITS,
        leases: DEFAULT_LEASE_LIMITS,
      },
      defer: () => undefined,
      onAnswer: () => undefined,
      onApplied: () => undefined,
      onFailed: () => undefined,
      watchDisk: () => () => undefined,
    });
    const clock = { nowMs: (): number => this.nowMs };
    const { loop, store } = this;
    this.flusher = new Flusher({ loop, store, applier, limits: LIMITS, clock });
  }

  /** Slot 1 is applied; its record is on its way to the disk. */
  apply(): void {
    this.input({ type: 'fetched', from: 2, proposals: [CHOSEN] });
    this.store.appliedUpTo = 1;
  }
}

test('the state never gets ahead of the durable log', () => {
  const bench = new Bench();
  bench.apply();
  bench.nowMs = 1_000;
  bench.flusher.run();
  expect(bench.flushes).toBe(0);
  bench.endDiskWork();
  bench.flusher.run();
  expect(bench.flushes).toBe(1);
});

test('nor at the end: then it is left to the next life', () => {
  const bench = new Bench();
  bench.apply();
  let isDone = false;
  bench.flusher.last(() => {
    isDone = true;
  });
  expect([isDone, bench.flushes]).toEqual([true, 0]);
});

test('it waits for enough bytes or enough time, and one flush is under way', () => {
  const bench = new Bench();
  bench.apply();
  bench.endDiskWork();
  bench.nowMs = 99;
  bench.flusher.run();
  expect(bench.flushes).toBe(0);
  bench.store.pendingBytes = 1_000;
  bench.flusher.run();
  bench.nowMs = 500;
  bench.flusher.run();
  expect(bench.flushes).toBe(1);
  bench.endFlush();
  bench.flusher.run();
  expect(bench.flushes).toBe(1);
});

test('a flush that fails stops the loop', () => {
  const bench = new Bench();
  bench.apply();
  bench.endDiskWork();
  bench.nowMs = 500;
  bench.flusher.run();
  expect(() => bench.endFlush(new Error('no disk'))).toThrow('no disk');
  expect(bench.loop.isStopped).toBe(true);
});

test('so does the last one: a failed write is no graceful end', () => {
  const bench = new Bench();
  bench.apply();
  bench.endDiskWork();
  bench.flusher.last(() => undefined);
  expect(() => bench.endFlush(new Error('no disk'))).toThrow('no disk');
  expect(bench.loop.isStopped).toBe(true);
});
