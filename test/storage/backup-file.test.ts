/** A backup as bytes: written, read again, and refused where anything is wrong with it. */
import { describe, expect, test } from 'vitest';
import { BackupWriter, readBackup } from '../../src/storage/backup-file.ts';
import type { Entry } from '../../src/storage/database.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import { seededRandom } from './random.ts';

const HEAD = { clusterId: 'c'.repeat(32), epoch: 3, slot: 90, revision: 80 };

function entryOf(text: string, bytes = 10): Entry {
  return [Buffer.from(text), Buffer.alloc(bytes, text)];
}

const FRAMES = [[entryOf('a')], [entryOf('b'), entryOf('c', 100_000)], [entryOf('meta')]];

function written(): Buffer {
  const writer = new BackupWriter();
  const [first = [], second = [], last = []] = FRAMES;
  const before = [writer.head(HEAD), writer.frame(first), writer.frame(second)];
  return Buffer.concat([...before, writer.lastFrame(last)]);
}

async function* inPieces(bytes: Buffer, size: number): AsyncIterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

async function read(bytes: Buffer, size = 1_000) {
  const { frames, head } = await readBackup(inPieces(bytes, size));
  const found: (readonly Entry[])[] = [];
  for await (const entries of frames) found.push(entries);
  return { head, frames: found };
}

describe('a backup', () => {
  test.each([1, 7, 1_000, 1_000_000])(
    'is read as it was written, in pieces of %i',
    async (size) => {
      const whole = written();
      // Byte by byte only the beginning of it: the rest is the same.
      const backup = await read(size === 1 ? shortBackup() : whole, size);
      expect(backup.head).toEqual(HEAD);
      expect(backup.frames).toEqual(size === 1 ? [[entryOf('meta')]] : FRAMES);
    },
  );

  test('is refused where it is cut short, anywhere', async () => {
    const whole = shortBackup();
    for (let length = 0; length < whole.length; length += 1) {
      await expect(read(whole.subarray(0, length))).rejects.toThrow(StorageError);
    }
  });

  test('is refused where one bit is flipped, anywhere', async () => {
    const whole = written();
    const random = seededRandom(1);
    for (let turn = 0; turn < 200; turn += 1) {
      const damaged = Buffer.from(whole);
      const bit = Math.floor(random() * 8 * damaged.length);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await expect(read(damaged)).rejects.toThrow(StorageError);
    }
  });

  test('is refused where it goes on behind its end', async () => {
    const longer = Buffer.concat([written(), Buffer.of(0)]);
    await expect(read(longer)).rejects.toThrow('goes on behind its end');
  });

  test.each([
    ['another version', '{"format":"synod-backup","version":3}\n', /another version wrote it/],
    ['something else', 'PK\u0003\u0004 and no line at all', /not a backup/],
    ['a line without end', '{'.repeat(10_000), /not a backup/],
  ])('of %s is none', async (_, text, reason) => {
    await expect(read(Buffer.from(text))).rejects.toThrow(reason);
  });
});

function shortBackup(): Buffer {
  const writer = new BackupWriter();
  return Buffer.concat([writer.head(HEAD), writer.lastFrame([entryOf('meta')])]);
}
