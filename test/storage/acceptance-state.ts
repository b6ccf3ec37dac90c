/** What the state must do on every database. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { currentKey, META_KEY } from '../../src/storage/state-records.ts';
import { flush, keys, openState, page, write } from './calls.ts';
import type { StateStore } from '../../src/storage/state-store.ts';
import type { Disk } from './disks.ts';
import { ballot, IDENTITY, put, textOf } from './records.ts';
import { seededRandom } from './random.ts';
import { DamagedRecordError } from '../../src/storage/storage-error.ts';

/** Three slots, to be applied one after the other. */
function changesOf(store: StateStore): (() => void)[] {
  return [
    () => store.apply({ slot: 1, timeMs: 10, ballot, revisions: [put('a', '1', 1)] }),
    () => store.apply({ slot: 2, timeMs: 11, revisions: [put('b', '2', 2), put('a', '3', 3)] }),
    () => {
      const revisions = [{ revision: 4, writes: [{ key: 'a', item: undefined }] }];
      store.apply({ slot: 3, timeMs: 12, revisions });
    },
  ];
}

export function testStateStore(makeDisk: () => Disk): void {
  describe('the state', () => {
    let disk: Disk;
    let database: Database;

    beforeEach(async () => {
      disk = makeDisk();
      database = await disk.open();
    });
    afterEach(() => disk.close());

    it('is empty at first', async () => {
      const store = await openState(database, IDENTITY);
      expect(store.item('k')).toBeUndefined();
      expect([store.appliedUpTo, store.durablyApplied, store.revision]).toEqual([0, 0, 0]);
      expect(await keys(store, '')).toEqual([]);
    });

    it('is read before, during and after a flush, and after a restart', async () => {
      const store = await openState(database, IDENTITY);
      store.apply({
        slot: 1,
        timeMs: 10,
        ballot,
        revisions: [put('a', '1', 1), put('b', '2', 2)],
      });
      const check = async (opened = store): Promise<void> => {
        expect(textOf(opened.item('a')?.value)).toBe('1');
        expect(opened.item('b')).toMatchObject({ revision: 2, contentType: 'text/plain' });
        expect(opened.item('c')).toBeUndefined();
        expect(await keys(opened, '')).toEqual(['a', 'b']);
      };
      await check();
      const flushed = flush(store);
      expect([store.flushing, store.durablyApplied]).toEqual([true, 0]);
      await check();
      await flushed;
      expect([store.flushing, store.durablyApplied]).toEqual([false, 1]);
      await check();
      const again = await openState(database, IDENTITY);
      await check(again);
      expect([again.appliedUpTo, again.revision, again.timeMs, again.ballot]).toEqual([
        1,
        2,
        10,
        ballot,
      ]);
    });

    it('has a hash of its content alone, whatever was flushed, read or started again', async () => {
      const plain = await openState(database, IDENTITY);
      const empty = plain.hash;
      const hashes = changesOf(plain).map((change) => {
        change();
        return plain.hash;
      });
      expect(new Set([...hashes, empty]).size).toBe(4);
      const other = makeDisk();
      try {
        const opened = await other.open();
        for (let slot = 1; slot <= 3; slot += 1) {
          const store = await openState(opened, IDENTITY);
          expect(store.hash).toBe(hashes[slot - 2] ?? empty);
          changesOf(store)[slot - 1]?.();
          expect(store.hash).toBe(hashes[slot - 1]);
          await flush(store);
          expect(store.hash).toBe(hashes[slot - 1]);
        }
      } finally {
        await other.close();
      }
    });

    it('with other times or ballots has another hash', async () => {
      const store = await openState(database, IDENTITY);
      store.apply({ slot: 1, timeMs: 10, revisions: [] });
      const before = store.hash;
      store.apply({ slot: 2, timeMs: 10, revisions: [] });
      expect(store.hash).toBe(before);
      store.apply({ slot: 3, timeMs: 11, revisions: [] });
      const later = store.hash;
      store.apply({ slot: 4, timeMs: 11, ballot, revisions: [] });
      expect(new Set([before, later, store.hash]).size).toBe(3);
    });

    it('is a prefix of what was applied after a power cut, never below what was flushed', async () => {
      for (let seed = 1; seed <= 6; seed += 1) {
        const random = seededRandom(seed);
        const disk = makeDisk();
        try {
          const store = await openState(await disk.open(), IDENTITY);
          const slots = 30 + Math.floor(random() * 30);
          for (let slot = 1; slot <= slots; slot += 1) {
            const pad = 'x'.repeat(Math.floor(random() * 5000));
            const writes = [put(`k${slot % 5}`, `${slot} ${pad}`, slot)];
            store.apply({ slot, timeMs: slot, revisions: writes });
            if (slot % 4 === 0) await flush(store);
          }
          const durable = store.durablyApplied;
          store.flush(() => {});
          const again = await openState(await disk.loseAndOpen(random), IDENTITY);
          expect(again.appliedUpTo).toBeGreaterThanOrEqual(durable);
          expect(again.revision).toBe(again.appliedUpTo);
          for (let k = 0; k < 5; k += 1) {
            let last = again.revision;
            while (last % 5 !== k) last -= 1;
            const value = textOf(again.item(`k${k}`)?.value);
            expect(value?.split(' ')[0], `seed ${seed}`).toBe(String(last));
          }
        } finally {
          await disk.close();
        }
      }
    });

    it('never takes a damaged item for another value, or for none', async () => {
      const store = await openState(database, IDENTITY);
      store.apply({ slot: 1, timeMs: 1, revisions: [put('a', 'one', 1), put('b', 'two', 2)] });
      await flush(store);
      const whole = Buffer.from(database.get(currentKey('a')) ?? []);
      for (let at = 0; at < whole.length; at += 1) {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ 0x10;
        await write(database, [{ key: currentKey('a'), value: damaged }]);
        const again = await openState(database, IDENTITY);
        expect(() => again.item('a')).toThrow('damaged record: the item of key "a"');
        await expect(keys(again, '')).rejects.toThrow('damaged record: the item of key "a"');
      }
      const other = Buffer.from(database.get(currentKey('b')) ?? []);
      await write(database, [{ key: currentKey('a'), value: other }]);
      const again = await openState(database, IDENTITY);
      expect(() => again.item('a')).toThrow('damaged record');
    });

    it('does not open as the state of another replica, or without its meta record', async () => {
      const store = await openState(database, IDENTITY);
      store.apply({ slot: 1, timeMs: 1, revisions: [put('a', 'one', 1)] });
      await flush(store);
      const other = openState(database, { ...IDENTITY, replicaId: 2 });
      await expect(other).rejects.toThrow('it belongs to replica 1');
      // Nothing is damaged: neither is it thrown away, nor is the log beside it in doubt.
      await expect(other).rejects.not.toBeInstanceOf(DamagedRecordError);
      await write(database, [{ key: META_KEY }]);
      await expect(openState(database, IDENTITY)).rejects.toThrow('though there are items');
    });

    it('pages through keys of any bytes, in their order, pinned to a revision', async () => {
      const store = await openState(database, IDENTITY);
      const order = ['\0', '\0\0', '\0\x01', '\0\xff', '\x01', 'a', 'a\0', 'a\0b', 'ab', '\xff'];
      const revisions = order.map((key, i) => put(key, `v${i}`, i + 1));
      store.apply({ slot: 1, timeMs: 1, revisions });
      await flush(store);
      store.apply({ slot: 2, timeMs: 2, revisions: [put('a', 'new', 11), put('b', 'new', 12)] });
      const found: string[] = [];
      let start: string | undefined = '';
      while (start !== undefined) {
        const read = await page(store, {
          start,
          end: undefined,
          revision: 10,
          limit: 3,
          maxBytes: 1000,
        });
        if (read.type !== 'page') throw new Error(read.type);
        expect(read.entries.length).toBeLessThanOrEqual(3);
        for (const { key, item } of read.entries) {
          expect(textOf(item.value)).toBe(`v${order.indexOf(key)}`);
          found.push(key);
        }
        start = read.next;
      }
      expect(found).toEqual(order);
      expect(await keys(store, 'a')).toEqual(['a', 'a\0', 'a\0b', 'ab']);
      expect(await keys(store, '\xff')).toEqual(['\xff']);
      expect(await keys(store, '', 2)).toEqual(['\0', '\0\0']);
    });
  });
}
