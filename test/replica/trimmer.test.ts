/** When a log is cut: within its margins, or above what is damaged. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { DiskLevel } from '../../src/paxos/messages.ts';
import type { ReplicaEvent } from '../../src/replica/ports.ts';
import { Trimmer } from '../../src/replica/trimmer.ts';
import type { FloorWish } from '../../src/storage/floor-keeper.ts';
import type { FloorFound, TrimFloor } from '../../src/storage/trim-floor.ts';
import { LoopBench } from './loop-bench.ts';

const MARGINS = { slots: 100, bytes: 1e9, ageMs: 1e9, chainBytes: 1e6, heldBytes: 1e6 };

class Log {
  floor = 0;
  readonly wishes: FloorWish[] = [];
  readonly trimmed: TrimFloor[] = [];
  found: FloorFound | undefined;

  findFloor(wish: FloorWish, done: FloorFound): void {
    this.wishes.push(wish);
    this.found = done;
  }

  trim(floor: TrimFloor): void {
    this.trimmed.push(floor);
  }
}

const IDLE_MS = 100;

let log: Log;
let disk: { level: DiskLevel };
let events: ReplicaEvent[];

beforeEach(() => {
  log = new Log();
  disk = { level: 'ok' };
  events = [];
});

function trimmerOf(damagedUpTo = 0): Trimmer {
  return new Trimmer({
    loop: new LoopBench().loop,
    log,
    store: { durablyApplied: 0, base: 0 },
    limits: { trimMs: 10, logMargins: MARGINS, snapshots: { idleMs: IDLE_MS } },
    diskSpace: disk,
    recovered: { damagedUpTo },
    observe: (event) => events.push(event),
  });
}

describe('the trimmer', () => {
  test('keeps the margins, and looks once at a time', () => {
    const trimmer = trimmerOf();
    trimmer.tick(0);
    trimmer.tick(20);
    expect(log.wishes).toEqual([{ margins: MARGINS, heldFrom: Infinity, upTo: 0, base: 0 }]);
    log.found?.(undefined);
    trimmer.tick(25);
    expect(log.wishes).toHaveLength(2);
    trimmer.tick(30);
    expect(events).toEqual([]);
  });

  test('keeps nothing below what is damaged, until that is gone', () => {
    const trimmer = trimmerOf();
    trimmer.cutDamaged(7);
    trimmer.cutDamaged(5);
    expect(events).toEqual([{ type: 'cutDamaged', slot: 7 }]);
    trimmer.tick(0);
    const nothing = { slots: 0, bytes: 0, ageMs: 0, chainBytes: 0, heldBytes: 0 };
    expect(log.wishes.at(-1)?.margins).toEqual(nothing);
    log.found?.(undefined);
    log.floor = 7;
    trimmer.tick(10);
    expect(log.wishes.at(-1)?.margins).toEqual(MARGINS);
  });

  test('keeps what a peer needs that gets the state, while the disk has room', () => {
    const trimmer = trimmerOf();
    trimmer.hold(1, 40, 0);
    trimmer.tick(0);
    expect(log.wishes.at(-1)).toMatchObject({ margins: MARGINS, heldFrom: 40 });
    expect(events).toEqual([{ type: 'logHeld', slot: 40 }]);
    log.found?.(undefined);
    disk.level = 'low';
    trimmer.tick(10);
    expect(log.wishes.at(-1)?.heldFrom).toBe(Infinity);
    expect(events.at(-1)).toEqual({ type: 'logLetGo' });
    log.found?.(undefined);
    disk.level = 'ok';
    trimmer.tick(20);
    expect(log.wishes.at(-1)?.heldFrom).toBe(40);
    log.found?.(undefined);
    trimmer.tick(IDLE_MS);
    expect(log.wishes.at(-1)?.heldFrom).toBe(Infinity);
    expect(events).toHaveLength(4);
  });

  test('is told of what was damaged at the start', () => {
    trimmerOf(3);
    expect(events).toEqual([{ type: 'cutDamaged', slot: 3 }]);
  });
});
