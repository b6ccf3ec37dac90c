/** A log that lost its end opens in silence: what its witness and its records tell of it. */
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryDatabase } from '../../src/storage/memory-database.ts';
import { MemoryWitness } from '../../src/storage/memory-witness.ts';
import { openLevelDatabase } from '../../src/storage/level-database.ts';
import { asWriteError, DiskFullError } from '../../src/storage/storage-error.ts';
import { append, openLog } from './calls.ts';
import { accepted, IDENTITY } from './records.ts';

describe("a log on LevelDB whose newest file's end is gone", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'synod-lost-end-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** Ten batches; then so many bytes are cut off, as a disk may that lied about a sync. */
  async function writeAndCut(bytes: number, witness: MemoryWitness): Promise<void> {
    const database = await openLevelDatabase(root);
    const { log } = await openLog(database, IDENTITY, 0, { witness });
    for (let slot = 1; slot <= 10; slot += 1) {
      await append(log, { records: [accepted(slot)], chosenUpTo: slot - 1 });
    }
    await database.close();
    witness.crash(() => true);
    const [file = ''] = readdirSync(root).filter((name) => name.endsWith('.log'));
    const path = join(root, file);
    truncateSync(path, statSync(path).size - bytes);
  }

  it.each([1, 7, 100])('by %i bytes is behind its witness', async (bytes) => {
    const witness = new MemoryWitness();
    await writeAndCut(bytes, witness);
    const database = await openLevelDatabase(root);
    const { recovered } = await openLog(database, IDENTITY, 0, { witness });
    expect(recovered.sequence).toBe(9);
    expect(recovered.witnessed).toBe(10);
    await database.close();
  });

  it('opens without a word where there is no witness', async () => {
    await writeAndCut(1, new MemoryWitness());
    const database = await openLevelDatabase(root);
    const { recovered } = await openLog(database, IDENTITY);
    expect(recovered).toMatchObject({ sequence: 9, witnessed: 0 });
    await database.close();
  });

  it('by nothing is not', async () => {
    const witness = new MemoryWitness();
    await writeAndCut(0, witness);
    const database = await openLevelDatabase(root);
    const { recovered } = await openLog(database, IDENTITY, 0, { witness });
    expect(recovered).toMatchObject({ sequence: 10, witnessed: 10 });
    await database.close();
  });
});

describe('a witness', () => {
  it('is told of a batch once that is durable, and not before', async () => {
    const ends: (() => void)[] = [];
    const database = new MemoryDatabase({ schedule: (end) => ends.push(end) });
    const settle = (): void => {
      for (let end = ends.shift(); end !== undefined; end = ends.shift()) end();
    };
    const told: number[] = [];
    const witness = { found: undefined, note: (sequence: number) => void told.push(sequence) };
    const opening = openLog(database, IDENTITY, 0, { witness });
    settle();
    const { log } = await opening;
    const appending = append(log, { records: [accepted(1)], chosenUpTo: 0 });
    expect([told, log.sequence, log.durableSequence]).toEqual([[], 1, 0]);
    settle();
    await appending;
    expect([told, log.sequence, log.durableSequence]).toEqual([[1], 1, 1]);
  });

  it('is not told of a batch that failed', async () => {
    const database = new MemoryDatabase({
      fail: (operation) => (operation === 'write' ? new Error('EIO') : undefined),
    });
    const witness = new MemoryWitness();
    const { log } = await openLog(database, IDENTITY, 0, { witness });
    await expect(append(log, { records: [accepted(1)], chosenUpTo: 0 })).rejects.toThrow('EIO');
    witness.crash(() => true);
    expect([witness.found, log.durableSequence]).toEqual([undefined, 0]);
  });

  it('that says nothing is told where the log ends when it is opened', async () => {
    const database = new MemoryDatabase();
    const { log } = await openLog(database, IDENTITY);
    await append(log, { records: [accepted(1)], chosenUpTo: 0 });
    const witness = new MemoryWitness();
    await openLog(database, IDENTITY, 0, { witness });
    witness.crash(() => true);
    expect(witness.found).toBe(1);
  });

  it('in memory forgets in a crash what was not synced, or keeps any of it', () => {
    const witness = new MemoryWitness();
    for (const sequence of [1, 2, 3]) witness.note(sequence);
    witness.crash((sequence) => sequence === 2);
    expect(witness.found).toBe(2);
    witness.note(3);
    witness.crash();
    expect(witness.found).toBe(2);
    for (let sequence = 3; sequence <= 100; sequence += 1) witness.note(sequence);
    witness.crash();
    expect(witness.found).toBeGreaterThan(50);
    expect(witness.found).toBeLessThan(100);
  });
});

const ONE = '1'.repeat(32);
const OTHER = '2'.repeat(32);

describe('what is known of the peers’ logs', () => {
  it('is kept with the next batch, the highest of each', async () => {
    const database = new MemoryDatabase();
    const { log } = await openLog(database, IDENTITY);
    expect(log.known).toEqual([]);
    log.noteKnown({ id: 2, incarnation: ONE, sequence: 17 });
    log.noteKnown({ id: 3, incarnation: ONE, sequence: 2 ** 40 });
    log.noteKnown({ id: 2, incarnation: ONE, sequence: 16 });
    await append(log, { records: [accepted(1)], chosenUpTo: 0 });
    log.noteKnown({ id: 3, incarnation: ONE, sequence: 2 ** 41 });
    const again = await openLog(database, IDENTITY);
    expect(again.log.known).toEqual([
      { id: 2, incarnation: ONE, sequence: 17 },
      { id: 3, incarnation: ONE, sequence: 2 ** 40 },
    ]);
    expect(again.log.knownOf(2, ONE)).toBe(17);
    expect(again.log.knownOf(4, ONE)).toBe(0);
  });

  it('is of one incarnation: whoever takes the place under the same id begins anew', async () => {
    const { log } = await openLog(new MemoryDatabase(), IDENTITY);
    log.noteKnown({ id: 2, incarnation: ONE, sequence: 17 });
    expect(log.knownOf(2, OTHER)).toBe(0);
    log.noteKnown({ id: 2, incarnation: OTHER, sequence: 3 });
    expect(log.knownOf(2, OTHER)).toBe(3);
    expect(log.knownOf(2, ONE)).toBe(0);
  });
});

describe('a write that failed', () => {
  it('for want of space is told from any other', () => {
    const full = 'IO error: /d/log/000003.log: No space left on device';
    expect(asWriteError(new Error(full))).toBeInstanceOf(DiskFullError);
    expect(asWriteError(new Error(full)).message).toContain(full);
    const quota = 'IO error: /d/log/000003.log: Disk quota exceeded';
    expect(asWriteError(new Error(quota))).toBeInstanceOf(DiskFullError);
    const broken = new Error('IO error: /d/log/000003.log: Input/output error');
    expect(asWriteError(broken)).toBe(broken);
  });
});
