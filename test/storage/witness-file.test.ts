/** The witness's file: what it was told last, whatever half of it a power cut damages. */
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWitnessFile, type WitnessFile } from '../../src/storage/witness-file.ts';

const INCARNATION = 'fedcba9876543210fedcba9876543210';
const PAGE_BYTES = 4096;
const HALF_BYTES = 32;

let root: string;
let path: string;
const failures: Error[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'synod-witness-'));
  path = join(root, 'witness');
  failures.length = 0;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function open(incarnation = INCARNATION, file = path): WitnessFile {
  return openWitnessFile(file, { incarnation, onFailed: (error) => failures.push(error) });
}

/** Each in a life of its own, so that each is written. */
async function tell(...sequences: readonly number[]): Promise<void> {
  for (const sequence of sequences) {
    const witness = open();
    witness.note(sequence);
    await witness.close();
  }
}

async function found(incarnation = INCARNATION): Promise<number | undefined> {
  const witness = open(incarnation);
  await witness.close();
  return witness.found;
}

function edit(change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
}

describe('the witness of a log', () => {
  it('says nothing at first, and later what it was told last', async () => {
    expect(await found()).toBeUndefined();
    expect(statSync(path)).toMatchObject({ size: 2 * PAGE_BYTES });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await tell(1);
    expect(await found()).toBe(1);
    await tell(2, 3, 2 ** 40);
    expect(await found()).toBe(2 ** 40);
  });

  it('has written what came in while it was writing, before it is closed', async () => {
    const witness = open();
    for (let sequence = 1; sequence <= 1_000; sequence += 1) witness.note(sequence);
    await witness.close();
    expect(await found()).toBe(1_000);
  });

  it('is not written for each of many in a row', async () => {
    const witness = open();
    for (let sequence = 1; sequence <= 1_000; sequence += 1) {
      witness.note(sequence);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    const before = readFileSync(path);
    expect([before.readUInt32BE(12), before.readUInt32BE(PAGE_BYTES + 12)]).not.toContain(1_000);
    await witness.close();
    expect(await found()).toBe(1_000);
  });

  it('never goes back', async () => {
    await tell(7, 3);
    const witness = open();
    witness.note(9);
    witness.note(8);
    await witness.close();
    expect(await found()).toBe(9);
  });

  it('says what it said before, where the last write was torn', async () => {
    await tell(4, 5);
    for (let torn = 0; torn < HALF_BYTES; torn += 1) {
      const whole = readFileSync(path);
      edit((bytes) => bytes.fill(0xee, PAGE_BYTES + torn, PAGE_BYTES + HALF_BYTES));
      expect(await found()).toBe(4);
      writeFileSync(path, whole);
    }
    expect(await found()).toBe(5);
  });

  it('believes no half of which a bit has changed', async () => {
    await tell(4, 5);
    for (let at = 0; at < HALF_BYTES; at += 1) {
      const whole = readFileSync(path);
      edit((bytes) => bytes.writeUInt8(bytes.readUInt8(PAGE_BYTES + at) ^ 1, PAGE_BYTES + at));
      expect(await found()).toBe(4);
      writeFileSync(path, whole);
    }
  });

  it('keeps the better half until the other is written', async () => {
    await tell(4, 5);
    edit((bytes) => bytes.fill(0, PAGE_BYTES));
    await tell(6);
    expect(await found()).toBe(6);
    edit((bytes) => bytes.fill(0, PAGE_BYTES));
    expect(await found()).toBe(4);
  });

  it.each([
    ['empty', () => truncateSync(path, 0)],
    ['cut short', () => truncateSync(path, HALF_BYTES - 1)],
    ['zeros', () => writeFileSync(path, Buffer.alloc(2 * PAGE_BYTES))],
    ['noise', () => writeFileSync(path, Buffer.alloc(2 * PAGE_BYTES, 0xa7))],
  ])('says nothing where the file is %s, and begins anew', async (_what, damage) => {
    await tell(4, 5);
    damage();
    expect(await found()).toBeUndefined();
    await tell(6);
    expect(await found()).toBe(6);
  });

  it('of another directory is not believed', async () => {
    await tell(4);
    expect(await found('0'.repeat(32))).toBeUndefined();
  });

  it('says so where it cannot be written, and writes no more', async () => {
    const witness = open(INCARNATION, '/dev/full');
    witness.note(1);
    witness.note(2);
    await witness.close();
    expect(failures.map(({ message }) => message)).toEqual([
      expect.stringMatching(/cannot write the witness: ENOSPC/),
    ]);
  });
});
