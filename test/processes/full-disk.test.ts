/**
 * Disks of a few MiB under load: past the hard watermark nothing that grows is taken where a quorum
 * needs the full disks, deletes pass, and it clears by itself. A disk without a single byte left
 * ends its replica, while the others carry on; it comes back, a voter as before, when there is room.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { ReplicaCluster, ReplicaProcess } from '../../scripts/bench/replica-cluster.ts';
import { waitFor } from '../../scripts/bench/wait.ts';
import { caughtUp, layOutCluster } from '../support/cluster.ts';
import { canMount, SmallDisk } from '../../scripts/torture/small-disk.ts';

const MIB = 1024 * 1024;
const LIMIT_MS = 60_000;
const SETTINGS = {
  limits: { diskSoftBytes: 112 * MIB, diskHardBytes: 96 * MIB, diskReserveBytes: 4 * MIB },
};
/** What is written between two looks at a disk, and merged, has room below the hard watermark. */
const SMALL = 160 * MIB;
const LARGE = 512 * MIB;
/** They do not compress. */
const VALUE = randomBytes(256 * 1024);
const WARNINGS = z.looseObject({ warnings: z.array(z.string()), ready: z.boolean() });
const PROBLEM = z.looseObject({ code: z.string(), outcome: z.string() });

const mountMissing = !canMount();
if (mountMissing) console.error('SKIPPED: no tmpfs can be mounted, so no full disk was tested');

interface SmallCluster {
  readonly cluster: ReplicaCluster;
  readonly diskOf: (replica: ReplicaProcess) => SmallDisk;
}

/** Each replica has a disk of its own. */
async function startOnSmallDisks(bytes: number): Promise<SmallCluster> {
  const directory = mkdtempSync(join(tmpdir(), 'synod-small-'));
  const disks = new Map<number, SmallDisk>();
  // Registered first, so done last: when the replicas have ended.
  onTestFinished(() => {
    for (const disk of disks.values()) disk.remove();
    rmSync(directory, { recursive: true, force: true });
  });
  const cluster = await layOutCluster({ directory, settings: SETTINGS });
  for (const { id, plan } of cluster.replicas) disks.set(id, new SmallDisk(plan.directory, bytes));
  await cluster.start();
  await cluster.leader();
  const diskOf = ({ id }: ReplicaProcess): SmallDisk => {
    const disk = disks.get(id);
    if (disk === undefined) throw new Error(`no disk for replica ${id}`);
    return disk;
  };
  return { cluster, diskOf };
}

function write(replica: ReplicaProcess, key: string, method: 'PUT' | 'DELETE'): Promise<Response> {
  const body = method === 'PUT' ? { body: VALUE } : {};
  return fetch(`${replica.clientUrl}/v1/kv/${key}`, { method, ...body });
}

async function warningsOf(replica: ReplicaProcess): Promise<z.infer<typeof WARNINGS>> {
  const response = await fetch(`${replica.clientUrl}/readyz?verbose`);
  return WARNINGS.parse(await response.json());
}

/** Puts new keys until one is refused for want of room, and gives its answer and how many were there before. */
async function putUntilRefused(replica: ReplicaProcess): Promise<[Response, number]> {
  let count = 0;
  const refused = await waitFor(
    async () => {
      const response = await write(replica, `load/${count}`, 'PUT');
      if (response.status === 507) return response;
      if (response.ok) count += 1;
      return undefined;
    },
    { what: 'refused put', limitMs: LIMIT_MS, everyMs: 0 },
  );
  return [refused, count];
}

/** One put that is answered, by whichever replica leads by now. */
function putAnswered(replica: ReplicaProcess, key: string): Promise<true> {
  const ask = async (): Promise<true | undefined> =>
    (await write(replica, key, 'PUT')).ok || undefined;
  return waitFor(ask, { what: `put of ${key}`, limitMs: LIMIT_MS });
}

describe.skipIf(mountMissing)('small disks', () => {
  it('all nearly full: 507 for what grows, everywhere; reads and deletes pass; it clears', async () => {
    const { cluster, diskOf } = await startOnSmallDisks(SMALL);
    const [first] = cluster.replicas;
    if (first === undefined) throw new Error('no replica');
    const [refused, count] = await putUntilRefused(first);
    expect(refused.status).toBe(507);
    expect(PROBLEM.parse(await refused.json())).toMatchObject({
      code: 'disk_full',
      outcome: 'not_applied',
    });
    expect(count).toBeGreaterThan(10);
    for (const replica of cluster.replicas) {
      expect((await write(replica, 'other', 'PUT')).status).toBe(507);
      const value = await fetch(`${replica.clientUrl}/v1/kv/load/0`);
      expect(Buffer.from(await value.arrayBuffer()).equals(VALUE)).toBe(true);
    }
    expect((await write(first, 'load/1', 'DELETE')).status).toBe(200);
    const said = await Promise.all(cluster.replicas.map(warningsOf));
    const full = said.filter(({ warnings }) => warnings.some((text) => text.includes('hard')));
    expect(full.length).toBeGreaterThanOrEqual(2);
    expect(said.every(({ ready }) => ready)).toBe(true);
    for (const replica of cluster.replicas) diskOf(replica).resize(LARGE);
    await putAnswered(first, 'after');
    await waitFor(async () => (await warningsOf(first)).warnings.length === 0 || undefined, {
      what: 'end of the warning',
      limitMs: LIMIT_MS,
    });
    await caughtUp(cluster);
  });

  it('one without a byte left: it ends, the others carry on, it comes back as a voter', async () => {
    const { cluster, diskOf } = await startOnSmallDisks(LARGE);
    const leader = await cluster.leader();
    const [other] = await cluster.followers();
    if (other === undefined) throw new Error('no follower');
    await putAnswered(other, 'before');
    await diskOf(leader).fill(LIMIT_MS);
    const ended = leader.child.ended;
    let count = 0;
    await waitFor(
      async () => {
        if (await putAnswered(other, `load/${count}`)) count += 1;
        return leader.isRunning() ? undefined : true;
      },
      { what: 'end of the replica with the full disk', limitMs: LIMIT_MS, everyMs: 0 },
    );
    expect(await ended).toBe(1);
    expect(leader.logTail()).toContain('the disk is full');
    await putAnswered(other, 'without');
    diskOf(leader).resize(LARGE);
    leader.start();
    await cluster.ready();
    await caughtUp(cluster);
    const status = await fetch(`${other.clientUrl}/v1/cluster`);
    const { members } = z
      .looseObject({ members: z.array(z.looseObject({ role: z.string() })) })
      .parse(await status.json());
    expect(members.map(({ role }) => role)).toEqual(['voter', 'voter', 'voter']);
    for (let at = 0; at < count; at += 1) {
      const value = await fetch(`${leader.clientUrl}/v1/kv/load/${at}`);
      expect(Buffer.from(await value.arrayBuffer()).equals(VALUE)).toBe(true);
    }
  });
});
