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

/**
 * Of a raw table: its first key has six bytes less than it had. What was the value then begins with
 * them, and all that follows is where it was.
 */
export function shortenFirstKey(file: string): void {
  const bytes = readFileSync(file);
  const [length, valueLength] = [bytes.readUInt8(1), bytes.readUInt8(2)];
  const less = length - 6;
  bytes.writeUInt8(length - less, 1);
  bytes.writeUInt8(valueLength + less, 2);
  writeFileSync(file, bytes);
}
