/** What the acceptor's log must do on every database. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '../../src/paxos/effects.ts';
import type { Database } from '../../src/storage/database.ts';
import { baseKey } from '../../src/storage/installed-base.ts';
import { chainKey, promiseKey, slotKey } from '../../src/storage/log-codec.ts';
import { MemoryDatabase } from '../../src/storage/memory-database.ts';
import { BrokenChainError } from '../../src/storage/storage-error.ts';
import { append, noteBase, openLog, readLog, write } from './calls.ts';
import { type Disk, UnsyncedDatabase } from './disks.ts';
import { accepted, ballot, batchOf, IDENTITY, textOf } from './records.ts';
import { seededRandom } from './random.ts';

export function testAcceptorLog(makeDisk: () => Disk): void {
  describe("the acceptor's log", () => {
    let disk: Disk;
    let database: Database;

    beforeEach(async () => {
      disk = makeDisk();
      database = await disk.open();
    });
    afterEach(() => disk.close());

    it('is empty at first', async () => {
      const { log, recovered } = await openLog(database, IDENTITY);
      expect(recovered).toEqual({
        epoch: 1,
        highestRound: 0,
        promised: { round: 0, leader: 0 },
        chosenUpTo: 0,
        proposals: [],
        floor: 0,
        base: 0,
        damagedUpTo: 0,
        sequence: 0,
        witnessed: 0,
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

    it('opens again behind a batch without a record', async () => {
      const { log } = await openLog(database, IDENTITY);
      await append(log, { records: [accepted(1), accepted(2)], chosenUpTo: 0 });
      await append(log, { records: [], chosenUpTo: 1 });
      const { log: again, recovered } = await openLog(database, IDENTITY, 1);
      expect([recovered.sequence, recovered.chosenUpTo]).toEqual([2, 1]);
      expect(recovered.proposals.map(({ slot }) => slot)).toEqual([2]);
      await append(again, { records: [accepted(3)], chosenUpTo: 2 });
      expect((await openLog(database, IDENTITY, 3)).recovered.sequence).toBe(3);
    });

    it('keeps at which slot a state was installed', async () => {
      const { log } = await openLog(database, IDENTITY);
      await append(log, { records: [accepted(1)], chosenUpTo: 0 });
      await noteBase(log, 41);
      const { recovered, log: again } = await openLog(database, IDENTITY);
      expect([recovered.base, recovered.floor, recovered.sequence]).toEqual([41, 0, 1]);
      await append(again, { records: [accepted(42)], chosenUpTo: 41 });
      expect((await openLog(database, IDENTITY)).recovered.base).toBe(41);
    });

    it('does not open where that record is damaged', async () => {
      const { log } = await openLog(database, IDENTITY);
      await noteBase(log, 41);
      const value = Buffer.from(database.get(baseKey()) ?? []);
      value[value.length - 1] = 42;
      await write(database, [{ key: baseKey(), value }]);
      await expect(openLog(database, IDENTITY)).rejects.toThrow('state that was installed');
    });

    it('walks the end of a long chain, as far as it is told', async () => {
      const { log } = await openLog(database, IDENTITY);
      for (let slot = 1; slot <= 100; slot += 1) {
        await append(log, { records: [accepted(slot, 'x'.repeat(500))], chosenUpTo: slot - 1 });
      }
      await write(database, [{ key: chainKey(1, 50, 50) }]);
      const again = await openLog(database, IDENTITY, 99, { chainBytes: 10_000 });
      expect(again.log.sequence).toBe(100);
      expect(again.recovered.proposals).toHaveLength(1);
      await append(again.log, { records: [accepted(101)], chosenUpTo: 100 });
      const opening = openLog(database, IDENTITY, 99, { chainBytes: 100_000 });
      await expect(opening).rejects.toThrow('chain records, 50 is missing');
    });

    it('goes on behind the highest slot, whatever a batch writes', async () => {
      const { log } = await openLog(database, IDENTITY);
      await append(log, { records: [accepted(7)], chosenUpTo: 0 });
      await append(log, { records: [accepted(2)], chosenUpTo: 0 });
      const again = await openLog(database, IDENTITY);
      await append(again.log, { records: [accepted(3)], chosenUpTo: 0 });
      expect(database.get(chainKey(1, 7, 3))).toBeDefined();
      const third = await openLog(database, IDENTITY);
      expect(third.log.sequence).toBe(3);
      expect(third.recovered.proposals.map(({ slot }) => slot)).toEqual([2, 3, 7]);
    });

    it.each([
      ['a chain record in the middle is missing', chainKey(1, 3, 3), /chain records, 3 is missing/],
      ['the oldest chain record is missing', chainKey(1, 1, 1), /chain records, 1 is missing/],
      ['a slot is missing', slotKey(1, 4), /slot 4, of ballot 1.1, is missing/],
      ['the promise is missing', promiseKey(1), /the promise, of ballot 1.1, is missing/],
    ])('does not open when %s', async (_, key, message) => {
      await appendSome(database);
      await write(database, [{ key }]);
      await expect(openLog(database, IDENTITY)).rejects.toThrow(message);
      await expect(openLog(database, IDENTITY)).rejects.toThrow(BrokenChainError);
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
      const third = Buffer.from(database.get(chainKey(1, 3, 3)) ?? []);
      await write(database, [{ key: chainKey(1, 4, 4), value: third }]);
      await expect(openLog(database, IDENTITY)).rejects.toThrow('damaged record: chain record 4');
    });

    it('does not open when a batch in the middle is that of another history', async () => {
      await appendSome(database);
      const other = new MemoryDatabase();
      await appendSome(other, 'a command of another length');
      const forked = Buffer.from(other.get(chainKey(1, 4, 4)) ?? []);
      await write(database, [{ key: chainKey(1, 4, 4), value: forked }]);
      const opening = openLog(database, IDENTITY);
      await expect(opening).rejects.toThrow('chain record 5 does not follow the one before');
    });

    it('does not open when there are votes without a chain', async () => {
      await appendSome(database);
      await write(
        database,
        Array.from({ length: 6 }, (_, sequence) => ({ key: chainKey(1, sequence, sequence) })),
      );
      await expect(openLog(database, IDENTITY)).rejects.toThrow('but no chain record');
    });

    it.each([
      ['a slot', slotKey(1, 3), 'slot 3'],
      ['the promise', promiseKey(1), 'the promise'],
      ['a chain record', chainKey(1, 2, 2), 'chain record 2'],
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
      await expect(readLog(log, 3)).rejects.toThrow('damaged record: slot 3');
      expect((await readLog(log, 1)).map(({ slot }) => slot)).toEqual([1, 2]);
      await write(database, [{ key: slotKey(1, 3), value: Buffer.of(1, 2) }]);
      expect(() => log.get(3)).toThrow('damaged record: slot 3');
    });

    it('opens without a damaged slot that the state has applied, and knows its ballot', async () => {
      const { log } = await openLog(database, IDENTITY);
      const higher = { round: 9, leader: 2 };
      await append(log, {
        records: [accepted(1), { ...accepted(2), ballot: higher }],
        chosenUpTo: 0,
      });
      await append(log, { records: [{ ...accepted(3), ballot: higher }], chosenUpTo: 2 });
      await write(database, [{ key: slotKey(1, 2), value: Buffer.of(1, 2) }]);
      const { recovered } = await openLog(database, IDENTITY, 2);
      expect(recovered).toMatchObject({ damagedUpTo: 2, promised: higher });
      expect(recovered.proposals.map(({ slot }) => slot)).toEqual([3]);
      await expect(openLog(database, IDENTITY, 1)).rejects.toThrow('damaged record: slot 2');
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
}

async function appendSome(database: Database, text?: string) {
  const { log } = await openLog(database, IDENTITY);
  const promised: LogRecord = { type: 'promised', epoch: 1, ballot };
  await append(log, { records: [promised, accepted(1)], chosenUpTo: 0 });
  for (let slot = 2; slot <= 5; slot += 1) {
    await append(log, { records: [accepted(slot, text)], chosenUpTo: slot - 1 });
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
