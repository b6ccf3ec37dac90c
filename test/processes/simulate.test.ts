/** `npm run simulate` as a user runs it: what it prints, and its exit status. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseTrace } from '../../src/simulation/trace-file.ts';
import { copyBuild, type PlantedBug } from '../support/mutant-build.ts';

const DIST = resolve('dist');
/** An acceptor accepts whatever it promised. */
const ACCEPTS_ALL: PlantedBug = {
  file: 'paxos/acceptor-rules.js',
  find: 'export function mayAccept(promised, ballot) {',
  replace: 'export function mayAccept(promised, ballot) { return true;',
};
/** One run of a seed differs from the next. */
const FORGETS_SEED: PlantedBug = {
  file: 'simulation/random.js',
  find: 'this.#state = seed | 0;',
  replace: 'this.#state = (Math.random() * 1e9) | 0;',
};

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function simulate(dist: string, cwd: string, ...args: readonly string[]): Ran {
  const script = join(dist, 'scripts', 'simulate.js');
  return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', cwd });
}

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'synod-simulate-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

test('many seeds: a summary, and status 0', () => {
  const ran = simulate(DIST, directory(), '--seeds', '12', '--from', '5', '--jobs', '2');
  expect(ran.stdout).toMatch(/^seeds +12, from 5 to 16$/m);
  expect(ran.stdout).toMatch(/^violations +0$/m);
  expect(ran.stdout).toMatch(/^run twice +1 seeds \(I26\)$/m);
  expect(ran.stdout).toMatch(/^probes +\d+ reached, \d+ missed$/m);
  // On a busy machine it says how far it is.
  expect(ran.stderr.replaceAll(/^\d+ of 12 seeds, .*\n/gm, '')).toBe('');
  expect(ran.status).toBe(0);
});

test('for a time: as many seeds as fit into it', () => {
  const ran = simulate(DIST, directory(), '--minutes', '0.02', '--jobs', '1');
  expect(ran.stdout).toMatch(/^seeds +[1-9]\d*, from 1 to \d+$/m);
  expect(ran.status).toBe(0);
});

test('bad options: what is wrong with them, and status 2', () => {
  const ran = simulate(DIST, directory(), '--seeds', 'many');
  expect(ran.stderr).toMatch(/^--seeds: not a whole number from 1 to 2147483647: many$/m);
  expect(ran).toMatchObject({ status: 2, stdout: '' });
  const missing = simulate(DIST, directory(), '--replay', 'nowhere.jsonl');
  expect(missing.stderr).toContain('--replay nowhere.jsonl: ENOENT');
  expect(missing.status).toBe(2);
});

test('one seed: its trace is told, saved, and replayed', () => {
  const cwd = directory();
  const ran = simulate(DIST, cwd, '--seed', '8', '--trace', '--save', 'out/eight.jsonl');
  expect(ran.stdout).toMatch(/^ +ms {2}R1/m);
  expect(ran.stdout).toContain('every invariant holds');
  expect(ran.status).toBe(0);
  const { case: tried, trace } = parseTrace(readFileSync(join(cwd, 'out', 'eight.jsonl'), 'utf8'));
  expect(tried).toEqual({ seed: 8 });
  expect(trace.length).toBeGreaterThan(1_000);
  const again = simulate(DIST, cwd, '--replay', 'out/eight.jsonl');
  expect(again.stdout).toContain('out/eight.jsonl: the same happens, trace hash ');
  expect(again.status).toBe(0);
});

test('a violation: the command that replays it, the smallest story, a file, and status 1', () => {
  const dist = copyBuild([ACCEPTS_ALL], ['src', 'scripts']);
  const cwd = directory();
  const found = simulate(dist, cwd, '--seeds', '10', '--replicas', '3', '--no-shrink');
  const [, seed = ''] = /^seed (\d+) VIOLATES I\d+: /m.exec(found.stdout) ?? [];
  expect(found).toMatchObject({ status: 1, stdout: expect.not.stringContaining('shrunk in') });
  const ran = simulate(dist, cwd, '--from', seed, '--seeds', '1', '--replicas', '3');
  expect(ran.status).toBe(1);
  expect(ran.stdout).toContain(
    `  replay: npm run simulate -- --seed ${seed} --replicas 3 --trace\n`,
  );
  expect(ran.stdout).toMatch(/^ +\d+\.\d {2}#+ +VIOLATION of I\d+: /m);
  expect(ran.stdout).toMatch(/^shrunk in [\d,]+ runs: [\d,]+ choices to \d+, /m);
  const [, file = ''] = /^ {2}saved: (\S+)$/m.exec(ran.stdout) ?? [];
  expect(existsSync(join(cwd, file))).toBe(true);
  const again = simulate(dist, cwd, '--replay', file);
  expect(again.stdout).toContain(`${file}: the same happens`);
  expect(again.status).toBe(1);
  const mended = simulate(DIST, cwd, '--replay', file);
  expect(mended.stdout).toContain(`${file}: it ends otherwise`);
  expect(mended.status).toBe(0);
});

test('two runs of a seed that differ violate I26', () => {
  const dist = copyBuild([FORGETS_SEED], ['src', 'scripts']);
  const ran = simulate(dist, directory(), '--seed', '3');
  expect(ran.stdout).toContain('seed 3 VIOLATES I26: two runs of a seed are the same');
  expect(ran.status).toBe(1);
});
