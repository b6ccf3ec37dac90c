/** `scripts/fault` and the stories told with it, on real replicas. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { waitFor } from '../../scripts/bench/wait.ts';
import { askLauncher } from '../../scripts/local-cluster/control.ts';
import { findLeader, isReady } from '../../scripts/local-cluster/probe.ts';
import { shimMissing } from '../../scripts/torture/shim/build.ts';
import { freeBasePort, LauncherProcess, makeFolder, runProgram, runScript } from './launcher.ts';

const LIMIT_MS = 30_000;
const IDS = [1, 2, 3];

async function start() {
  const folder = makeFolder();
  const port = await freeBasePort();
  const launcher = await new LauncherProcess(folder, '--port', String(port)).ready();
  const urlOf = (id: number) => `http://127.0.0.1:${port + 10 * (id - 1)}`;
  return {
    folder,
    launcher,
    urlOf,
    fault: (...args: readonly string[]) => runScript('fault', ...args, '--data', folder),
    story: (name: string) => runProgram(`scripts/stories/${name}.sh`, ['--data', folder]),
    put: async (id: number, value: string) =>
      (await fetch(`${urlOf(id)}/v1/kv/key`, { method: 'PUT', body: value })).status,
    leader: () => waitFor(() => findLeader(IDS.map(urlOf)), { what: 'leader', limitMs: LIMIT_MS }),
  };
}

test('a partition holds, also when the links crash; they stay in until they are healed', async () => {
  const { fault, folder, launcher, leader, put, urlOf } = await start();
  const noted = () => JSON.parse(readFileSync(path.join(folder, 'cluster.json'), 'utf8')).links;
  expect(await fault('partition', '1,7')).toMatchObject({ status: 1 });
  expect(await fault('partitoin', '1')).toMatchObject({ status: 2 });
  expect(noted()).toBeUndefined();

  const cut = await fault('partition', 'leader');
  expect(cut).toMatchObject({ status: 0, output: expect.stringContaining('it holds: replica') });
  expect(cut.output).toContain(`undo: scripts/fault heal --data ${folder}`);
  const [, old] = /; replica (\d) led/.exec(cut.output) ?? [];
  const led = await leader();
  expect(led).not.toBe(Number(old));
  expect([await put(Number(old), 'a'), await put(led, 'b')]).toEqual([503, 201]);

  const links = async () => (await askLauncher(folder, { do: 'status' }))?.links;
  const before = await links();
  process.kill(before?.pid ?? 0, 'SIGKILL');
  const after = await waitFor(
    async () => {
      const now = await links();
      return now?.links?.length === 4 && now.pid !== before?.pid ? now : undefined;
    },
    { what: 'links that are opened again', limitMs: LIMIT_MS },
  );
  expect(after.links).toEqual(before?.links);
  expect([await put(Number(old), 'c'), noted()]).toEqual([503, true]);

  // Rules end with the launcher, and the links are opened before the replicas.
  expect(await launcher.end('SIGTERM')).toBe(0);
  await new LauncherProcess(folder).ready();
  expect((await fault('status')).output).toMatch(/messages {2}\d+ passed/);
  expect(await fault('heal')).toMatchObject({
    status: 0,
    output: expect.stringContaining('reach each other directly again'),
  });
  expect(noted()).toBe(false);
  const all = await Promise.all(
    IDS.map(async (id) => (await fetch(`${urlOf(id)}/v1/kv/key`)).text()),
  );
  expect(all).toEqual(['b', 'b', 'b']);
});

test('the stories hold, and a damaged replica mends itself', async () => {
  const { fault, leader, story, urlOf } = await start();
  for (const name of ['old-leader', 'one-way']) {
    expect({ name, ...(await story(name)) }).toMatchObject({ status: 0 });
  }
  const missing = await shimMissing();
  const can = missing === undefined;
  const told = can ? await story('clock-disk-power') : await fault('skew', '1', '5000');
  const telling = can
    ? /wall clock is 60000 ms ahead[^]*ENOSPC[^]*acknowledged/
    : /cannot be changed/;
  expect(told).toMatchObject({ status: can ? 0 : 1, output: expect.stringMatching(telling) });
  const follower = ((await leader()) % 3) + 1;
  expect(await fault('corrupt', String(follower))).toMatchObject({
    status: 0,
    output: expect.stringMatching(/bits flipped of (log|state)\//),
  });
  await waitFor(async () => (await isReady(urlOf(follower))) || undefined, {
    what: 'replica that has mended itself',
    limitMs: LIMIT_MS,
  });
});
