/** Tables that LevelDB wrote are whole; of those that were damaged, what it could not read is named. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { Random } from '../../../src/simulation/random.ts';
import { crc32c } from '../../../src/storage/level-tables/crc32c.ts';
import { damageOfTables } from '../../../src/storage/level-tables/table-check.ts';
import { flip, makeDatabase, tablesOf } from './database-files.ts';

const FOOTER_BYTES = 48;
const MAGIC_BYTES = 8;

test('CRC-32C is that of the standard', () => {
  expect(crc32c(Buffer.from('123456789'), 0, 9)).toBe(0xe3_06_92_83);
  const zeros = Buffer.alloc(32);
  expect(crc32c(zeros, 0, 32)).toBe(0x8a_91_36_aa);
  const rising = Buffer.from(Array.from({ length: 32 }, (_, n) => n));
  expect(crc32c(rising, 0, 32)).toBe(0x46_dd_79_4e);
  expect(crc32c(Buffer.concat([zeros, rising, zeros]), 32, 64)).toBe(0x46_dd_79_4e);
});

describe.each([
  ['compressed', true],
  ['raw', false],
])('of tables that are %s', (_, compression) => {
  it('says nothing where they are whole', async () => {
    const path = await makeDatabase(compression);
    expect(tablesOf(path).length).toBeGreaterThan(1);
    expect(await damageOfTables(path)).toBeUndefined();
  });

  it('names the table and the place of what was damaged', async () => {
    const path = await makeDatabase(compression);
    for (const file of tablesOf(path)) {
      const { length } = readFileSync(file);
      // The index is the last block, in front of the footer; then how it is compressed, and the end.
      for (const at of [length - FOOTER_BYTES - 6, length - FOOTER_BYTES - 5, length - 1]) {
        const mend = flip(file, at, 0x40);
        expect(await damageOfTables(path)).toMatch(/^\d{6}\.ldb: /);
        mend();
      }
    }
    expect(await damageOfTables(path)).toBeUndefined();
  });

  it('misses none that was cut short', async () => {
    const path = await makeDatabase(compression);
    const [file = ''] = tablesOf(path);
    writeFileSync(file, readFileSync(file).subarray(0, -1));
    expect(await damageOfTables(path)).toMatch(/\d+ bytes of \d+/);
  });

  it('leaves to LevelDB a file that is gone, and a MANIFEST that is damaged', async () => {
    const path = await makeDatabase(compression);
    const [file = ''] = tablesOf(path);
    rmSync(file);
    expect(await damageOfTables(path)).toBeUndefined();
    const manifest = readdirSync(path).find((name) => name.startsWith('MANIFEST')) ?? '';
    flip(join(path, manifest), 20, 1);
    expect(await damageOfTables(path)).toBeUndefined();
    for (const name of ['MANIFEST', `${'M'.repeat(5_000)}\n`, 'LOG/MANIFEST-000001\n', '\0\n']) {
      writeFileSync(join(path, 'CURRENT'), name);
      expect(await damageOfTables(path)).toBeUndefined();
    }
    rmSync(join(path, 'CURRENT'));
    expect(await damageOfTables(path)).toBeUndefined();
  });
});

it('sees any bit of a compressed table, but for those that mean nothing', async () => {
  const path = await makeDatabase(true);
  const random = new Random(1);
  for (let count = 0; count < 300; count += 1) {
    const file = random.pick(tablesOf(path));
    // Behind the two handles of the footer zeros fill it up.
    const end = readFileSync(file).length - FOOTER_BYTES + MAGIC_BYTES / 2;
    const at = random.between(0, end - 1);
    const mend = flip(file, at, 1 << random.between(0, 7));
    expect({ at, damage: await damageOfTables(path) }).not.toEqual({ at, damage: undefined });
    mend();
  }
});

it('passes over a raw block whose values alone are damaged', async () => {
  const path = await makeDatabase(false);
  const [file = ''] = tablesOf(path);
  const at = readFileSync(file).indexOf('value ');
  flip(file, at, 1);
  expect(await damageOfTables(path)).toBeUndefined();
});

it('names a raw block with a key that is too short, or not in its place', async () => {
  const path = await makeDatabase(false);
  const [file = ''] = tablesOf(path);
  const keyAt = readFileSync(file).indexOf('key/');
  for (const [at, bits] of [
    [keyAt, 0x80],
    // How many bytes of it are its own.
    [keyAt - 2, 0x08],
    // How many it shares with the one before: the first has none.
    [keyAt - 3, 0x01],
  ] as const) {
    const mend = flip(file, at, bits);
    expect(await damageOfTables(path)).toMatch(/\.ldb: /);
    mend();
  }
});
