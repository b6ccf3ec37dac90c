import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LevelDatabase, openLevelDatabase } from '../../src/storage/level-database.ts';
import { append, openLog, scan, write } from './calls.ts';
import { accepted, bytes, IDENTITY } from './records.ts';

describe('the database on LevelDB', () => {
  let path: string;
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'synod-level-'));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));

  /** A power cut in a test shows only what was asked of LevelDB, so this must be seen to arrive. */
  it('asks LevelDB to sync what is to be synced, and the log asks for each append', async () => {
    const level = new Level<Uint8Array, Uint8Array>(path, {
      keyEncoding: 'view',
      valueEncoding: 'view',
    });
    await level.open();
    const probe = level.batch();
    const batches: typeof probe = Object.getPrototypeOf(probe);
    const asked = vi.spyOn(batches, 'write');
    await probe.close();
    const database = new LevelDatabase(level);
    await write(database, [{ key: bytes('a'), value: bytes('1') }], true);
    await write(database, [{ key: bytes('a'), value: bytes('2') }], false);
    const { log } = await openLog(database, IDENTITY);
    await append(log, { records: [accepted(1)], chosenUpTo: 0 });
    expect(asked.mock.calls).toEqual([[{ sync: true }], [{ sync: false }], [{ sync: true }]]);
    asked.mockRestore();
    await database.close();
  });

  it('finishes what is under way before it closes', async () => {
    const database = await openLevelDatabase(path);
    const ends: string[] = [];
    const writing = write(database, [{ key: bytes('a'), value: bytes('1') }]);
    const reading = scan(database, { gte: bytes('a'), lt: bytes('z'), limit: 10 });
    const all = Promise.all([
      writing.then(() => ends.push('written')),
      reading.then(() => ends.push('read')),
    ]);
    await database.close();
    ends.push('closed');
    await all;
    expect(ends).toHaveLength(3);
    expect(ends[2]).toBe('closed');
  });

  it('reports a failure rather than throw in the call', async () => {
    const database = await openLevelDatabase(path);
    await database.close();
    await expect(scan(database, { gte: bytes('a'), lt: bytes('z'), limit: 1 })).rejects.toThrow(
      /not open/,
    );
    expect(() => database.get(bytes('a'))).toThrow(/not open/);
  });

  it('refuses a path where no database can be', async () => {
    const opening = openLevelDatabase(join('/dev/null', 'x'));
    await expect(opening).rejects.toThrow(/cannot open the database in .*permissions/);
  });
});
