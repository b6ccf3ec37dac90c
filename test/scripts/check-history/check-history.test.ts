/** `npm run check-history`, as it is run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const PROJECT = path.resolve(import.meta.dirname, '../../..');
const DATA = path.join(PROJECT, 'test/data/histories');
const VERDICTS: unknown = JSON.parse(readFileSync(path.join(DATA, 'verdicts.json'), 'utf8'));

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'synod-histories-'));
  const tsc = path.join(PROJECT, 'node_modules/.bin/tsc');
  const options = ['-p', 'tsconfig.build.json', '--incremental', 'false', '--outDir', directory];
  spawnSync(tsc, options, { cwd: PROJECT, shell: process.platform === 'win32' });
  writeFileSync(path.join(directory, 'package.json'), '{"type":"module"}');
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const script = path.join(directory, 'scripts/check-history.js');
  return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', cwd: directory });
}

function written(name: string, text: string): string {
  const file = path.join(directory, name);
  writeFileSync(file, text);
  return file;
}

const STALE = [
  '{"process":0,"type":"invoke","f":"write","key":"k","value":1,"time":1}',
  '{"process":0,"type":"ok","f":"write","key":"k","value":1,"time":2}',
  '{"process":1,"type":"invoke","f":"read","key":"k","value":null,"time":3}',
  '{"process":1,"type":"ok","f":"read","key":"k","value":null,"time":4}',
].join('\n');

describe('check-history', () => {
  test('tells of each file, in one line, and by its status', () => {
    const good = path.join(DATA, 'etcd/etcd_002.log');
    const bad = path.join(DATA, 'etcd/etcd_001.log');
    expect(VERDICTS).toMatchObject({ 'etcd/etcd_002.log': true, 'etcd/etcd_001.log': false });
    expect(run('--model', 'etcd-register', good)).toMatchObject({
      status: 0,
      stdout: `${good} linearizable\n`,
      stderr: '',
    });
    expect(run('--model', 'etcd-register', good, bad)).toMatchObject({
      status: 1,
      stdout: `${good} linearizable\n${bad} not linearizable\n`,
    });
  });

  test('finds a stale read in a history of our own, and explains it', () => {
    const file = written('stale.jsonl', STALE);
    const { status, stdout } = run('--model', 'register', '--explain', file);
    expect(status).toBe(1);
    expect(stdout.split('\n')[0]).toBe(`${file} not linearizable`);
    expect(stdout).toContain('read');
  });

  test('counts what broke another promise, and passes what kept it', () => {
    const lost = [
      '{"process":0,"type":"invoke","f":"add","key":"s","value":1,"time":1}',
      '{"process":0,"type":"ok","f":"add","key":"s","value":1,"time":2}',
      '{"process":1,"type":"invoke","f":"read","key":"s","value":null,"time":3}',
      '{"process":1,"type":"ok","f":"read","key":"s","value":[],"time":4}',
    ];
    const bad = written('lost.jsonl', lost.join('\n'));
    const good = written('kept.jsonl', lost.slice(0, 2).join('\n'));
    const { status, stdout } = run('--model', 'set', '--explain', bad, good);
    expect(status).toBe(1);
    expect(stdout.split('\n')).toEqual([
      `${bad} failed: sets 1, adds 1, acknowledged 1, reads 1, lost 1`,
      expect.stringContaining('  lost: set "s": 1, known from process 0: add 1 (lines 1 to 2)'),
      `${good} passed: sets 1, adds 1, acknowledged 1, neverRead 1`,
      '',
    ]);
    for (const model of ['counter', 'bank', 'lock', 'watch', 'staleness']) {
      expect(run('--model', model, bad)).toMatchObject({ status: 2, stdout: '' });
    }
  });

  test('a limit that is reached is no pass', () => {
    const file = written('stale.jsonl', STALE);
    const { status, stdout } = run('--model', 'register', '--steps', '1', file);
    expect(status).toBe(3);
    expect(stdout).toMatch(/^\S+ undecided: /);
  });

  test('says what is wrong with an option or a file', () => {
    const broken = written('broken.jsonl', `${STALE}\nnonsense`);
    expect(run('--model', 'register', broken)).toMatchObject({ status: 2, stdout: '' });
    expect(run('--model', 'register', broken).stderr).toContain('line 5');
    expect(run('--model', 'register', path.join(directory, 'nowhere')).status).toBe(2);
    expect(run('--model', 'sonnet', broken).stderr).toContain('not one of etcd-register');
    expect(run('--model', 'register').stderr).toContain('no FILE');
    expect(run('--help').status).toBe(0);
  });
});
