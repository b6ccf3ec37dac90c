/** Calls on files that fail, hang, or kill their process: Node's own, and those of LevelDB. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../../../scripts/bench/wait.ts';
import { end, isMissing, shimmed } from './shimmed.ts';

/** Says of each call of Node's what it threw. */
const EACH_CALL = `
  const said = {};
  const attempt = (name, call) => {
    try { return call(); } catch (error) { said[name] = error.code; }
  };
  fs.writeFileSync(data + '/other', 'x');
  const file = fs.openSync(data + '/plain', 'w+');
  attempt('write', () => fs.writeSync(file, 'text'));
  attempt('pwrite', () => fs.writeSync(file, 'text', 10));
  attempt('writev', () => fs.writevSync(file, [Buffer.from('a'), Buffer.from('b')]));
  attempt('fsync', () => fs.fsyncSync(file));
  attempt('fdatasync', () => fs.fdatasyncSync(file));
  attempt('read', () => fs.readSync(file, Buffer.alloc(4), 0, 4, null));
  attempt('pread', () => fs.readSync(file, Buffer.alloc(4), 0, 4, 0));
  attempt('rename', () => fs.renameSync(data + '/other', data + '/renamed'));
  attempt('unlink', () => fs.unlinkSync(data + '/other'));
  attempt('open', () => fs.openSync(data + '/plain', 'r'));
  console.log(JSON.stringify(said));`;

const OPERATIONS = ['write', 'sync', 'read', 'rename', 'unlink', 'open'] as const;
const CALLS = ['write', 'pwrite', 'writev', 'fsync', 'fdatasync', 'read', 'pread', 'rename'];

const LEVEL = `
  import { Level } from 'level';
  const level = new Level(data + '/log');
  const told = await level.open().then(() => 'opened', (error) => 'not opened: ' + error.cause);
  console.log(told);
  for (let at = 0; at < 5; at += 1) {
    await level.put('key' + at, 'value', { sync: true }).then(
      () => console.log('put ' + at), (error) => { console.log(String(error)); process.exit(3); });
  }`;

describe.skipIf(isMissing)('a rule', () => {
  it('strikes every call of its kind that Node makes', async () => {
    const { shim, run } = shimmed();
    expect(JSON.parse((await run(EACH_CALL)).out)).toEqual({ unlink: 'ENOENT' });
    // Two files are opened, and one written to, before the call that is to fail.
    const skips = { write: 1, sync: 0, read: 0, rename: 0, unlink: 0, open: 2 } as const;
    for (const on of OPERATIONS) {
      shim.add({ on: [on], skip: skips[on], action: { type: 'error', code: 'EIO' } });
    }
    const struck = [...CALLS, 'unlink', 'open'].map((call) => [call, 'EIO']);
    expect(JSON.parse((await run(EACH_CALL)).out)).toEqual(Object.fromEntries(struck));
  });

  it('strikes the files of its path alone, after some calls, so many times', async () => {
    const { shim, run } = shimmed();
    const rule = shim.add({
      on: ['write'],
      path: 'this',
      skip: 1,
      times: 2,
      action: { type: 'error', code: 'ENOSPC' },
    });
    const { out } = await run(`
      for (const name of ['this', 'that']) {
        const file = fs.openSync(data + '/' + name, 'w');
        for (let at = 0; at < 5; at += 1) {
          try { fs.writeSync(file, 'x'); } catch (error) { console.log(name, at, error.code); }
        }
      }`);
    expect(out).toBe('this 1 ENOSPC\nthis 2 ENOSPC');
    expect([rule.seen(), rule.struck()]).toEqual([5, 2]);
  });

  it('strikes what LevelDB does through stdio', async () => {
    const first = shimmed();
    first.shim.add({ on: ['sync'], path: '.log', skip: 2, action: { type: 'error', code: 'EIO' } });
    const failed = await first.run(LEVEL);
    expect(failed.how).toBe(3);
    expect(failed.out).toMatch(/^opened\nput 0\nput 1\n.*Input\/output error/);
    const second = shimmed();
    second.shim.add({ on: ['write'], path: '.log', action: { type: 'error', code: 'ENOSPC' } });
    expect((await second.run(LEVEL)).out).toMatch(/^opened\n.*No space left/);
    second.shim.clear();
    second.shim.add({ on: ['read'], path: 'MANIFEST', action: { type: 'error', code: 'EIO' } });
    expect((await second.run(LEVEL)).out).toMatch(/^not opened: .*Input\/output error/);
  });

  it('kills right before the call, or right after it', async () => {
    for (const when of ['before', 'after'] as const) {
      const { shim, data, run } = shimmed();
      shim.add({ on: ['rename'], path: 'b', times: 1, action: { type: 'kill', when } });
      const script = `
        fs.writeFileSync(data + '/a', 'x');
        fs.renameSync(data + '/a', data + '/b');
        console.log('done');`;
      expect((await run(script)).how).toBe('SIGKILL');
      expect(existsSync(join(data, 'b'))).toBe(when === 'after');
      expect((await run(script)).out).toBe('done');
    }
  });

  it('lets a sync hang until it is removed', async () => {
    const { shim, start } = shimmed();
    const rule = shim.add({ on: ['sync'], action: { type: 'hang' } });
    const child = start(`
      const file = fs.openSync(data + '/a', 'w');
      fs.fsyncSync(file);
      console.log('synced');`);
    const ended = end(child);
    await waitFor(() => rule.struck() === 1 || undefined, { what: 'a sync', limitMs: 20_000 });
    expect(child.exitCode).toBeNull();
    rule.remove();
    expect((await ended).out).toBe('synced');
  });

  it('makes a sync slow', async () => {
    const { shim, run } = shimmed();
    shim.add({ on: ['sync'], action: { type: 'sleep', ms: 60 } });
    const { out } = await run(`
      const file = fs.openSync(data + '/a', 'w');
      const began = performance.now();
      fs.fsyncSync(file);
      console.log(performance.now() - began);`);
    expect(Number(out)).toBeGreaterThan(59);
  });

  it('touches nothing outside of the data directory', async () => {
    const { shim, data, run } = shimmed();
    shim.add({
      on: ['write', 'open', 'sync', 'rename'],
      action: { type: 'error', code: 'EIO' },
    });
    const { out } = await run(`
      fs.writeFileSync(data + '-beside', 'x', { flush: true });
      fs.renameSync(data + '-beside', data + '-other');
      console.log('done');`);
    expect(out).toBe('done');
    expect(readFileSync(`${data}-other`, 'utf8')).toBe('x');
  });
});
