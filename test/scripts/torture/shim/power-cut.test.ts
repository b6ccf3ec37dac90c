/** What a power cut takes: nothing that was synced, and what was not, also by a disk that lied. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../../src/simulation/random.ts';
import type { CutOptions } from '../../../../scripts/torture/shim/power-cut.ts';
import { isMissing, type Shimmed, shimmed } from './shimmed.ts';

const ALL: CutOptions = { mode: 'all', random: () => 0.5 };
const KILL = `process.kill(process.pid, 'SIGKILL');`;

const LEVEL = `
  import { Level } from 'level';
  const level = new Level(data + '/log');
  await level.open();`;

function text({ data }: Shimmed, name: string): string | undefined {
  const path = join(data, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

describe.skipIf(isMissing)('a power cut', () => {
  it('takes what was written after the last sync', async () => {
    const under = shimmed();
    await under.run(`
      const file = fs.openSync(data + '/a', 'w');
      fs.writeSync(file, 'synced');
      fs.fdatasyncSync(file);
      fs.writeSync(file, ' and not');
      fs.writeFileSync(data + '/new', 'x');
      ${KILL}`);
    expect(under.shim.cutPower(ALL)).toBe('9 bytes of 2 files and 1 changes of names were lost');
    expect(text(under, 'a')).toBe('synced');
    expect(text(under, 'new')).toBeUndefined();
    // All that is there now is on the disk.
    expect(under.shim.cutPower(ALL)).toMatch(/^0 bytes of 0 files and 0/);
  });

  it('takes what a lying disk said was synced', async () => {
    const under = shimmed();
    const script = `
      const file = fs.openSync(data + '/a', 'a');
      fs.writeSync(file, 'text');
      fs.fsyncSync(file);
      ${KILL}`;
    await under.run(script);
    const rule = under.shim.add({ on: ['sync'], action: { type: 'lie' } });
    await under.run(script);
    expect(rule.struck()).toBe(1);
    expect(text(under, 'a')).toBe('texttext');
    under.shim.cutPower(ALL);
    expect(text(under, 'a')).toBe('text');
  });

  it('puts names and overwritten bytes back as they were', async () => {
    const under = shimmed();
    await under.run(`
      fs.writeFileSync(data + '/gone', 'was here', { flush: true });
      fs.writeFileSync(data + '/name', 'old', { flush: true });
      fs.writeFileSync(data + '/next', 'new', { flush: true });
      fs.writeFileSync(data + '/in-place', 'before', { flush: true });
      fs.renameSync(data + '/next', data + '/name');
      fs.unlinkSync(data + '/gone');
      const file = fs.openSync(data + '/in-place', 'r+');
      fs.writeSync(file, 'after.', 0);
      ${KILL}`);
    expect(readdirSync(under.data)).toEqual(['in-place', 'name']);
    under.shim.cutPower(ALL);
    const found = ['gone', 'name', 'next', 'in-place'].map((name) => text(under, name));
    expect(found).toEqual(['was here', 'old', 'new', 'before']);
  });

  it('leaves names that changed before a sync of any file', async () => {
    const under = shimmed();
    await under.run(`
      fs.writeFileSync(data + '/name', 'old', { flush: true });
      fs.writeFileSync(data + '/next', 'new', { flush: true });
      fs.renameSync(data + '/next', data + '/name');
      fs.writeFileSync(data + '/other', 'x', { flush: true });
      ${KILL}`);
    under.shim.cutPower(ALL);
    expect(text(under, 'name')).toBe('new');
    expect(readdirSync(join(under.shim.folder, 'kept'))).toEqual([]);
  });

  it('tears the last write', async () => {
    const { under, left } = await cutBig('torn');
    expect(left.slice(1000, 101_000)).toBe('b'.repeat(100_000));
    expect(left.length).toBeLessThan(201_000);
    expect(text(under, 'a')).toBe(left);
  });

  it('loses some of what was not synced, in the midst of it too', async () => {
    const { left } = await cutBig('random');
    expect(left.length).toBeLessThan(201_000);
    expect(left).toContain('\0'.repeat(512));
  });

  it('knows what LevelDB synced', async () => {
    const under = shimmed();
    await under.run(`${LEVEL}
      await level.put('first', 'synced', { sync: true });
      await level.put('second', 'not synced');
      ${KILL}`);
    under.shim.cutPower(ALL);
    const { out } = await under.run(`${LEVEL} console.log(await level.keys().all());`);
    expect(out).toBe(`[ 'first' ]`);
  });
});

async function cutBig(mode: CutOptions['mode']): Promise<{ under: Shimmed; left: string }> {
  const random = new Random(7);
  const under = shimmed();
  await under.run(`
    const file = fs.openSync(data + '/a', 'w');
    fs.writeSync(file, 'a'.repeat(1000));
    fs.fsyncSync(file);
    fs.writeSync(file, 'b'.repeat(100_000));
    fs.writeSync(file, 'c'.repeat(100_000));
    ${KILL}`);
  under.shim.cutPower({ mode, random: () => random.next() });
  const left = text(under, 'a') ?? '';
  expect(left.startsWith('a'.repeat(1000))).toBe(true);
  return { under, left };
}
