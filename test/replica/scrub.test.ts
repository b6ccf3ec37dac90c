/** How often the state on the disk is read through, and what that finds. */
import { expect, test } from 'vitest';
import { Scrub } from '../../src/replica/scrub.ts';
import type { Entry } from '../../src/storage/database.ts';
import { EMPTY_META, writeMeta } from '../../src/storage/state-meta.ts';
import { currentKey, sealItem } from '../../src/storage/state-records.ts';
import { ContentSum } from '../../src/storage/content-sum.ts';

const LIMITS = { waitMs: 0, leastPauseMs: 60_000, mostPauseMs: 3_600_000, pieceBytes: 1 };
const IDENTITY = { clusterId: 'cluster', replicaId: 1, incarnation: 'first' };
const HOUR_MS = 3_600_000;
const TICK_MS = 10;

class Bench {
  nowMs = 0;
  /** When each pass began. */
  readonly began: number[] = [];
  readonly damages: string[] = [];
  records: readonly Entry[];
  readonly scrub: Scrub;
  readonly #pieceMs: number;
  #tick: () => void = () => undefined;

  /** A record is read within `pieceMs`. */
  constructor(records: readonly Entry[], pieceMs: number) {
    this.records = records;
    this.#pieceMs = pieceMs;
    this.scrub = new Scrub({
      store: { openView: () => this.#view() },
      clock: { nowMs: () => this.nowMs },
      scheduler: {
        every: (_, run) => {
          this.#tick = run;
          return () => undefined;
        },
        defer: (run) => run(),
      },
      tickMs: TICK_MS,
      limits: LIMITS,
      watchDisk: () => () => undefined,
      onServable: () => undefined,
      onWhole: () => undefined,
      onDamaged: ({ message }) => this.damages.push(message),
      onFatal: (error) => {
        throw error;
      },
    });
  }

  run(untilMs: number): void {
    for (; this.nowMs < untilMs; this.nowMs += TICK_MS) this.#tick();
  }

  #view() {
    this.began.push(this.nowMs);
    const entries = this.records;
    return {
      slot: 0,
      epoch: 1,
      revision: 0,
      read: (
        after: Uint8Array | undefined,
        _: number,
        done: (error: undefined, part: { entries: readonly Entry[]; more: boolean }) => void,
      ) => {
        this.nowMs += this.#pieceMs;
        const at = entries.findIndex(([key]) => key === after) + 1;
        done(undefined, { entries: entries.slice(at, at + 1), more: at + 1 < entries.length });
      },
      close: () => undefined,
    };
  }
}

function stateOf(keys: readonly string[]): readonly Entry[] {
  const sum = new ContentSum();
  const items = keys.map((name): Entry => {
    const key = currentKey(name);
    const value = sealItem(key, {
      value: Buffer.from(name),
      createRevision: 1,
      revision: 1,
      version: 1,
      contentType: 'text/plain',
    });
    sum.add(key, value);
    return [key, value];
  });
  const meta = writeMeta(IDENTITY, { ...EMPTY_META, contentSum: sum.hex });
  return [...items, [meta.key, meta.value ?? Buffer.alloc(0)]];
}

// A record in each tick: the pass itself takes two of them.
test('a small state is read through each minute', () => {
  const bench = new Bench(stateOf(['a', 'b']), 0);
  bench.run(200_000);
  expect(bench.began).toEqual([0, 60_000, 120_020, 180_040]);
});

test('one that takes long is read for a hundredth of the time, but once in an hour', () => {
  const slow = new Bench(stateOf(['a', 'b']), 1_000);
  slow.run(700_000);
  // The first pass, before anything is served, takes 3 s.
  expect(slow.began.slice(0, 2)).toEqual([0, 300_000]);
  const slowest = new Bench(stateOf(['a', 'b']), 100_000);
  slowest.run(2.5 * HOUR_MS);
  expect(slowest.began.slice(0, 2)).toEqual([0, HOUR_MS + 300_000]);
});

test('a record that went missing is found by the next one', () => {
  const bench = new Bench(stateOf(['a', 'b']), 0);
  bench.run(59_000);
  bench.records = bench.records.slice(1);
  expect(bench.damages).toEqual([]);
  bench.run(62_000);
  expect(bench.damages).toEqual([expect.stringContaining('records are gone')]);
});
