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

  it('flips one bit of what is durable, for all to see, and after a crash too', () => {
    const database = new MemoryDatabase({ schedule: atOnce });
    expect(database.flipBit(() => 0)).toBeUndefined();
    database.write(keyed('a', 'A'), sync, ignore);
    database.write(keyed('b', 'B'), sync, ignore);
    const draws = [1, 6];
    expect(textOf(database.flipBit(() => draws.shift() ?? 0))).toBe('b');
    const seen = () => ['a', 'b'].map((key) => textOf(database.get(bytes(key))));
    expect(seen()).toEqual(['A', '\u0002']);
    database.crash();
    expect(seen()).toEqual(['A', '\u0002']);
  });

  it('flips nothing in a value that is being written anew', () => {
    const database = new MemoryDatabase({ schedule: atOnce });
    database.write(keyed('a', 'A'), sync, ignore);
    database.write(keyed('a', 'new'), { sync: false }, ignore);
    database.flipBit(() => 0);
    expect(textOf(database.get(bytes('a')))).toBe('new');
    database.crash();
    expect(textOf(database.get(bytes('a')))).toBe('@');
  });

  it('makes a record that the log refuses by name, never one that is not there', async () => {
    const database = new MemoryDatabase();
    const { log } = await openLog(database, IDENTITY);
    await append(log, { records: [accepted(1)], chosenUpTo: 0 });
    let refused = 0;
    for (let bit = 0; bit < 64; bit += 1) {
      const copy = new MemoryDatabase();
      copy.replace(database.durableCopy());
      copy.flipBit((below) => bit % below);
      await openLog(copy, IDENTITY).then(ignore, (error: unknown) => {
        expect(String(error)).toMatch(/DamagedRecordError|BrokenChainError/);
        refused += 1;
      });
    }
    expect(refused).toBe(64);
  });

  it('is replaced by an older copy, or by an empty disk', () => {
    const waiting: (() => void)[] = [];
    const database = new MemoryDatabase({ schedule: (complete) => waiting.push(complete) });
    const completeAll = () => waiting.splice(0).forEach((complete) => complete());
    database.write(keyed('a', '1'), sync, ignore);
    completeAll();
    const copy = database.durableCopy();
    database.write(keyed('a', '2'), sync, ignore);
    completeAll();
    let late = 0;
    database.write(keyed('a', '3'), sync, () => (late += 1));
    database.replace(copy);
    completeAll();
    expect([textOf(database.get(bytes('a'))), late]).toEqual(['1', 0]);
    database.replace();
    expect(database.get(bytes('a'))).toBeUndefined();
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
