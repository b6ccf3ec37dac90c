/** What a log of several epochs must do, on any disk. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '../../src/paxos/effects.ts';
import type { AcceptorLog } from '../../src/storage/acceptor-log.ts';
import type { Database } from '../../src/storage/database.ts';
import {
  epochOfKey,
  isChainKey,
  promiseKey,
  slotKey,
  slotOfKey,
} from '../../src/storage/log-codec.ts';
import { append, floorOf, openLog, readLog, scan, until, write } from './calls.ts';
import type { Disk } from './disks.ts';
import { accepted, ballot, batchOf, IDENTITY, stopAt } from './records.ts';

function inNext(slot: number): LogRecord {
  return { ...accepted(slot, `next ${slot}`), epoch: 2 };
}

export function testEpochs(makeDisk: () => Disk): void {
  describe('a log of several epochs', () => {
    let disk: Disk;
    let database: Database;

    beforeEach(async () => {
      disk = makeDisk();
      database = await disk.open();
    });
    afterEach(() => disk.close());

    it('keeps a stop, with the membership that it carries', async () => {
      const { log } = await openLog(database, IDENTITY);
      await append(log, { records: [accepted(1), stopAt(2)], chosenUpTo: 1 });
      const { recovered } = await openLog(database, IDENTITY);
      expect(recovered.proposals.map(({ epoch, slot }) => [epoch, slot])).toEqual([
        [1, 1],
        [1, 2],
      ]);
      expect(recovered.proposals[1]?.command).toEqual(stopAt(2).command);
    });

    it('holds several epochs: each has its promise, and a slot is of the latest that holds it', async () => {
      const { log } = await openLog(database, IDENTITY);
      const high: LogRecord = { type: 'promised', epoch: 1, ballot: { round: 9, leader: 3 } };
      const low: LogRecord = { type: 'promised', epoch: 2, ballot: { round: 2, leader: 1 } };
      await append(log, { records: [accepted(1), stopAt(2), high], chosenUpTo: 1 });
      await append(log, { records: [accepted(3, 'void'), accepted(4, 'void')], chosenUpTo: 2 });
      await append(log, { records: [low, inNext(4)], chosenUpTo: 2 });
      await append(log, { records: [inNext(3)], chosenUpTo: 4 });
      for (const again of [log, (await openLog(database, IDENTITY)).log]) {
        const readFrom = async (from: number) =>
          (await readLog(again, from)).map(({ epoch, slot }) => [epoch, slot]);
        expect(again.get(3)?.command).toEqual(batchOf('next 3'));
        expect(await readFrom(1)).toEqual([
          [1, 1],
          [1, 2],
        ]);
        expect(await readFrom(3)).toEqual([
          [2, 3],
          [2, 4],
        ]);
      }
      const { recovered } = await openLog(database, IDENTITY);
      expect(recovered).toMatchObject({ epoch: 2, promised: low.ballot, highestRound: 9 });
      expect(recovered.proposals.map(({ epoch, slot }) => `${epoch}.${slot}`)).toEqual([
        '1.1',
        '1.2',
        '1.3',
        '1.4',
        '2.3',
        '2.4',
      ]);
      const above = await openLog(database, IDENTITY, 3);
      expect(above.recovered.proposals.map(({ epoch, slot }) => `${epoch}.${slot}`)).toEqual([
        '1.4',
        '2.4',
      ]);
    });

    it('misses a promise of an earlier epoch that is gone', async () => {
      const { log } = await openLog(database, IDENTITY);
      await append(log, { records: [accepted(1), stopAt(2)], chosenUpTo: 2 });
      const promised: LogRecord = { type: 'promised', epoch: 2, ballot };
      await append(log, { records: [promised], chosenUpTo: 2 });
      await write(database, [{ key: promiseKey(2) }]);
      await expect(openLog(database, IDENTITY)).rejects.toThrow('is missing');
    });

    it('is cut in the latest epoch that may be, and the earlier ones go whole', async () => {
      const { log } = await openLog(database, IDENTITY);
      await fill(log);
      const floor = await floorOf(log, { margins: KEEPS_ONE, upTo: 5, base: 0 });
      expect(floor).toMatchObject({ epoch: 2, slot: 4 });
      if (floor === undefined) return;
      log.trim(floor);
      await append(log, { records: [inNext(6)], chosenUpTo: 5 });
      const left = (): Promise<readonly string[]> => slotsOnDisk(database);
      await until(async () => (await left()).length === 2);
      expect(await left()).toEqual(['2.5', '2.6']);
      const { log: again, recovered } = await openLog(database, IDENTITY);
      expect(recovered).toMatchObject({ epoch: 2, floor: 4, highestRound: 9 });
      expect((await readLog(again, 5)).map(({ slot }) => slot)).toEqual([5, 6]);
    });

    it('is cut at the end of an epoch where the next has nothing to spare', async () => {
      const { log } = await openLog(database, IDENTITY);
      await append(log, { records: [accepted(1)], chosenUpTo: 0 });
      await append(log, { records: [stopAt(2)], chosenUpTo: 1 });
      await append(log, { records: [accepted(3, 'void')], chosenUpTo: 2 });
      await append(log, { records: [inNext(3)], chosenUpTo: 2 });
      const floor = await floorOf(log, { margins: KEEPS_NOTHING, upTo: 3, base: 0 });
      expect(floor).toMatchObject({ epoch: 1, slot: 2 });
      if (floor === undefined) return;
      log.trim(floor);
      await append(log, { records: [inNext(4)], chosenUpTo: 3 });
      const { recovered } = await openLog(database, IDENTITY);
      expect(recovered.floor).toBe(2);
      const ofNext = recovered.proposals.filter(({ epoch }) => epoch === 2);
      expect(ofNext.map(({ slot }) => slot)).toEqual([3, 4]);
    });
  });
}

const MANY = 1_000_000_000;
const KEEPS_ONE = { slots: 1, bytes: MANY, ageMs: MANY, chainBytes: 0, heldBytes: 0 };
const KEEPS_NOTHING = { ...KEEPS_ONE, slots: 0 };

/** Two slots of the first epoch, with what is void above them, and three of the next. */
async function fill(log: AcceptorLog): Promise<void> {
  const high: LogRecord = { type: 'promised', epoch: 1, ballot: { round: 9, leader: 3 } };
  await append(log, { records: [accepted(1), stopAt(2), high], chosenUpTo: 1 });
  await append(log, { records: [accepted(3, 'void'), accepted(4, 'void')], chosenUpTo: 2 });
  for (const slot of [3, 4, 5]) {
    await append(log, { records: [inNext(slot)], chosenUpTo: slot - 1 });
  }
}

async function slotsOnDisk(database: Database): Promise<readonly string[]> {
  const { entries } = await scan(database, { gte: slotKey(1, 0), lt: slotKey(9, 0), limit: 1_000 });
  const slots = entries.filter(([key]) => !isChainKey(key));
  return slots.map(([key]) => `${epochOfKey(key)}.${slotOfKey(key)}`);
}
