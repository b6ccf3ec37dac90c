/** A backup is taken while the cluster serves, and becomes a cluster of its own. */
import { createHash } from 'node:crypto';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { startChild } from '../../scripts/bench/child.ts';
import { isReady, type ReplicaProcess } from '../../scripts/bench/replica-cluster.ts';
import { waitFor } from '../../scripts/bench/wait.ts';
import { ClientLoad } from '../support/client-load.ts';
import { clientOf, clientsOf, layOutCluster, startCluster } from '../support/cluster.ts';

const LIMIT_MS = 60_000;
const KEYS = 200;
const CLUSTER = z.looseObject({
  clusterId: z.string(),
  epoch: z.number(),
  members: z.array(z.looseObject({ role: z.string() })),
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'synod-backup-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** As it came, with its trailer. */
async function takeBackup(from: ReplicaProcess, file: string): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${from.clientUrl}/v1/snapshot`, resolve).on('error', reject);
  });
  await pipeline(response, createWriteStream(file));
  return response;
}

async function restore(file: string, config: string): Promise<{ code: unknown; said: string }> {
  const log = join(folder(), 'restore.log');
  const args = [join('dist', 'src', 'restore.js'), '--file', file, '--config', config];
  const child = startChild(process.execPath, args, { logFile: log, environment: process.env });
  return { code: await child.ended, said: readFileSync(log, 'utf8') };
}

async function clusterAt(replica: ReplicaProcess) {
  const response = await fetch(`${replica.clientUrl}/v1/cluster`);
  return CLUSTER.parse(await response.json());
}

it('a backup taken under load is a new cluster, which grows again', async () => {
  const place = folder();
  const file = join(place, 'a.backup');
  const old = await startCluster();
  const clients = clientsOf(old);
  const [writer] = clients;
  for (let at = 0; at < KEYS; at += 1) await writer?.put(`kept/${at}`, `value ${at}`);
  const last = await writer?.put('kept/last', 'the last one');
  const load = new ClientLoad(clients, 'load/');
  await load.progress(50);
  const [, from] = old.replicas;
  if (from === undefined || last?.type !== 'ok') throw new Error('no cluster');
  const response = await takeBackup(from, file);
  await load.progress(50);
  await load.stop();
  expect(response.statusCode).toBe(200);
  expect(response.headers['trailer']).toBe('Repr-Digest');
  const digest = createHash('sha256').update(readFileSync(file)).digest('base64');
  expect(response.trailers['repr-digest']).toBe(`sha-256=:${digest}:`);
  expect(load.history.check('backup')).toMatchObject({ type: 'linearizable', findings: [] });
  const before = await clusterAt(from);

  const directory = join(place, 'new');
  const cluster = await layOutCluster({ directory, founders: 1 });
  const { code, said } = await restore(file, join(directory, 'replica-1.json'));
  expect([code, said]).toEqual([0, expect.stringContaining('start it, and add others')]);
  await cluster.startOnly([1]);
  const [first] = cluster.replicas;
  if (first === undefined) throw new Error('no replica');
  const client = clientOf(clientsOf(cluster), first);
  for (const at of [0, KEYS - 1]) {
    expect(await client.get(`kept/${at}`)).toMatchObject({ type: 'ok', body: `value ${at}` });
  }
  expect(await client.get('kept/last')).toMatchObject({ type: 'ok', body: 'the last one' });
  const put = await client.put('kept/last', 'and one more');
  expect(put.type === 'ok' && put.revision).toBeGreaterThan(last.revision + 1_000_000);
  const after = await clusterAt(first);
  expect(after.clusterId).not.toBe(before.clusterId);
  expect(after.epoch).toBe(before.epoch + 1);
  for (const { id, plan } of cluster.replicas.slice(1)) {
    cluster.replica(id).start();
    const { clientUrl, peerUrl } = plan;
    const add = async (): Promise<true | undefined> => {
      const answer = await fetch(`${first.clientUrl}/v1/cluster/members`, {
        method: 'POST',
        body: JSON.stringify({ id, peerUrl, clientUrl }),
        headers: { 'content-type': 'application/json' },
      });
      return answer.status === 202 || undefined;
    };
    await waitFor(add, { what: `addition of replica ${id}`, limitMs: LIMIT_MS, everyMs: 100 });
    await isReady(cluster.replica(id), LIMIT_MS);
  }
  const whole = async (): Promise<true | undefined> => {
    const { members } = await clusterAt(first);
    return members.every(({ role }) => role === 'voter') && members.length === 3 ? true : undefined;
  };
  await waitFor(whole, { what: 'three voters', limitMs: LIMIT_MS });
});

it('a backup that is damaged, or a directory that is not empty, is refused', async () => {
  const place = folder();
  const file = join(place, 'a.backup');
  const cluster = await startCluster({ replicas: 1 });
  const [replica] = cluster.replicas;
  if (replica === undefined) throw new Error('no replica');
  const client = clientOf(clientsOf(cluster), replica);
  for (let at = 0; at < KEYS; at += 1) await client.put(`key/${at}`, `value ${at}`);
  await takeBackup(replica, file);
  const layOut = async (name: string): Promise<string> => {
    const directory = join(place, name);
    await layOutCluster({ directory, founders: 1 });
    return join(directory, 'replica-1.json');
  };
  const whole = readFileSync(file);
  const cut = join(place, 'cut.backup');
  writeFileSync(cut, whole.subarray(0, whole.length - 1));
  const flipped = join(place, 'flipped.backup');
  const middle = Math.floor(whole.length / 2);
  const bytes = Buffer.from(whole);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(flipped, bytes);
  const config = await layOut('other');
  expect(await restore(cut, config)).toMatchObject({
    code: 1,
    said: expect.stringContaining('cut short'),
  });
  expect(await restore(flipped, config)).toMatchObject({
    code: 1,
    said: expect.stringContaining('damaged'),
  });
  expect(await restore(join(place, 'none'), config)).toMatchObject({
    code: 1,
    said: expect.stringContaining('ENOENT'),
  });
  expect((await restore(file, config)).code).toBe(0);
  expect(await restore(file, config)).toMatchObject({
    code: 1,
    said: expect.stringContaining('is not empty'),
  });
});
