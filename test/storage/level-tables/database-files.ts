/** Databases as LevelDB makes them, to be damaged. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { onTestFinished } from 'vitest';
import { Random } from '../../../src/simulation/random.ts';

/** Several tables, of many blocks each, some of which were merged; closed. */
export async function makeDatabase(compression: boolean): Promise<string> {
  const path = mkdtempSync(join(tmpdir(), 'synod-tables-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const random = new Random(7);
  const level = new Level<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    writeBufferSize: 65_536,
    compression,
  });
  await level.open();
  for (let round = 0; round < 40; round += 1) {
    const batch = level.batch();
    for (let count = 0; count < 50; count += 1) {
      const key = Buffer.from(`key/${random.between(0, 500)}`);
      if (random.chance(0.2)) batch.del(key);
      else batch.put(key, Buffer.from(`value ${random.next()} `.repeat(random.between(1, 9))));
    }
    await batch.write();
  }
  await level.close();
  // What was in its log becomes a table.
  await level.open();
  await level.close();
  return path;
}

export function tablesOf(path: string): readonly string[] {
  return readdirSync(path)
    .filter((name) => name.endsWith('.ldb'))
    .map((name) => join(path, name));
}

/** What it returns mends it. */
export function flip(file: string, at: number, bits: number): () => void {
  const bytes = readFileSync(file);
  const damaged = Buffer.from(bytes);
  damaged.writeUInt8(damaged.readUInt8(at) ^ bits, at);
  writeFileSync(file, damaged);
  return () => writeFileSync(file, bytes);
}

const VARINT_LIMIT = 128;

/**
 * Of a raw table: what were the last bytes of its first key, but for six, belongs to the value now. All
 * that follows is where it was.
 */
export function shortenFirstKey(file: string): void {
  const bytes = readFileSync(file);
  const [low, high] = [bytes.readUInt8(2), bytes.readUInt8(3)];
  const isLong = low >= VARINT_LIMIT;
  const less = bytes.readUInt8(1) - 6;
  const valueLength = less + (isLong ? low - VARINT_LIMIT + high * VARINT_LIMIT : low);
  bytes.writeUInt8(6, 1);
  bytes.writeUInt8(isLong ? VARINT_LIMIT + (valueLength % VARINT_LIMIT) : valueLength, 2);
  if (isLong) bytes.writeUInt8(Math.floor(valueLength / VARINT_LIMIT), 3);
  writeFileSync(file, bytes);
}
