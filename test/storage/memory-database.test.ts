import { describe, expect, it } from 'vitest';
import { MemoryDatabase } from '../../src/storage/memory-database.ts';
import { append, openLog } from './calls.ts';
import { accepted, bytes, IDENTITY, textOf } from './records.ts';

const sync = { sync: true };

function keyed(key: string, value: string) {
  return [{ key: bytes(key), value: bytes(value) }];
}

function atOnce(complete: () => void): void {
  complete();
}

function ignore(): void {}

describe('the database in memory', () => {
  it('completes when its scheduler says so, and then only', () => {
    const waiting: (() => void)[] = [];
    const database = new MemoryDatabase({ schedule: (complete) => waiting.push(complete) });
    let done = 0;
    database.write(keyed('a', '1'), sync, () => (done += 1));
    expect([done, database.get(bytes('a'))]).toEqual([0, undefined]);
    for (const complete of waiting) complete();
    expect([done, textOf(database.get(bytes('a')))]).toEqual([1, '1']);
  });

  it('never completes after a crash, and keeps of what was under way what survives', () => {
    for (const survives of [true, false]) {
      const waiting: (() => void)[] = [];
      const database = new MemoryDatabase({ schedule: (complete) => waiting.push(complete) });
      let done = 0;
      database.write(keyed('a', '1'), sync, () => (done += 1));
      database.crash({ survives: ({ state }) => survives && state === 'underWay' });
      for (const complete of waiting) complete();
      expect(done).toBe(0);
      expect(textOf(database.get(bytes('a')))).toBe(survives ? '1' : undefined);
    }
  });

  it('can lose an unsynced write and keep the synced one after it', () => {
    const database = new MemoryDatabase({ schedule: atOnce });
    database.write(keyed('a', '1'), sync, ignore);
    database.write(keyed('a', '2'), { sync: false }, ignore);
    database.write(keyed('b', '3'), sync, ignore);
    expect(textOf(database.get(bytes('a')))).toBe('2');
    database.crash();
    expect(textOf(database.get(bytes('a')))).toBe('1');
    expect(textOf(database.get(bytes('b')))).toBe('3');
  });

  it('fails as it is told, and a failed write may yet be durable', () => {
    let error: Error | undefined;
    const database = new MemoryDatabase({ schedule: atOnce, fail: () => error });
    const seen: (Error | undefined)[] = [];
    error = new Error('EIO');
    database.write(keyed('a', '1'), sync, (failure) => seen.push(failure));
    expect(() => database.get(bytes('a'))).toThrow('EIO');
    database.scan({ gte: bytes(''), lt: bytes('z'), limit: 1 }, (failure) => seen.push(failure));
    expect(seen).toEqual([error, error]);
    error = undefined;
    expect(database.get(bytes('a'))).toBeUndefined();
    database.crash({ survives: ({ state }) => state === 'failed' });
    expect(textOf(database.get(bytes('a')))).toBe('1');
  });

  it('can lose a synced write that came after one that failed', () => {
    let error: Error | undefined;
    const database = new MemoryDatabase({ schedule: atOnce, fail: () => error });
    database.write(keyed('a', '1'), sync, ignore);
    error = new Error('EIO');
    database.write(keyed('a', '2'), sync, ignore);
    error = undefined;
    database.write(keyed('a', '2'), sync, ignore);
    expect(textOf(database.get(bytes('a')))).toBe('2');
    database.crash();
    expect(textOf(database.get(bytes('a')))).toBe('1');
  });

  it('lets no append follow one that failed', async () => {
    let error: Error | undefined;
    const database = new MemoryDatabase({ fail: () => error });
    const { log } = await openLog(database, IDENTITY);
    error = new Error('EIO');
    await expect(append(log, { records: [accepted(1)], chosenUpTo: 0 })).rejects.toThrow('EIO');
    error = undefined;
    const next = append(log, { records: [accepted(1)], chosenUpTo: 0 });
    await expect(next).rejects.toThrow('while the log is failed');
  });
});
