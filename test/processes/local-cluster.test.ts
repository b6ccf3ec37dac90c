/** `npm run cluster` and the faults, on real replicas. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../../scripts/bench/wait.ts';
import { findLeader } from '../../scripts/local-cluster/probe.ts';
import { freeBasePort, isAlive, LauncherProcess, makeFolder, runScript } from './launcher.ts';

const LIMIT_MS = 30_000;
const IDS = [1, 2, 3];

const urlOf = (port: number, id: number) => `http://127.0.0.1:${port + 10 * (id - 1)}`;
const urlsOf = (port: number) => IDS.map((id) => urlOf(port, id));

function put(url: string, value: string): Promise<Response> {
  return fetch(`${url}/v1/kv/key`, { method: 'PUT', body: value });
}

async function get(url: string): Promise<string> {
  return (await fetch(`${url}/v1/kv/key`)).text();
}

function leaderOf(port: number): Promise<number> {
  return waitFor(() => findLeader(urlsOf(port)), { what: 'leader', limitMs: LIMIT_MS });
}

test('starts, says what to try, comes back with its data, and begins anew', async () => {
  const folder = makeFolder();
  const port = await freeBasePort();
  const first = await new LauncherProcess(folder, '--port', String(port)).ready();
  for (const url of urlsOf(port)) expect(first.output).toContain(url);
  expect(first.output.match(/^ +curl /gm)).toHaveLength(3);
  expect(first.output).toMatch(/replica \d +leads in ballot \d+\.\d/);
  expect(statSync(path.join(folder, 'secret')).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect((await put(urlOf(port, 2), 'kept')).status).toBe(201);
  const secret = readFileSync(path.join(folder, 'secret'), 'utf8');
  expect(await first.end('SIGINT')).toBe(0);
  expect(IDS.map((id) => first.pidOf(id))).toEqual([undefined, undefined, undefined]);

  // Its number of replicas and its ports are those that it was made with.
  const second = await new LauncherProcess(folder).ready();
  expect(await get(urlOf(port, 3))).toBe('kept');
  expect(readFileSync(path.join(folder, 'secret'), 'utf8')).toBe(secret);
  const other = await runScript('cluster', '--data', folder);
  expect(other).toMatchObject({ status: 1, output: expect.stringContaining('another launcher') });
  expect(await second.end('SIGTERM')).toBe(0);
  const wrong = await runScript('cluster', '--data', folder, '--replicas', '5');
  expect(wrong).toMatchObject({ status: 1, output: expect.stringContaining('--fresh') });

  mkdirSync(path.join(folder, 'by-hand'));
  writeFileSync(path.join(folder, 'notes'), 'mine');
  const fresh = new LauncherProcess(folder, '--fresh', '--replicas', '1', '--port', String(port));
  await fresh.ready();
  expect((await fetch(`${urlOf(port, 1)}/v1/kv/key`)).status).toBe(404);
  expect(existsSync(path.join(folder, 'by-hand'))).toBe(true);
  expect(existsSync(path.join(folder, 'notes'))).toBe(true);
  expect(existsSync(path.join(folder, 'replica-3'))).toBe(false);
  expect(readFileSync(path.join(folder, 'secret'), 'utf8')).not.toBe(secret);
});

test('starts again what ended by itself, and leaves down what a fault killed', async () => {
  const folder = makeFolder();
  const port = await freeBasePort();
  const launcher = await new LauncherProcess(folder, '--port', String(port)).ready();
  const fault = (...args: readonly string[]) => runScript('fault', ...args, '--data', folder);
  await put(urlOf(port, 1), 'before');

  const leader = await leaderOf(port);
  const killed = await fault('kill', 'leader');
  expect(killed.status).toBe(0);
  expect(killed.output).toMatch(new RegExp(`replica ${leader} was killed .*it led`));
  expect(killed.output).toContain(`undo: scripts/fault restart ${leader} --data ${folder}`);
  expect((await fault('kill', String(leader))).status).toBe(1);

  // The back-off of the one that ended by itself also gives the killed one time to come back.
  const other = IDS.find((id) => id !== leader) ?? 0;
  const pid = launcher.pidOf(other) ?? 0;
  process.kill(pid, 'SIGKILL');
  await launcher.printed(`replica ${other} ended by itself (SIGKILL); started again in 1 s`);
  await waitFor(
    () => (launcher.pidOf(other) !== undefined && launcher.pidOf(other) !== pid) || undefined,
    { what: 'replica that is started again', limitMs: LIMIT_MS },
  );
  expect((await fault('status')).output).toMatch(new RegExp(`replica ${leader} +killed`));
  expect(launcher.pidOf(leader)).toBeUndefined();

  const restarted = await fault('restart', String(leader));
  expect(restarted).toMatchObject({ status: 0, output: expect.stringMatching(/is ready, after/) });
  expect(await get(urlOf(port, leader))).toBe('before');
});

test('pauses and resumes, and stops even what is paused', async () => {
  const folder = makeFolder();
  const port = await freeBasePort();
  const launcher = await new LauncherProcess(folder, '--port', String(port)).ready();
  const fault = (...args: readonly string[]) => runScript('fault', ...args, '--data', folder);
  const leader = await leaderOf(port);
  expect(await fault('pause', 'leader')).toMatchObject({
    status: 0,
    output: expect.stringMatching(/was paused \(SIGSTOP.*\nundo: scripts\/fault resume/),
  });
  expect((await fault('restart', String(leader))).output).toContain('is paused: resume it');
  const other = IDS.find((id) => id !== leader) ?? 0;
  await waitFor(async () => ((await put(urlOf(port, other), 'a')).ok ? true : undefined), {
    what: 'write without the paused leader',
    limitMs: LIMIT_MS,
  });
  expect((await fault('resume', String(leader))).status).toBe(0);
  expect(await get(urlOf(port, leader))).toBe('a');
  expect((await fault('resume', String(leader))).status).toBe(1);
  expect((await fault('kill', '4')).output).toContain('there is no replica 4');
  expect((await fault('pause', '1')).status).toBe(0);
  expect(await launcher.end('SIGTERM')).toBe(0);
  expect((await fault('status')).output).toContain('no cluster runs');
});

test('its replicas end with it, also when it is killed, and the next one goes on', async () => {
  const folder = makeFolder();
  const port = await freeBasePort();
  const first = await new LauncherProcess(folder, '--port', String(port)).ready();
  await put(urlOf(port, 1), 'kept');
  expect((await runScript('fault', 'pause', '2', '--data', folder)).status).toBe(0);
  const pids = IDS.map((id) => first.pidOf(id) ?? 0);
  onTestFinished(() => pids.filter(isAlive).forEach((pid) => process.kill(pid, 'SIGKILL')));
  await first.end('SIGKILL');
  await waitFor(() => (pids.filter(isAlive).length === 1 ? true : undefined), {
    what: 'end of the replicas, but for the paused one',
    limitMs: LIMIT_MS,
  });
  const second = await new LauncherProcess(folder).ready();
  expect(second.output).toContain('an earlier launcher was killed');
  expect(pids.filter(isAlive)).toEqual([]);
  expect(await get(urlOf(port, 2))).toBe('kept');
});

test('names what is wrong before it starts anything', async () => {
  const folder = makeFolder();
  const port = await freeBasePort();
  const server = net.createServer().listen(port + 11, '127.0.0.1');
  onTestFinished(() => void server.close());
  const taken = await runScript('cluster', '--data', folder, '--port', String(port));
  expect(taken.status).toBe(1);
  expect(taken.output).toContain(`in use: port ${port + 11} (replica 2, for peers)`);
  expect(existsSync(path.join(folder, 'replica-1'))).toBe(false);

  for (const args of [['--replicas', '0'], ['--replicas', '10'], ['--port', 'x'], ['--porty']]) {
    const wrong = await runScript('cluster', '--data', folder, ...args);
    expect(wrong).toMatchObject({ status: 2, output: expect.stringContaining(args[0] ?? '') });
  }
  const strange = makeFolder();
  mkdirSync(path.join(strange, 'replica-1'), { recursive: true });
  writeFileSync(path.join(strange, 'replica-1', 'precious'), '');
  for (const args of [[], ['--fresh']]) {
    const refused = await runScript(
      'cluster',
      '--data',
      strange,
      '--port',
      String(port + 40),
      ...args,
    );
    expect(refused.status).toBe(1);
    expect(existsSync(path.join(strange, 'replica-1', 'precious'))).toBe(true);
  }
  expect((await runScript('cluster', '--help')).output).toContain('--replicas N');
});

test('the demo holds, on a cluster that runs and on one of its own', async () => {
  const folder = makeFolder();
  const port = await freeBasePort();
  const launcher = await new LauncherProcess(folder, '--port', String(port)).ready();
  for (let run = 0; run < 2; run += 1) {
    const demo = await runScript('demo', '--data', folder);
    expect(demo).toMatchObject({ status: 0, output: expect.stringContaining('it caught up') });
  }
  await launcher.end('SIGTERM');
  const own = await runScript('demo', '--data', folder);
  expect(own.output).toContain('starting one for the demo');
  expect(own).toMatchObject({ status: 0, output: expect.stringContaining('it caught up') });
  expect((await runScript('fault', 'status', '--data', folder)).status).toBe(1);
});
