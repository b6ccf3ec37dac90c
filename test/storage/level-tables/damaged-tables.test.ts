/** A table that LevelDB would end the process for is damage like any other to whoever opens it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { openCopy } from '../../../src/recovery/surviving-state.ts';
import { openLevelDatabase } from '../../../src/storage/level-database.ts';
import { scan } from '../calls.ts';
import { bytes } from '../records.ts';
import { flip, makeDatabase, shortenFirstKey, tablesOf } from './database-files.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const OPEN = `
  import { Level } from 'level';
  const level = new Level(process.argv[1], { keyEncoding: 'view', valueEncoding: 'view' });
  await level.open();
`;
const ALL = { gte: bytes('key/'), lt: bytes('key0'), limit: 1_000 };

class OwnDamage extends Error {}
const damageOf = (cause: Error): Error => new OwnDamage(cause.message);

function startNode(script: string, path: string): ChildProcess {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', `${OPEN}${script}`, path],
    {
      cwd: ROOT,
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function makeDamaged(): Promise<string> {
  const path = await makeDatabase(false);
  const files = tablesOf(path);
  // In the order of their keys: none has a key of a few bytes for its last.
  shortenFirstKey(files.at(-1) ?? '');
  return path;
}

it('ends a process that reads it through LevelDB alone', async () => {
  const path = await makeDamaged();
  const child = startNode('for await (const entry of level.iterator()) entry;', path);
  const said: string[] = [];
  child.stderr?.on('data', (chunk) => said.push(String(chunk)));
  await once(child, 'close');
  expect({ signal: child.signalCode, said: said.join('') }).toMatchObject({
    signal: 'SIGABRT',
    said: expect.stringContaining('internal_key.size() >= 8'),
  });
});

it('is told in the words of whoever opens it, and nothing is left of the look', async () => {
  const path = await makeDamaged();
  const before = readdirSync(path);
  await expect(openLevelDatabase(path, { damageOf })).rejects.toThrow(OwnDamage);
  await expect(openLevelDatabase(path, { damageOf })).rejects.toThrow(
    /^Corruption: \d+\.ldb: a block/,
  );
  await expect(openLevelDatabase(path)).rejects.toThrow(/must not be deleted or repaired by hand/);
  expect(readdirSync(path)).toEqual(before);
});

it('is not looked for in more tables than are allowed', async () => {
  const path = await makeDamaged();
  const all = tablesOf(path).reduce((bytes, file) => bytes + statSync(file).size, 0);
  const opening = openLevelDatabase(path, { damageOf, mostCheckedBytes: all });
  await expect(opening).rejects.toThrow(OwnDamage);
  await (await openLevelDatabase(path, { damageOf, mostCheckedBytes: all - 1 })).close();
});

it('is nobody else’s damage while a process has the database open', async () => {
  const path = await makeDatabase(false);
  const child = startNode(`console.log('open'); setInterval(() => {}, 1000);`, path);
  if (child.stdout !== null) await once(child.stdout, 'data');
  shortenFirstKey(tablesOf(path).at(-1) ?? '');
  await expect(openLevelDatabase(path, { damageOf })).rejects.toThrow(/in use by another process/);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await expect(openLevelDatabase(path, { damageOf })).rejects.toThrow(OwnDamage);
});

it('is left out of a copy, of which all the rest is read', async () => {
  const path = await makeDatabase(false);
  const whole = await openLevelDatabase(path);
  const all = await scan(whole, ALL);
  await whole.close();
  const [file = ''] = tablesOf(path);
  shortenFirstKey(file);
  rmSync(join(path, 'LOCK'));
  const problems: string[] = [];
  const copy = await openCopy(path, problems);
  const left = copy === undefined ? [] : (await scan(copy, ALL)).entries;
  await copy?.close();
  expect(problems).toEqual([
    expect.stringContaining('a database of it is damaged: Corruption: '),
    expect.stringMatching(/^left out of it: \d+\.ldb: a block of \d+ bytes at 0 is damaged$/),
  ]);
  // A block is of 4 KiB, among them no record of more than 250 bytes.
  expect(left.length).toBeGreaterThan(all.entries.length - 60);
  expect(left.length).toBeLessThan(all.entries.length);
});

it('is left out of a copy whose MANIFEST is damaged too', async () => {
  const path = await makeDatabase(false);
  shortenFirstKey(tablesOf(path)[0] ?? '');
  const manifest = readdirSync(path).find((name) => name.startsWith('MANIFEST')) ?? '';
  flip(join(path, manifest), 20, 1);
  const problems: string[] = [];
  const copy = await openCopy(path, problems);
  const left = copy === undefined ? [] : (await scan(copy, ALL)).entries;
  await copy?.close();
  expect(problems.join()).toMatch(
    /left out of it: \d+\.ldb: a block of \d+ bytes at 0 is damaged$/,
  );
  expect(left.length).toBeGreaterThan(300);
});
