/** What every database must do. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database, DatabaseWrite } from '../../src/storage/database.ts';
import { clear, scan, write } from './calls.ts';
import type { Disk } from './disks.ts';
import { bytes, textOf } from './records.ts';
import { seededRandom } from './random.ts';

export function testDatabase(makeDisk: () => Disk): void {
  describe('the database', () => {
    let disk: Disk;
    let database: Database;

    beforeEach(async () => {
      disk = makeDisk();
      database = await disk.open();
    });
    afterEach(() => disk.close());

    it('reads what was written, in the order of the bytes', async () => {
      const order = ['', '\0', '\0\0', '\x7f', '\x80', '\xff', '\xff\xff'].map((end) => `k${end}`);
      const shuffled = [3, 6, 0, 5, 1, 4, 2].map((at) => order[at] ?? '');
      await write(
        database,
        shuffled.map((key) => ({ key: bytes(key), value: bytes(`v${key}`) })),
      );
      const all = { gte: bytes('k'), lt: bytes('l'), limit: 100 };
      const { entries, more } = await scan(database, all);
      expect(entries.map(([key]) => textOf(key))).toEqual(order);
      expect(more).toBe(false);
      const reversed = await scan(database, { ...all, reverse: true, limit: 2 });
      expect(reversed.entries.map(([key]) => textOf(key))).toEqual(order.toReversed().slice(0, 2));
      expect(reversed.more).toBe(true);
      expect(textOf(database.get(bytes('k\x80')))).toBe('vk\x80');
      expect(database.get(bytes('nothing'))).toBeUndefined();
    });

    it('ends a scan at its bytes, after at least one entry', async () => {
      const value = bytes('x'.repeat(1000));
      const entries = Array.from({ length: 10 }, (_, i) => ({ key: bytes(`k${i}`), value }));
      await write(database, entries);
      const range = { gte: bytes('k'), lt: bytes('l'), limit: 100 };
      const one = await scan(database, { ...range, maxBytes: 1 });
      expect([one.entries.length, one.more]).toEqual([1, true]);
      const some = await scan(database, { ...range, maxBytes: 2500 });
      expect([some.entries.length, some.more]).toEqual([3, true]);
    });

    it('scans the moment of the call, whatever is written meanwhile', async () => {
      await write(database, [{ key: bytes('a'), value: bytes('1') }]);
      const range = { gte: bytes('a'), lt: bytes('z'), limit: 10 };
      const [{ entries }] = await Promise.all([
        scan(database, range),
        write(database, [{ key: bytes('a') }, { key: bytes('b'), value: bytes('2') }]),
      ]);
      expect(entries.map(([key]) => Buffer.from(key).toString())).toEqual(['a']);
      expect(database.get(bytes('a'))).toBeUndefined();
    });

    it('keeps synced writes through a power cut', async () => {
      for (let i = 0; i < 20; i += 1) {
        await write(database, [{ key: bytes(`k${i}`), value: bytes(`v${i}`) }]);
      }
      database = await disk.loseAndOpen(() => 0);
      for (let i = 0; i < 20; i += 1) expect(textOf(database.get(bytes(`k${i}`)))).toBe(`v${i}`);
    });

    it('is the same as a plain map under random writes, scans and power cuts', async () => {
      for (let seed = 1; seed <= 5; seed += 1) {
        const random = seededRandom(seed);
        const key = (): string => `k${String.fromCharCode(Math.floor(random() * 256))}`;
        const model = new Map<string, string>();
        for (let steps = 0; steps < 150; steps += 1) {
          const changes = Array.from({ length: Math.floor(random() * 5) }, () => {
            const value = random() < 0.3 ? undefined : String(random()).repeat(40);
            return [key(), value] as const;
          });
          await write(database, changes.map(writeOf));
          for (const [changed, value] of changes) {
            if (value === undefined) model.delete(changed);
            else model.set(changed, value);
          }
          if (random() < 0.03) database = await disk.loseAndOpen(random);
          const [from, to] = [key(), key()].toSorted();
          const reverse = random() < 0.5;
          const limit = 1 + Math.floor(random() * 20);
          const range = { gte: bytes(from ?? ''), lt: bytes(to ?? ''), limit, reverse };
          const { entries } = await scan(database, range);
          const order = [...model.keys()]
            .toSorted()
            .filter((k) => k >= (from ?? '') && k < (to ?? ''));
          const expected = (reverse ? order.toReversed() : order).slice(0, limit);
          expect(entries.map(([k, v]) => [textOf(k), textOf(v)])).toEqual(
            expected.map((k) => [k, model.get(k)]),
          );
          const one = key();
          expect(textOf(database.get(bytes(one)))).toBe(model.get(one));
        }
        await write(
          database,
          [...model.keys()].map((k) => ({ key: bytes(k) })),
        );
      }
    });

    it('clears a range, and no key beside it', async () => {
      const all = ['a', 'b', 'c', 'd'].map((key) => ({ key: bytes(key), value: bytes(key) }));
      await write(database, all);
      await clear(database, { gte: bytes('b'), lt: bytes('d') });
      const { entries } = await scan(database, { gte: bytes('a'), lt: bytes('z'), limit: 10 });
      expect(entries.map(([key]) => textOf(key))).toEqual(['a', 'd']);
    });

    it('shows in a view what was there when it was opened', async () => {
      await write(database, [{ key: bytes('a'), value: bytes('1') }, { key: bytes('b') }]);
      const view = database.openView();
      await write(database, [{ key: bytes('a') }, { key: bytes('b'), value: bytes('2') }]);
      expect(textOf(view.get(bytes('a')))).toBe('1');
      expect(view.get(bytes('b'))).toBeUndefined();
      const { entries } = await scan(view, { gte: bytes('a'), lt: bytes('z'), limit: 10 });
      expect(entries.map(([key, value]) => [textOf(key), textOf(value)])).toEqual([['a', '1']]);
      view.close();
      expect(database.get(bytes('a'))).toBeUndefined();
    });

    it('can lose writes that were not synced', async () => {
      await write(database, [{ key: bytes('kept'), value: bytes('1') }]);
      await write(database, [{ key: bytes('lost'), value: bytes('1') }], false);
      database = await disk.loseAndOpen(() => 0);
      expect(textOf(database.get(bytes('kept')))).toBe('1');
      expect(database.get(bytes('lost'))).toBeUndefined();
    });
  });
}

function writeOf([key, value]: readonly [string, string | undefined]): DatabaseWrite {
  return value === undefined ? { key: bytes(key) } : { key: bytes(key), value: bytes(value) };
}
