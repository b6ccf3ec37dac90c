/** LevelDB's CURRENT names another file than it did, by one bit: that is damage, as any other is. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openDataDirectory } from '../../src/storage/data-directory.ts';

async function openWith(room: 'log' | 'state', flip: (text: string) => string): Promise<string> {
  const path = mkdtempSync(join(tmpdir(), 'synod-current-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  await (await openDataDirectory(path, { replicaId: 1 })).close();
  const current = join(path, room, 'CURRENT');
  writeFileSync(current, flip(readFileSync(current, 'latin1')), 'latin1');
  try {
    await (await openDataDirectory(path, { replicaId: 1 })).close();
    return 'opened';
  } catch (error) {
    return `refused: ${String(error)}`;
  }
}

it('of a letter that is another one', async () => {
  for (const room of ['log', 'state'] as const) {
    expect(await openWith(room, (text) => text.replace('-', '='))).toBe('opened');
  }
});

it('of a hyphen that is a carriage return', async () => {
  for (const room of ['log', 'state'] as const) {
    expect(await openWith(room, (text) => text.replace('-', '\r'))).toBe('opened');
  }
});
