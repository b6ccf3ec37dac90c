/** `npm run check-history`, as a user calls it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const run = promisify(execFile);
const data = 'test/data/histories';
const folder = mkdtempSync(path.join(tmpdir(), 'synod-histories-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function check(...args: readonly string[]) {
  return program(process.execPath, ['dist/scripts/check-history.js', ...args]);
}

async function program(command: string, args: readonly string[]) {
  try {
    return { status: 0, ...(await run(command, args)) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'stdout' in error && 'stderr' in error) {
      return { status: error.code, stdout: String(error.stdout), stderr: String(error.stderr) };
    }
    throw error;
  }
}

function file(name: string, content: string | Uint8Array): string {
  const place = path.join(folder, name);
  writeFileSync(place, content);
  return place;
}

const write = '{"process":0,"type":"invoke","f":"write","key":"k","value":1,"time":1}\n';
const ok = '{"process":0,"type":"ok","f":"write","key":"k","value":1,"time":2}\n';
const read = (value: unknown) =>
  `{"process":1,"type":"invoke","f":"read","key":"k","value":null,"time":3}
{"process":1,"type":"ok","f":"read","key":"k","value":${JSON.stringify(value)},"time":4}\n`;

it('prints a line for each file, and nothing else', async () => {
  const names = ['etcd_001', 'etcd_002', 'etcd_005'].map((name) => `${data}/etcd/${name}.log`);
  const { status, stdout, stderr } = await check('--model', 'etcd-register', ...names);
  expect(stdout).toBe(
    `${names[0]} not linearizable\n${names[1]} linearizable\n${names[2]} linearizable\n`,
  );
  expect([status, stderr]).toEqual([1, '']);
});

it('is a script of npm, and takes any path', async () => {
  const absolute = path.resolve(data, 'kv/c10-ok.txt');
  const relative = `./${data}/kv/c01-ok.txt`;
  const args = ['run', '--silent', 'check-history', '--', '--model', 'kv', absolute, relative];
  const { status, stdout } = await program('npm', args);
  expect(stdout).toBe(`${absolute} linearizable\n${relative} linearizable\n`);
  expect(status).toBe(0);
});

it('reads the same with other ends of lines, empty ones, and a mark of the byte order', async () => {
  const bad = readFileSync(`${data}/kv/c10-bad.txt`, 'utf8');
  const other = file('other.txt', `\uFEFF\r\n${bad.replaceAll('\n', '\r\n\r\n')}`);
  const { status, stdout } = await check(`--model=kv`, other);
  expect([status, stdout]).toEqual([1, `${other} not linearizable\n`]);
});

it('explains, where it is asked to', async () => {
  const wrong = file('wrong.jsonl', write + ok + read(2));
  const { status, stdout } = await check('--explain', '--model', 'register', wrong);
  expect(status).toBe(1);
  expect(stdout).toBe(`${wrong} not linearizable
  key "k": not linearizable. No order explains process 1: read -> 2 (lines 3 to 4)
    At the beginning there is null.
    From there, these have no order, whatever else took effect:
      process 1: read -> 2 (lines 3 to 4)
`);
});

it('takes an empty file as a history in which nothing happened', async () => {
  const empty = file('empty', '');
  for (const model of ['etcd-register', 'kv', 'register', 'map']) {
    expect(await check('--model', model, empty)).toEqual({
      status: 0,
      stdout: `${empty} linearizable\n`,
      stderr: '',
    });
  }
});

it('says what it could not decide, and why', async () => {
  const names = [`${data}/kv/c10-ok.txt`, `${data}/kv/c01-ok.txt`];
  const { status, stdout } = await check('--model', 'kv', '--steps', '10', ...names);
  expect(status).toBe(3);
  expect(stdout).toMatch(/c10-ok.txt undecided: key "0": undecided, maxSteps \(10\) was reached/);
  expect(stdout.split('\n').length).toBe(3);
});

it.each([
  ['no model', [], '--model'],
  ['another model', ['--model', 'queue', 'x'], '--model: not one of etcd-register, kv,'],
  ['no file', ['--model', 'kv'], 'no FILE'],
  ['another option', ['--model', 'kv', '--fast', 'x'], '--fast'],
  ['no steps', ['--model', 'kv', '--steps', '0', 'x'], '--steps: not a whole number above 0: 0'],
])('refuses %s', async (_, args, message) => {
  const { status, stdout, stderr } = await check(...args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
  expect(stderr).toContain('usage: npm run check-history');
});

it('explains itself', async () => {
  const { status, stdout } = await check('--help');
  expect([status, stdout]).toEqual([0, expect.stringContaining('usage: npm run check-history')]);
});

it('names the file and the line that it cannot read, and goes on with the others', async () => {
  const fine = file('fine.jsonl', write + ok + read(1));
  const half = file('half.jsonl', `${write}\n${ok.slice(0, 40)}\n`);
  const twice = file('twice.jsonl', write + ok + ok);
  const bytes = file('bytes.jsonl', new Uint8Array([0x22, 0xff, 0xfe, 0x22]));
  const other = file('other.jsonl', write.replace('write', 'append'));
  const files = [half, fine, twice, bytes, other, path.join(folder, 'none')];
  const { status, stdout, stderr } = await check('--model', 'register', ...files);
  expect([status, stdout]).toEqual([2, `${fine} linearizable\n`]);
  const [first, second, third, fourth, fifth] = stderr.split('\n');
  expect(first).toContain(`${half}: line 3 of the history: `);
  expect(second).toBe(`${twice}: line 3: no such call of its process is open`);
  expect(third).toContain(`${bytes}: not UTF-8`);
  expect(fourth).toBe(`${other}: line 1: a register has no append of 1`);
  expect(fifth).toContain('ENOENT');
});

it('counts what broke another promise, and passes what kept it', async () => {
  const lost = [
    '{"process":0,"type":"invoke","f":"add","key":"s","value":1,"time":1}',
    '{"process":0,"type":"ok","f":"add","key":"s","value":1,"time":2}',
    '{"process":1,"type":"invoke","f":"read","key":"s","value":null,"time":3}',
    '{"process":1,"type":"ok","f":"read","key":"s","value":[],"time":4}',
  ];
  const bad = file('lost.jsonl', lost.join('\n'));
  const good = file('kept.jsonl', lost.slice(0, 2).join('\n'));
  const { status, stdout } = await check('--model', 'set', '--explain', bad, good);
  expect(status).toBe(1);
  expect(stdout.split('\n')).toEqual([
    `${bad} failed: sets 1, adds 1, acknowledged 1, reads 1, lost 1`,
    expect.stringContaining('  lost: set "s": 1, known from process 0: add 1 (lines 1 to 2)'),
    `${good} passed: sets 1, adds 1, acknowledged 1, neverRead 1`,
    '',
  ]);
  for (const model of ['counter', 'bank', 'lock', 'watch', 'staleness']) {
    expect(await check('--model', model, bad)).toMatchObject({ status: 2, stdout: '' });
  }
});
