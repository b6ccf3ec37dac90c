/** How long, and from where, the log is kept for a peer that gets the state. */
import { beforeEach, describe, expect, test } from 'vitest';
import { LogHolds } from '../../src/replica/log-holds.ts';

const IDLE_MS = 100;
const PEER = 2;
const OTHER = 3;

let holds: LogHolds;
let peersChosenUpTo: Map<number, number>;
let appliedUpTo: number;

beforeEach(() => {
  holds = new LogHolds(IDLE_MS);
  peersChosenUpTo = new Map();
  appliedUpTo = 1_000;
});

function core() {
  return { learner: { appliedUpTo, peersChosenUpTo }, limits: { openSlots: 10 } };
}

function sent(to: number, stateSlot: number, nowMs: number): void {
  holds.sent(core(), to, stateSlot, nowMs);
}

function lowest(nowMs: number): number | undefined {
  return holds.lowest(core(), nowMs);
}

describe('a hold', () => {
  test('is at the slot of the state, also where that is the last one', () => {
    expect(lowest(0)).toBeUndefined();
    sent(PEER, 500, 0);
    expect(lowest(0)).toBe(500);
    sent(OTHER, 1_000, 0);
    sent(PEER, 1_000, 1);
    expect(lowest(1)).toBe(1_000);
  });

  test('is the lowest of several', () => {
    sent(PEER, 500, 0);
    sent(OTHER, 400, 0);
    expect(lowest(0)).toBe(400);
  });

  test('goes on with its peer, once that stands on the state, and ends when it has caught up', () => {
    sent(PEER, 500, 0);
    peersChosenUpTo.set(PEER, 70);
    expect(lowest(50)).toBe(500);
    peersChosenUpTo.set(PEER, 700);
    expect(lowest(90)).toBe(700);
    // It got on at 90.
    expect(lowest(189)).toBe(700);
    appliedUpTo = 2_000;
    peersChosenUpTo.set(PEER, 1_989);
    expect(lowest(190)).toBe(1_989);
    peersChosenUpTo.set(PEER, 1_990);
    expect(lowest(191)).toBeUndefined();
    appliedUpTo = 9_000;
    expect(lowest(192)).toBeUndefined();
  });

  test('ends where its peer does not get on', () => {
    sent(PEER, 500, 0);
    expect(lowest(99)).toBe(500);
    expect(lowest(100)).toBeUndefined();
    expect(lowest(101)).toBeUndefined();
  });

  test('waits as long as the transfer took: that much is read once more before it is used', () => {
    for (let nowMs = 0; nowMs <= 1_000; nowMs += 50) sent(PEER, 500, nowMs);
    expect(lowest(1_999)).toBe(500);
    expect(lowest(2_000)).toBeUndefined();
  });

  test('waits no longer than that for a peer that stands on the state, however long it took', () => {
    for (let nowMs = 0; nowMs <= 1_000; nowMs += 50) sent(PEER, 500, nowMs);
    peersChosenUpTo.set(PEER, 600);
    expect(lowest(1_000)).toBe(600);
    expect(lowest(1_099)).toBe(600);
    expect(lowest(1_100)).toBeUndefined();
  });

  test('takes what its peer had before it lost its state for no progress', () => {
    peersChosenUpTo.set(PEER, 1_000);
    sent(PEER, 995, 0);
    expect(lowest(0)).toBe(995);
    peersChosenUpTo.set(PEER, 1_001);
    appliedUpTo = 3_000;
    expect(lowest(1)).toBe(1_001);
  });

  test('is at a later state where its peer begins anew', () => {
    sent(PEER, 500, 0);
    sent(PEER, 800, 10);
    expect(lowest(10)).toBe(800);
  });
});
