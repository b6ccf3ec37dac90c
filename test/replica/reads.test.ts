/** Reads that wait for an index, then for the store: each settled exactly once. */
import { describe, expect, test } from 'vitest';
import type { ReadGrant } from '../../src/replica/api.ts';
import { type ReadRequest, Reads } from '../../src/replica/reads.ts';

class Bench {
  readonly position = { appliedUpTo: 0, revision: 0 };
  readonly asked: number[] = [];
  readonly reads: Reads;

  constructor(maxReads = 100) {
    const { position } = this;
    const ask = (nonce: number): unknown => this.asked.push(nonce);
    this.reads = new Reads({ ask, position, firstNonce: 1_000, maxReads });
  }

  add(options: Partial<ReadRequest> = {}): ReadGrant[] {
    const { grants, request } = waiter(options);
    this.reads.add(request);
    return grants;
  }

  addLocal(options: Partial<ReadRequest> = {}): ReadGrant[] {
    const { grants, request } = waiter(options);
    this.reads.addLocal(request);
    return grants;
  }

  get nonce(): number {
    return this.asked.at(-1) ?? 0;
  }
}

function waiter(options: Partial<ReadRequest>): { grants: ReadGrant[]; request: ReadRequest } {
  const grants: ReadGrant[] = [];
  const settle = (grant: ReadGrant): unknown => grants.push(grant);
  const level = 'linearizable';
  return { grants, request: { level, minRevision: 0, deadlineAtMs: 1_000, settle, ...options } };
}

describe('a read', () => {
  test('waits for an index, then until that is applied', () => {
    const bench = new Bench();
    const grants = bench.add();
    bench.reads.startRound(0);
    bench.reads.applied();
    expect(grants).toEqual([]);
    bench.reads.indexed(bench.nonce, 5);
    expect(grants).toEqual([]);
    Object.assign(bench.position, { appliedUpTo: 5, revision: 3 });
    bench.reads.applied();
    expect(grants).toMatchObject([{ type: 'granted', readIndex: 5, revision: 3, stalenessMs: 0 }]);
    bench.reads.applied();
    bench.reads.refuseAll('closing');
    expect(grants).toHaveLength(1);
  });

  test('that arrives while a round is under way waits for the next', () => {
    const bench = new Bench();
    const first = bench.add();
    bench.reads.startRound(0);
    const { nonce } = bench;
    const second = bench.add();
    bench.reads.startRound(0);
    expect(bench.asked).toHaveLength(1);
    bench.reads.indexed(nonce, 0);
    expect([first.length, second.length]).toEqual([1, 0]);
    bench.reads.startRound(0);
    expect(bench.nonce).not.toBe(nonce);
    bench.reads.indexed(bench.nonce, 0);
    expect(second).toHaveLength(1);
  });

  test('an answer to an earlier nonce, late or repeated, confirms nothing (M51)', () => {
    const bench = new Bench();
    const grants = bench.add();
    bench.reads.startRound(0);
    const early = bench.nonce;
    bench.reads.retry(149, 150);
    bench.reads.startRound(149);
    expect(bench.asked).toHaveLength(1);
    bench.reads.retry(150, 150);
    bench.reads.startRound(150);
    expect(new Set(bench.asked).size).toBe(2);
    bench.reads.indexed(early, 0);
    bench.reads.refused(early);
    expect(grants).toEqual([]);
    bench.reads.indexed(bench.nonce, 0);
    expect(grants).toHaveLength(1);
  });

  test('is granted in the end where each answer takes longer than a retry', () => {
    const bench = new Bench();
    const grants = bench.add();
    const dueAt = new Map<number, number>();
    for (let nowMs = 0; nowMs < 5_000; nowMs += 1) {
      bench.reads.retry(nowMs, 150);
      bench.reads.startRound(nowMs);
      if (bench.nonce > 0 && !dueAt.has(bench.nonce)) dueAt.set(bench.nonce, nowMs + 1_000);
      for (const [nonce, at] of dueAt) if (at === nowMs) bench.reads.indexed(nonce, 0);
    }
    expect(grants).toHaveLength(1);
  });

  test('is asked for again after a refusal, with a pause and another nonce', () => {
    const bench = new Bench();
    const grants = bench.add();
    for (let nowMs = 0; nowMs < 100; nowMs += 1) {
      bench.reads.startRound(nowMs);
      bench.reads.refused(bench.nonce);
    }
    expect(bench.asked).toHaveLength(5);
    expect(new Set(bench.asked).size).toBe(5);
    bench.reads.startRound(100);
    bench.reads.indexed(bench.nonce, 0);
    expect(grants).toHaveLength(1);
  });

  test('is refused at its deadline, wherever it waits', () => {
    const bench = new Bench();
    const inStore = bench.add();
    bench.reads.startRound(0);
    bench.reads.indexed(bench.nonce, 9);
    const inRound = bench.add();
    bench.reads.startRound(0);
    const arrived = bench.add();
    bench.reads.expire(999);
    expect(bench.reads.size).toBe(3);
    bench.reads.expire(1_000);
    for (const grants of [inStore, inRound, arrived]) {
      expect(grants).toEqual([{ type: 'refused', reason: 'deadline' }]);
    }
    expect(bench.reads.size).toBe(0);
  });

  test('one too many is refused, and the others go on', () => {
    const bench = new Bench(1);
    const first = bench.add();
    expect(bench.add()).toEqual([{ type: 'refused', reason: 'overloaded' }]);
    expect(first).toEqual([]);
  });

  test('with a minimal revision waits for that too', () => {
    const bench = new Bench();
    const grants = bench.add({ minRevision: 4 });
    bench.reads.startRound(0);
    bench.reads.indexed(bench.nonce, 0);
    expect(grants).toEqual([]);
    bench.position.revision = 4;
    bench.reads.applied();
    expect(grants).toHaveLength(1);
  });
});

describe('a local read', () => {
  test('asks nobody; it waits only for its minimal revision', () => {
    const bench = new Bench();
    expect(bench.addLocal()).toHaveLength(1);
    const later = bench.addLocal({ minRevision: 2 });
    bench.reads.startRound(0);
    expect(bench.asked).toEqual([]);
    expect(later).toEqual([]);
    bench.position.revision = 2;
    bench.reads.applied();
    expect(later).toHaveLength(1);
  });
});
