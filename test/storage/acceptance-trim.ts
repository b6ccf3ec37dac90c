/** What the acceptor's log must do on every database as it is trimmed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '../../src/paxos/effects.ts';
import type { AcceptorLog } from '../../src/storage/acceptor-log.ts';
import type { Database } from '../../src/storage/database.ts';
import { chainKey, isChainKey, slotKey, slotOfKey } from '../../src/storage/log-codec.ts';
import { floorKey } from '../../src/storage/trim-floor.ts';
import { append, floorOf, openLog, readLog, scan, until, write } from './calls.ts';
import type { Disk } from './disks.ts';
import { accepted, ballot, IDENTITY } from './records.ts';
import { seededRandom } from './random.ts';

const EVERYTHING = { gte: slotKey(1, 0), lt: slotKey(1, 1_000_000), limit: 10_000 };
const MANY = 1_000_000_000;
/** Three slots stay. */
const MARGINS = { slots: 3, bytes: MANY, ageMs: MANY, chainBytes: 0, heldBytes: 0 };

export function testTrimming(makeDisk: () => Disk): void {
  describe('the trim floor', () => {
    let disk: Disk;
    let database: Database;

    beforeEach(async () => {
      disk = makeDisk();
      database = await disk.open();
    });
    afterEach(() => disk.close());

    const slotsOnDisk = async (): Promise<readonly number[]> => {
      const { entries } = await scan(database, EVERYTHING);
      return entries.filter(([key]) => !isChainKey(key)).map(([key]) => slotOfKey(key));
    };

    it('takes slots and chain records away, once it is durable', async () => {
      const log = await filled(database, 10);
      await trimmed(log, 9);
      expect(log.floor).toBe(0);
      expect(await slotsOnDisk()).toHaveLength(10);
      await append(log, { records: [accepted(11)], chosenUpTo: 10 });
      expect(log.floor).toBe(6);
      await until(async () => (await slotsOnDisk()).length === 5);
      expect(await slotsOnDisk()).toEqual([7, 8, 9, 10, 11]);
      expect(database.get(chainKey(1, 6, 6))).toBeUndefined();
      expect((await readLog(log, 7)).map(({ slot }) => slot)).toEqual([7, 8, 9, 10, 11]);
      expect(() => log.get(6)).toThrow('I19');
      await expect(readLog(log, 6)).rejects.toThrow('I19');
    });

    it('opens where its chain ends at the floor, and goes on', async () => {
      const log = await filled(database, 10);
      await trimmed(log, 9);
      await append(log, { records: [accepted(11)], chosenUpTo: 10 });
      const again = await openLog(database, IDENTITY, 8);
      expect(again.recovered.floor).toBe(6);
      expect(again.recovered.proposals.map(({ slot }) => slot)).toEqual([9, 10, 11]);
      await append(again.log, { records: [accepted(12)], chosenUpTo: 11 });
      await trimmed(again.log, 11);
      await append(again.log, { records: [accepted(13)], chosenUpTo: 12 });
      expect((await openLog(database, IDENTITY, 8)).log.floor).toBe(8);
    });

    it('does not miss an old slot that was accepted anew and has gone since', async () => {
      const log = await filled(database, 10);
      const promised: LogRecord = { type: 'promised', epoch: 1, ballot: { round: 2, leader: 1 } };
      await append(log, { records: [promised, accepted(2, 'anew', 2)], chosenUpTo: 10 });
      await append(log, { records: [accepted(11)], chosenUpTo: 10 });
      await trimmed(log, 9);
      await append(log, { records: [accepted(12)], chosenUpTo: 11 });
      await until(async () => (await slotsOnDisk())[0] === 7);
      const { recovered } = await openLog(database, IDENTITY, 0);
      expect(recovered.proposals.map(({ slot }) => slot)).toEqual([7, 8, 9, 10, 11, 12]);
      expect(recovered.promised).toEqual({ round: 2, leader: 1 });
    });

    it('takes nothing away where there is none, not even before the first slot', async () => {
      const { log } = await openLog(database, IDENTITY);
      const promised: LogRecord = { type: 'promised', epoch: 1, ballot };
      await append(log, { records: [promised], chosenUpTo: 0 });
      await openLog(database, IDENTITY);
      await write(database, []);
      expect(database.get(chainKey(1, 0, 1))).toBeDefined();
      expect((await openLog(database, IDENTITY)).log.sequence).toBe(1);
    });

    it('takes no record at or below it', async () => {
      const log = await filled(database, 10);
      await trimmed(log, 9);
      const appending = append(log, { records: [accepted(6)], chosenUpTo: 10 });
      await expect(appending).rejects.toThrow('I19');
    });

    it('keeps the highest slot, and all chain records that may still come behind it', async () => {
      const log = await filled(database, 4);
      const found = await floorOf(log, { margins: { ...MARGINS, slots: 0 }, upTo: 4, base: 0 });
      expect(found?.slot).toBe(3);
      expect(() => log.trim({ ...floorAt(found), slot: 4 })).toThrow('the log keeps its highest');
    });

    it.each([
      ['slots', { slots: 5 }, 4],
      ['bytes', { bytes: 3000 }, 7],
      ['age', { ageMs: 20 }, 7],
      ['nothing, for its chain', { slots: 1, chainBytes: MANY }, undefined],
    ])('stays below the margin of %s', async (_, margin, slot) => {
      const log = await filled(database, 10, 1000);
      const margins = {
        slots: MANY,
        bytes: MANY,
        ageMs: MANY,
        chainBytes: 0,
        heldBytes: 0,
        ...margin,
      };
      expect((await floorOf(log, { margins, upTo: 9, base: 0 }))?.slot).toBe(slot);
    });

    it('is not above what is held for a peer, as far as that goes', async () => {
      const log = await filled(database, 10, 1000);
      const wish = { margins: MARGINS, heldFrom: 4, upTo: 9, base: 0 };
      expect((await floorOf(log, wish))?.slot).toBe(6);
      const holds = (heldBytes: number) => ({ ...wish, margins: { ...MARGINS, heldBytes } });
      expect((await floorOf(log, holds(MANY)))?.slot).toBe(4);
      expect((await floorOf(log, holds(5500)))?.slot).toBe(5);
      expect(await floorOf(log, { ...holds(MANY), heldFrom: 0 })).toBeUndefined();
    });

    it('lets go of what lies below an installed state', async () => {
      const log = await filled(database, 4);
      await append(log, { records: [accepted(20)], chosenUpTo: 20 });
      const margins = { slots: MANY, bytes: MANY, ageMs: MANY, chainBytes: 0, heldBytes: 0 };
      expect((await floorOf(log, { margins, upTo: 19, base: 19 }))?.slot).toBe(4);
    });

    it.each([
      ['the floor is missing', floorKey(), /its trim floor is slot 0, and was last said to be 6/],
      ['the record above it is missing', chainKey(1, 7, 7), /chain records, 7 is missing/],
      ['a slot above it is missing', slotKey(1, 8), /slot 8, of ballot 1.1, is missing/],
    ])('does not open when %s', async (_, key, message) => {
      const log = await filled(database, 10);
      await trimmed(log, 9);
      await append(log, { records: [accepted(11)], chosenUpTo: 10 });
      await write(database, [{ key }]);
      await expect(openLog(database, IDENTITY)).rejects.toThrow(message);
    });

    it('does not open when the chain above it is that of another history', async () => {
      const log = await filled(database, 10);
      const found = floorAt(await floorOf(log, { margins: MARGINS, upTo: 9, base: 0 }));
      log.trim({ ...found, checksum: Buffer.alloc(16, 7) });
      await append(log, { records: [accepted(11)], chosenUpTo: 10 });
      const opening = openLog(database, IDENTITY);
      await expect(opening).rejects.toThrow('does not follow the trim floor');
    });

    it('finds every flipped bit in its record', async () => {
      const log = await filled(database, 10);
      await trimmed(log, 9);
      await append(log, { records: [accepted(11)], chosenUpTo: 10 });
      const whole = Buffer.from(database.get(floorKey()) ?? []);
      for (let at = 0; at < whole.length; at += 5) {
        const value = Buffer.from(whole);
        value[at] = (value[at] ?? 0) ^ (1 << (at % 8));
        await write(database, [{ key: floorKey(), value }]);
        const opening = openLog(database, IDENTITY);
        await expect(opening).rejects.toThrow('damaged record: the trim floor');
      }
    });

    it('opens after a power cut at any moment, and then takes away what was left', async () => {
      for (let seed = 1; seed <= 8; seed += 1) {
        const random = seededRandom(seed);
        const other = makeDisk();
        try {
          const log = await filled(await other.open(), 20 + Math.floor(random() * 300));
          const last = log.sequence;
          await trimmed(log, last - 1);
          await append(log, { records: [accepted(last + 1)], chosenUpTo: last });
          const left = await other.loseAndOpen(random);
          const again = await openLog(left, IDENTITY, last - 5);
          expect(again.log.floor).toBe(last - 4);
          const first = async () => (await scan(left, { ...EVERYTHING, limit: 1 })).entries[0];
          await until(async () => slotOfKey((await first())?.[0] ?? slotKey(1, 0)) === last - 3);
        } finally {
          await other.close();
        }
      }
    });
  });
}

async function filled(database: Database, slots: number, bytes = 10): Promise<AcceptorLog> {
  const { log } = await openLog(database, IDENTITY);
  const promised: LogRecord = { type: 'promised', epoch: 1, ballot };
  for (let slot = 1; slot <= slots; slot += 1) {
    const record = accepted(slot, 'x'.repeat(bytes), 1, 10 * slot);
    const records = slot === 1 ? [promised, record] : [record];
    await append(log, { records, chosenUpTo: slot - 1 });
  }
  return log;
}

async function trimmed(log: AcceptorLog, upTo: number): Promise<void> {
  log.trim(floorAt(await floorOf(log, { margins: MARGINS, upTo, base: 0 })));
}

function floorAt<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('there is no place for a floor');
  return found;
}
