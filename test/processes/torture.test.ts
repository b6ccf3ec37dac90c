/** A short run of `npm run torture`, as a user would start it: what it leaves, and that it can be red. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parseHistory } from '../../src/verify/history.ts';
import { damagedHistory } from '../../scripts/torture/damaged-history.ts';
import { findWorkload } from '../../scripts/torture/workloads/catalogue.ts';

const LIMIT_MS = 100_000;

function torture(...args: readonly string[]) {
  const command = [join('dist', 'scripts', 'torture.js'), ...args];
  return spawnSync(process.execPath, command, { encoding: 'utf8', timeout: LIMIT_MS });
}

it('partitions a cluster under load, heals it, and shows that all was right', () => {
  const name = `test-${process.pid}`;
  onTestFinished(() => rmSync(join('runs', name), { recursive: true, force: true }));
  const asked = `--workload W1,W3,W4 --fault N5 --minutes 0.1 --network loopback --name ${name}`;
  const { status, stdout, stderr } = torture(...asked.split(' '));
  expect({ status, stderr, red: /failed {4}.*/.exec(stdout)?.[0] }).toEqual({
    status: 0,
    stderr: '',
    red: undefined,
  });
  expect(stdout).toMatch(/\+ N5 /);
  expect(stdout).toMatch(/all is healed/);
  const folder = resolve('runs', readlinkSync(join('runs', 'latest')));
  const verdict: unknown = JSON.parse(readFileSync(join(folder, 'verdict.json'), 'utf8'));
  expect(verdict).toMatchObject({ name, result: 'green', faults: ['N5'], skipped: null });
  for (const file of ['replica-1.log', 'faults.jsonl', 'samples.jsonl', 'report.html']) {
    expect([file, existsSync(join(folder, file))]).toEqual([file, true]);
  }
  for (const id of ['W1', 'W3', 'W4']) {
    const workload = findWorkload(id);
    if (workload === undefined) throw new Error(`no workload ${id}`);
    const file = join(folder, 'history', `${workload.name}.jsonl`);
    const events = parseHistory(readFileSync(file, 'utf8'));
    const damaged = damagedHistory(id, events);
    if (damaged === undefined) throw new Error(`${id}: no answer to change`);
    const results = (all: typeof events) => workload.check(all, true).map(({ result }) => result);
    expect([id, results(events).every((result) => result === 'passed')]).toEqual([id, true]);
    expect([id, results(damaged)]).toEqual([id, expect.arrayContaining(['failed'])]);
  }
});

it.each([
  [['--workload', 'W99'], /not one of W1/],
  [['--fault', 'rain'], /not one of N1/],
  [['--minutes', '0'], /--minutes/],
])('refuses %j with status 2, and says why', (args, why) => {
  const { status, stderr } = torture(...args);
  expect(status).toBe(2);
  expect(stderr).toMatch(why);
});
