/**
 * From one build to another, one replica at a time, under load: both work together meanwhile, each member
 * says which it is, and so does a way back. The builds differ in their version alone.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { ReplicaCluster, ReplicaProcess } from '../../scripts/bench/replica-cluster.ts';
import { waitFor } from '../../scripts/bench/wait.ts';
import { ClientLoad } from '../support/client-load.ts';
import { caughtUp, clientsOf, startCluster } from '../support/cluster.ts';

const LIMIT_MS = 30_000;
const OPERATIONS = 100;
const NEXT = '99.0.0';
const PACKAGE = z.looseObject({ version: z.string() });
const CLUSTER = z.looseObject({ members: z.array(z.looseObject({ version: z.string() })) });

/** What `npm run build` made, under this version. */
function build(folder: string, version: string): string {
  const place = join(folder, version);
  mkdirSync(place, { recursive: true });
  cpSync('dist', join(place, 'dist'), { recursive: true });
  symlinkSync(resolve('node_modules'), join(place, 'node_modules'));
  const json = PACKAGE.parse(JSON.parse(readFileSync('package.json', 'utf8')));
  writeFileSync(join(place, 'package.json'), JSON.stringify({ ...json, version }));
  return place;
}

async function versionsAt(replica: ReplicaProcess): Promise<readonly string[]> {
  const response = await fetch(`${replica.clientUrl}/v1/cluster`);
  return CLUSTER.parse(await response.json()).members.map(({ version }) => version);
}

async function told(cluster: ReplicaCluster, versions: readonly string[]): Promise<void> {
  for (const replica of cluster.replicas) {
    const ask = async (): Promise<true | undefined> =>
      (await versionsAt(replica)).join() === versions.join() || undefined;
    await waitFor(ask, { what: `versions ${versions.join()}`, limitMs: LIMIT_MS });
  }
}

it('a rolling upgrade, and the way back, lose nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'synod-upgrade-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { version } = PACKAGE.parse(JSON.parse(readFileSync('package.json', 'utf8')));
  const [old, next] = [build(folder, version), build(folder, NEXT)];
  const linkOf = (id: number): string => join(folder, `of-${id}`);
  for (const id of [1, 2, 3]) symlinkSync(old, linkOf(id));
  const cluster = await startCluster({
    wrap: (id, [program = '', , ...rest]) => [
      program,
      join(linkOf(id), 'dist/src/main.js'),
      ...rest,
    ],
  });
  const load = new ClientLoad(clientsOf(cluster), '');
  await told(cluster, [version, version, version]);
  const versions = [version, version, version];
  const turn = async (replica: ReplicaProcess, to: string, name: string): Promise<void> => {
    await load.progress(OPERATIONS);
    expect(await replica.stop()).toBe(0);
    unlinkSync(linkOf(replica.id));
    symlinkSync(to, linkOf(replica.id));
    replica.start();
    await cluster.ready();
    versions[replica.id - 1] = name;
    await told(cluster, versions);
  };
  for (const replica of [...(await cluster.followers()), await cluster.leader()]) {
    await turn(replica, next, NEXT);
  }
  expect(versions).toEqual([NEXT, NEXT, NEXT]);
  await turn(cluster.replica(1), old, version);
  await load.progress(OPERATIONS);
  await load.stop();
  await caughtUp(cluster);
  expect(load.history.check('upgrade')).toMatchObject({ type: 'linearizable', findings: [] });
});
