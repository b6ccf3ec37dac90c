/** `npm run mutants` itself, as a process: what it prints, and with which status it ends. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  copySource,
  PROJECT,
  removeCopy,
  type SourceCopy,
} from '../../scripts/mutants/source-copy.ts';

const STAMP = 'timeMs: command.timeMs, revisions';
const APPLY = 'export function apply(';
const directory = mkdtempSync(join(tmpdir(), 'synod-mutants-'));
let copy: SourceCopy;

beforeAll(async () => {
  copy = await copySource(`command-${process.pid}`, () => Promise.resolve());
});

afterAll(async () => {
  rmSync(directory, { recursive: true });
  await removeCopy(copy);
});

function run(...args: string[]): { status: number | null; text: string } {
  const script = join(copy.directory, 'dist/scripts/mutants.js');
  const { status, stderr, stdout } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    cwd: PROJECT,
  });
  return { status, text: `${stdout}${stderr}` };
}

function writePatch(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** A diff of one file, from the text that it has to that with the replacement. */
function diffOf(file: string, find: string, replace: string): string {
  const before = readFileSync(join(PROJECT, file), 'utf8');
  expect(before).toContain(find);
  const after = before.replace(find, replace);
  return createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after);
}

describe('npm run mutants', () => {
  test('--list names the mutants and those that are not planted', () => {
    const { status, text } = run('--list');
    expect(status).toBe(0);
    expect(text).toMatch(/^M01 +P0 .*\[.*I5.*\]$/m);
    expect(text).toMatch(/^not planted: M76/m);
  });

  test('--only hunts those, and writes what it found', () => {
    const json = join(directory, 'found.json');
    const markdown = join(directory, 'found.md');
    const files = ['--json', json, '--markdown', markdown];
    const { status, text } = run('--only', 'M75a,M75b', '--baseline', '2', ...files);
    expect(text).toContain('2 of 2 killed as expected');
    expect(status).toBe(0);
    const rows: unknown = JSON.parse(readFileSync(json, 'utf8'));
    expect(rows).toMatchObject([
      { id: 'M75a', verdict: 'killed', invariant: 'I12' },
      { id: 'M75b', verdict: 'killed', invariant: 'I12' },
    ]);
    expect(readFileSync(markdown, 'utf8')).toMatch(/^\| M75a \| P0 \|.*\| I12 \|/m);
  });

  test('a mutant that survives is a failure', () => {
    const { status, text } = run('--only', 'M46', '--seeds', '1', '--baseline', '0');
    expect(text).toContain('0 of 1 killed as expected; M46 survived');
    expect(status).toBe(1);
  });

  test.each([
    ['--only', 'M00'],
    ['--seeds', '0'],
    ['--nonsense', '1'],
    ['--patch', 'no/such.patch'],
  ])('%s %s is refused', (...args) => expect(run(...args).status).toBe(2));
});

describe('npm run mutants -- --patch', () => {
  const few = ['--seeds', '4', '--baseline', '1'];

  test('bugs are killed, also one that throws or hangs; the command that it prints replays one', () => {
    const find = 'function applyPut(view: View, operation: Put, moment: Moment): Applied {';
    const patches = [
      ['bug', diffOf('src/replica/applier.ts', STAMP, 'timeMs: performance.now(), revisions')],
      ['thrown', diffOf('src/kv/apply.ts', find, `${find}\n  null.value;`)],
      ['hung', diffOf('src/kv/apply.ts', find, `${find}\n  for (;;) {}`)],
    ].flatMap(([name, diff = '']) => ['--patch', writePatch(`${name}.patch`, diff)]);
    const { status, text } = run(...patches, ...few, '--seed-seconds', '3');
    expect(text).toMatch(/bug\.patch: killed by I12 with seed \d, .*\n {2}I12: /);
    expect(text).toContain('thrown.patch: killed by TypeError');
    expect(text).toMatch(/hung\.patch: killed by I25 with seed \d, .*\n {2}I25: hung/);
    expect(status).toBe(0);
    const [, script = '', seed = ''] = /replay: node (\S+) --seed (\d+) --trace/.exec(text) ?? [];
    const replay = [script, '--seed', seed, '--trace', '--no-shrink'];
    const again = spawnSync(process.execPath, replay, { encoding: 'utf8', cwd: PROJECT });
    expect(again.stdout).toContain('VIOLATES I12');
    expect(again.status).toBe(1);
  });

  test('what is no bug survives, with a type error too', () => {
    const none = diffOf('src/kv/apply.ts', APPLY, `const n: string = 1;\n${APPLY}`);
    const { status, text } = run('--patch', writePatch('none.patch', none), ...few);
    expect(text).toContain('none.patch: survived 4 seeds');
    expect(text).toContain('warning: type errors');
    expect(status).toBe(1);
  });

  test.each([
    [
      'escapes',
      '--- a/src/../../x.ts\n+++ b/src/../../x.ts\n@@ -1 +1 @@\n-a\n+b\n',
      'not within src/',
    ],
    [
      'does not apply',
      '--- a/src/main.ts\n+++ b/src/main.ts\n@@ -1 +1 @@\n-a\n+b\n',
      'does not apply',
    ],
    ['is no program', diffOf('src/kv/apply.ts', APPLY, 'export function ('), 'does not compile'],
    [
      'does not load',
      diffOf('src/kv/apply.ts', APPLY, 'export function other('),
      'cannot be loaded',
    ],
  ])('one that %s is refused', (name, text, problem) => {
    const refused = run('--patch', writePatch(`${name}.patch`, text), ...few);
    expect(refused.text).toContain(problem);
    expect(refused.status).toBe(2);
  });
});
