/**
 * A majority is gone for good: what is left of it is read, and begins a new epoch, which no member of
 * the old one can reach or be taken for.
 */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { startChild } from '../../scripts/bench/child.ts';
import {
  isReady,
  ReplicaCluster,
  ReplicaProcess,
  statusOf,
} from '../../scripts/bench/replica-cluster.ts';
import { waitFor } from '../../scripts/bench/wait.ts';
import { ClientLoad } from '../support/client-load.ts';
import { caughtUp, clientOf, clientsOf, startCluster } from '../support/cluster.ts';
import { accepted, contentOf, put as putOf, writeDirectory } from '../recovery/directories.ts';
import { findLosses } from '../support/write-workload.ts';

const LIMIT_MS = 20_000;
const REVISION_GAP = 1_000_000_000;
const LEFT = 1;
const CONFIG = z.looseObject({ dataDir: z.string() });

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'synod-recovered-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

interface Recovered {
  /** Its exit status, or the signal that ended it. */
  readonly code: unknown;
  readonly said: string;
}

function recover(...args: readonly string[]): Promise<Recovered> {
  return recoverWith([], ...args);
}

async function recoverWith(
  flags: readonly string[],
  ...args: readonly string[]
): Promise<Recovered> {
  const logFile = join(folder(), 'recover.log');
  const command = [...flags, join('dist', 'src', 'recover.js'), ...args];
  const child = startChild(process.execPath, command, { logFile });
  return { code: await child.ended, said: readFileSync(logFile, 'utf8') };
}

/** The same replica, with the same addresses, and another directory. */
function inDirectory(cluster: ReplicaCluster, id: number, dataDir: string): ReplicaProcess {
  const { plan } = cluster.replica(id);
  const place = join(plan.directory, '..');
  const config: unknown = JSON.parse(readFileSync(join(place, `replica-${id}.json`), 'utf8'));
  const file = join(folder(), 'replica.json');
  writeFileSync(file, JSON.stringify({ ...CONFIG.parse(config), dataDir }));
  const command = [process.execPath, join('dist', 'src', 'main.js'), '--config', file];
  const replica = new ReplicaProcess(plan, command, `${file}.log`);
  onTestFinished(async () => {
    if (replica.isRunning()) await replica.kill9();
  });
  return replica;
}

function configOf(replica: ReplicaProcess): string {
  return replica.logFile.replace(/\.log$/, '');
}

it('begins a new epoch from the one directory that is left, and fences it', async () => {
  const cluster = await startCluster();
  const clients = clientsOf(cluster);
  const load = new ClientLoad(clients, 'load/');
  await load.progress(60);
  const before = cluster.replica(LEFT).plan.directory;
  const whileRunning = await recover('--dir', before);
  expect([whileRunning.code, whileRunning.said]).toEqual([
    1,
    expect.stringContaining('is in use by a process: a replica runs on it'),
  ]);
  // What was acknowledged by now, the survivor gets: nobody writes any more, and all catch up.
  await load.stop();
  await caughtUp(cluster);
  const { acknowledged } = load.writes;
  const highest = Math.max(...acknowledged.map(({ revision }) => revision));
  const late = clientOf(clients, await cluster.leader());
  const burst = Array.from({ length: 50 }, (_, at) => late.put(`late/${at}`, 'late'));
  await Promise.race(burst);
  await cluster.kill9();
  await Promise.all(burst);
  rmSync(cluster.replica(2).plan.directory, { recursive: true });
  // It is thought to be lost, and comes back later.
  const returned = join(folder(), 'data-3');
  cpSync(cluster.replica(3).plan.directory, returned, { recursive: true });
  rmSync(cluster.replica(3).plan.directory, { recursive: true });

  const content = contentOf(before);
  const report = await recover('--dir', before, '--slots');
  expect([report.code, report.said]).toEqual([0, expect.stringContaining('the best state is')]);
  expect(contentOf(before)).toEqual(content);
  const [, scratch = ''] = /copies are made in (\S+),/.exec(report.said) ?? [];
  expect([scratch === '', existsSync(scratch)]).toEqual([false, false]);

  const fresh = inDirectory(cluster, LEFT, join(folder(), 'new'));
  const made = await recover('--dir', before, '--write', '--config', configOf(fresh));
  expect([made.code, made.said]).toEqual([0, expect.stringContaining(`fenced: ${before}`)]);
  const [, clusterId = ''] = /new cluster ([0-9a-f]{32}), epoch 2/.exec(made.said) ?? [];
  const twice = await recover('--dir', before, '--write', '--config', configOf(fresh));
  expect([twice.code, twice.said]).toEqual([1, expect.stringContaining('is not empty')]);
  const kept = contentOf(before);
  expect([...kept.keys()].filter((name) => !content.has(name))).toEqual([
    join(before, 'fenced.json'),
  ]);
  expect(content).toEqual(new Map([...kept].filter(([name]) => content.has(name))));

  fresh.start();
  await isReady(fresh, LIMIT_MS);
  const client = clientOf(clients, cluster.replica(LEFT));
  expect(await findLosses(client, acknowledged)).toEqual([]);
  const put = await client.put('load/new', 'new');
  expect(put.type === 'ok' && put.revision).toBeGreaterThan(highest + REVISION_GAP);

  const old = inDirectory(cluster, LEFT, before);
  old.start();
  expect(await old.child.ended).toBe(1);
  expect(old.wholeLog()).toContain(`made cluster ${clusterId} of it`);
  expect(old.wholeLog()).toContain('add it to that cluster with POST /v1/cluster/members');

  const third = inDirectory(cluster, 3, returned);
  third.start();
  const isUp = (): Promise<true | undefined> =>
    statusOf(third).then((status) => (status?.role === 'follower' ? true : undefined));
  await waitFor(isUp, { what: 'the old member', limitMs: LIMIT_MS });
  const { clientUrl, peerUrl } = third.plan;
  const added = await fetch(`${fresh.clientUrl}/v1/cluster/members`, {
    method: 'POST',
    body: JSON.stringify({ id: third.id, peerUrl, clientUrl }),
    headers: { 'content-type': 'application/json' },
  });
  expect([added.status, await added.text()]).toEqual([
    409,
    expect.stringContaining(`belongs to cluster`),
  ]);
  expect(await statusOf(third)).toMatchObject({ role: 'follower', leader: null });
  expect(await statusOf(fresh)).toMatchObject({ role: 'leader', members: [{ id: LEFT }] });
  const again = await recover('--dir', before);
  expect([again.code, again.said]).toEqual([
    0,
    expect.stringContaining(`it was fenced for cluster ${clusterId}`),
  ]);
});

it('refuses what it cannot do, and says why', async () => {
  const place = folder();
  const refusals: readonly (readonly [readonly string[], number, string])[] = [
    [[], 2, 'name at least one data directory'],
    [['--dir', place, '--dir', join(place, '.')], 2, 'is given twice'],
    [['--dir', place, '--config', 'none'], 2, '--config: only goes with --write'],
    [['--dir', place, '--write', '--config', join(place, 'none')], 2, 'configuration: '],
    [['--dir', join(place, 'none')], 1, 'not recovered: cannot read'],
    [['--dir', place], 1, 'holds nothing that tells whose it is'],
  ];
  await Promise.all(
    refusals.map(async ([args, status, reason]) => {
      const { code, said } = await recover(...args);
      expect([code, said]).toEqual([status, expect.stringContaining(reason)]);
    }),
  );
});

/** The flag by which Node ends with SIGKILL right after it gave so many files their names. */
function killedAfter(renames: number): string {
  const code = `import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const { renameSync } = fs;
    let left = ${renames};
    fs.renameSync = (from, to) => {
      renameSync(from, to);
      left -= 1;
      if (left === 0) process.kill(process.pid, 'SIGKILL');
    };
    syncBuiltinESMExports();`;
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
}

it('can be ended at any moment, and begun again with another empty directory', async () => {
  const batches = [1, 2].map((slot) => [accepted(slot, putOf(`key ${slot}`, `value ${slot}`))]);
  const left = await writeDirectory(join(folder(), 'left'), { batches, chosenUpTo: 2 });
  const scratch = folder();
  let renames = 0;
  let last: Recovered;
  for (;;) {
    renames += 1;
    const root = join(folder(), 'left');
    cpSync(left, root, { recursive: true });
    const broken = await aloneIn(folder());
    const args = ['--dir', root, '--scratch', scratch, '--write', '--config'];
    const flags = [killedAfter(renames)];
    last = await recoverWith(flags, ...args, laidOut(broken));
    if (last.code !== 'SIGKILL') break;
    if (existsSync(broken.plan.directory)) await startsOnNothing(broken);
    const whole = await aloneIn(folder());
    const again = await recover(...args, laidOut(whole));
    expect([again.code, again.said]).toEqual([0, expect.stringContaining(`fenced: ${root}`)]);
    whole.start();
    await isReady(whole, LIMIT_MS);
    expect(await (await fetch(`${whole.clientUrl}/v1/kv/key%202`)).text()).toBe('value 2');
    await whole.stop();
  }
  expect([last.code, last.said]).toEqual([0, expect.stringContaining('new cluster')]);
  // The fence, the mark of what is unfinished, the identity, the genesis: at least.
  expect(renames).toBeGreaterThan(4);
});

/** A replica that is to be its cluster's only one, and has no directory yet. */
async function aloneIn(directory: string): Promise<ReplicaProcess> {
  const replica = (await ReplicaCluster.create({ replicas: 1, directory })).replica(1);
  onTestFinished(async () => {
    if (replica.isRunning()) await replica.kill9();
  });
  return replica;
}

/** Its configuration. */
function laidOut(replica: ReplicaProcess): string {
  return replica.logFile.replace(/\.log$/, '.json');
}

async function startsOnNothing(replica: ReplicaProcess): Promise<void> {
  if (readdirSync(replica.plan.directory).length === 0) return;
  replica.start();
  expect(await replica.child.ended).toBe(1);
  expect(replica.wholeLog()).toContain('which did not come to its end. Delete this directory');
}
