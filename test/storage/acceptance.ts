/** What every database must do, and what log and state must do on it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../src/paxos/command.ts';
import type { LogRecord } from '../../src/storage/acceptor-log.ts';
import type { Database } from '../../src/storage/database.ts';
import { chainKey, promiseKey, slotKey } from '../../src/storage/log-codec.ts';
import { currentKey, META_KEY } from '../../src/storage/state-records.ts';
import { append, flush, keys, openLog, openState, page, readLog, scan, write } from './calls.ts';
import { type Disk, UnsyncedDatabase } from './disks.ts';
import { seededRandom } from './random.ts';

export const IDENTITY = {
  clusterId: '0123456789abcdef0123456789abcdef',
  replicaId: 1,
  incarnation: 'fedcba9876543210fedcba9876543210',
  epoch: 1,
} as const;

const ballot = { round: 1, leader: 1 };

export function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

export function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1');
}

export function batchOf(text: string, timeMs = 1): Command {
  return { type: 'batch', timeMs, bytes: bytes(text) };
}

export function accepted(slot: number, text = `command ${slot}`, round = 1): LogRecord {
  return {
    type: 'accepted',
    epoch: 1,
    slot,
    ballot: { round, leader: 1 },
    command: batchOf(text),
  };
}

export function put(key: string, value: string, revision: number) {
  const item = {
    value: bytes(value),
    contentType: 'text/plain',
    createRevision: revision,
    revision,
    version: 1,
  };
  return { revision, writes: [{ key, item }] };
}

export function testDatabase(name: string, makeDisk: () => Disk): void {
  describe(`storage on ${name}`, () => {
    let disk: Disk;
    let database: Database;

    beforeEach(async () => {
      disk = makeDisk();
      database = await disk.open();
    });
    afterEach(() => disk.close());

    describe('the database', () => {
      it('reads what was written, in the order of the bytes', async () => {
        const order = ['', '\0', '\0\0', '\x7f', '\x80', '\xff', '\xff\xff'].map(
          (end) => `k${end}`,
        );
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
        expect(reversed.entries.map(([key]) => textOf(key))).toEqual(
          order.toReversed().slice(0, 2),
        );
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

      it('can lose writes that were not synced', async () => {
        await write(database, [{ key: bytes('kept'), value: bytes('1') }]);
        await write(database, [{ key: bytes('lost'), value: bytes('1') }], false);
        database = await disk.loseAndOpen(() => 0);
        expect(textOf(database.get(bytes('kept')))).toBe('1');
        expect(database.get(bytes('lost'))).toBeUndefined();
      });
    });

    describe("the acceptor's log", () => {
      it('is empty at first', async () => {
        const { log, recovered } = await openLog(database, IDENTITY);
        expect(recovered).toEqual({
          promised: { round: 0, leader: 0 },
          chosenUpTo: 0,
          proposals: [],
        });
        expect(log.get(1)).toBeUndefined();
        expect(await readLog(log, 1)).toEqual([]);
      });

      it('recovers promises, proposals and chosenUpTo', async () => {
        const { log } = await openLog(database, IDENTITY);
        const noop: LogRecord = {
          type: 'accepted',
          epoch: 1,
          slot: 2,
          ballot,
          command: { type: 'noop', timeMs: 2.5, ballot },
        };
        const promised: LogRecord = { type: 'promised', epoch: 1, ballot: { round: 3, leader: 2 } };
        await append(log, { records: [accepted(1), noop], chosenUpTo: 0 });
        await append(log, { records: [promised, accepted(4)], chosenUpTo: 2 });
        expect(log.get(1)).toMatchObject({ slot: 1, ballot, command: batchOf('command 1') });
        expect((await readLog(log, 1)).map(({ slot }) => slot)).toEqual([1, 2]);

        const { recovered } = await openLog(database, IDENTITY, 1);
        expect(recovered.promised).toEqual({ round: 3, leader: 2 });
        expect(recovered.chosenUpTo).toBe(2);
        expect(recovered.proposals.map(({ slot }) => slot)).toEqual([2, 4]);
        expect(recovered.proposals[0]?.command).toEqual(noop.command);
      });

      it('reads within its bounds', async () => {
        const { log } = await openLog(database, IDENTITY);
        const records = Array.from({ length: 20 }, (_, i) => accepted(i + 1, 'x'.repeat(1000)));
        await append(log, { records, chosenUpTo: 20 });
        expect((await readLog(log, 5, 3)).map(({ slot }) => slot)).toEqual([5, 6, 7]);
        expect((await readLog(log, 5, 100, 1)).map(({ slot }) => slot)).toEqual([5]);
        expect((await readLog(log, 19, 100)).map(({ slot }) => slot)).toEqual([19, 20]);
        expect(await readLog(log, 21, 100)).toEqual([]);
      });

      it('takes one append at a time', async () => {
        const { log } = await openLog(database, IDENTITY);
        const first = append(log, { records: [accepted(1)], chosenUpTo: 0 });
        expect(() => log.append({ records: [], chosenUpTo: 0 }, () => {})).toThrow('writing');
        await first;
      });

      it('deletes old chain records, and still opens', async () => {
        const chainBytes = 10_000;
        const { log } = await openLog(database, IDENTITY, 0, { chainBytes });
        for (let slot = 1; slot <= 100; slot += 1) {
          await append(log, { records: [accepted(slot, 'x'.repeat(500))], chosenUpTo: slot - 1 });
        }
        const range = { gte: chainKey(0), lt: chainKey(1000), limit: 1000 };
        const { entries } = await scan(database, range);
        expect(entries.length).toBeGreaterThan(10);
        expect(entries.length).toBeLessThan(20);
        const again = await openLog(database, IDENTITY, 99, { chainBytes });
        expect(again.log.sequence).toBe(100);
        expect(again.recovered.proposals).toHaveLength(1);
        await append(again.log, { records: [accepted(101)], chosenUpTo: 100 });
        expect((await scan(database, range)).entries.length).toBeLessThan(20);
      });

      it.each([
        ['a chain record in the middle is missing', chainKey(3), /chain records, 3 is missing/],
        ['the oldest chain record is missing', chainKey(1), /chain records, 1 is missing/],
        ['a slot is missing', slotKey(1, 4), /slot 4, of ballot 1.1, is missing/],
        ['the promise is missing', promiseKey(1), /the promise, of ballot 1.1, is missing/],
      ])('does not open when %s', async (_, key, message) => {
        await appendSome(database);
        await write(database, [{ key }]);
        await expect(openLog(database, IDENTITY)).rejects.toThrow(message);
        await expect(openLog(database, IDENTITY)).rejects.toThrow('must not vote again');
      });

      it('does not open when a slot fell back to an older ballot', async () => {
        const { log } = await openLog(database, IDENTITY);
        await append(log, { records: [accepted(1)], chosenUpTo: 0 });
        const old = Buffer.from(database.get(slotKey(1, 1)) ?? []);
        await append(log, { records: [accepted(1, 'newer', 2)], chosenUpTo: 0 });
        await openLog(database, IDENTITY);
        await write(database, [{ key: slotKey(1, 1), value: old }]);
        const opening = openLog(database, IDENTITY);
        await expect(opening).rejects.toThrow('slot 1 is of ballot 1.1, not 2.1');
      });

      it('does not open when a batch in the middle was replaced by an older one', async () => {
        await appendSome(database);
        const third = Buffer.from(database.get(chainKey(3)) ?? []);
        await write(database, [{ key: chainKey(4), value: third }]);
        await expect(openLog(database, IDENTITY)).rejects.toThrow('damaged record: chain record 4');
      });

      it('does not open when there are votes without a chain', async () => {
        await appendSome(database);
        await write(
          database,
          Array.from({ length: 6 }, (_, sequence) => ({ key: chainKey(sequence) })),
        );
        await expect(openLog(database, IDENTITY)).rejects.toThrow('but no chain record');
      });

      it.each([
        ['a slot', slotKey(1, 3), 'slot 3'],
        ['the promise', promiseKey(1), 'the promise'],
        ['a chain record', chainKey(2), 'chain record 2'],
      ])('finds every flipped bit in %s', async (_, key, record) => {
        await appendSome(database);
        const whole = Buffer.from(database.get(key) ?? []);
        const random = seededRandom(1);
        for (let i = 0; i < 30; i += 1) {
          const damaged = Buffer.from(whole);
          const at = Math.floor(random() * damaged.length);
          damaged[at] = (damaged[at] ?? 0) ^ (1 << Math.floor(random() * 8));
          await write(database, [{ key, value: damaged }]);
          await expect(openLog(database, IDENTITY)).rejects.toThrow(`damaged record: ${record}`);
        }
        await write(database, [{ key, value: whole }]);
        await openLog(database, IDENTITY);
      });

      it('never reads a damaged slot as an empty one', async () => {
        const log = await appendSome(database);
        const damaged = Buffer.from(database.get(slotKey(1, 3)) ?? []);
        damaged[damaged.length - 1] = 0;
        await write(database, [{ key: slotKey(1, 3), value: damaged }]);
        expect(() => log.get(3)).toThrow('damaged record: slot 3');
        await expect(readLog(log, 1)).rejects.toThrow('damaged record: slot 3');
        await write(database, [{ key: slotKey(1, 3), value: Buffer.of(1, 2) }]);
        expect(() => log.get(3)).toThrow('damaged record: slot 3');
      });

      it.each([
        ['cluster', { clusterId: '0'.repeat(32) }],
        ['replica', { replicaId: 2 }],
        ['incarnation', { incarnation: '0'.repeat(32) }],
      ])('does not open the log of another %s', async (_, other) => {
        await appendSome(database);
        const opening = openLog(database, { ...IDENTITY, ...other });
        await expect(opening).rejects.toThrow('the record of another replica');
      });

      it('does not take a record from another slot', async () => {
        const log = await appendSome(database);
        const moved = Buffer.from(database.get(slotKey(1, 3)) ?? []);
        await write(database, [{ key: slotKey(1, 2), value: moved }]);
        expect(() => log.get(2)).toThrow('damaged record: slot 2');
      });

      it('loses no synced append in a power cut, whatever was under way', async () => {
        for (let seed = 1; seed <= 8; seed += 1) {
          const lost = await runPowerCut(makeDisk, seed, (synced) => synced);
          expect(lost, `seed ${seed}`).toEqual([]);
        }
      });

      it('is seen to lose appends when they are not synced', async () => {
        let lost = 0;
        for (let seed = 1; seed <= 8; seed += 1) {
          lost += (await runPowerCut(makeDisk, seed, (synced) => new UnsyncedDatabase(synced)))
            .length;
        }
        expect(lost).toBeGreaterThan(0);
      });
    });

    describe('the state', () => {
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
  });
}

async function appendSome(database: Database) {
  const { log } = await openLog(database, IDENTITY);
  const promised: LogRecord = { type: 'promised', epoch: 1, ballot };
  await append(log, { records: [promised, accepted(1)], chosenUpTo: 0 });
  for (let slot = 2; slot <= 5; slot += 1) {
    await append(log, { records: [accepted(slot)], chosenUpTo: slot - 1 });
  }
  return log;
}

/** The slots that were said to be durable, and are not there, or a log that cannot open. */
async function runPowerCut(
  makeDisk: () => Disk,
  seed: number,
  plant: (database: Database) => Database,
): Promise<readonly (number | string)[]> {
  const random = seededRandom(seed);
  const disk = makeDisk();
  try {
    const { log } = await openLog(plant(await disk.open()), IDENTITY);
    const durable = new Map<number, string>();
    const appends = 20 + Math.floor(random() * 60);
    for (let slot = 1; slot <= appends; slot += 1) {
      const text = String(slot).repeat(Math.floor(random() * 4000));
      await append(log, { records: [accepted(slot, text)], chosenUpTo: 0 });
      durable.set(slot, text);
    }
    log.append({ records: [accepted(appends + 1)], chosenUpTo: 0 }, () => {});
    const after = await disk.loseAndOpen(random);
    const { recovered } = await openLog(after, IDENTITY);
    const found = new Map(recovered.proposals.map(({ slot, command }) => [slot, command]));
    const isLost = ([slot, text]: [number, string]): boolean => {
      const command = found.get(slot);
      return command?.type !== 'batch' || textOf(command.bytes) !== text;
    };
    return [...durable].filter(isLost).map(([slot]) => slot);
  } catch (error) {
    return [String(error)];
  } finally {
    await disk.close();
  }
}
