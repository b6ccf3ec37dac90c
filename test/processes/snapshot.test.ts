/**
 * A replica that stays away while the others write past the margins of their logs, and one that
 * loses its state: each gets the state of a peer, which goes on serving, and serves the same data
 * afterwards; also after a kill -9 in the middle.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { ReplicaCluster, ReplicaProcess } from '../../scripts/bench/replica-cluster.ts';
import { waitFor } from '../../scripts/bench/wait.ts';
import { expectAllHeldBy, expectNothingLost } from '../support/aftermath.ts';
import { ClientLoad } from '../support/client-load.ts';
import { clientOf, clientsOf, startCluster } from '../support/cluster.ts';

const LIMIT_MS = 30_000;
const OPERATIONS = 200;
/** Logs that end after a moment, and snapshots of many chunks. */
const SMALL = { logSlots: 20, logChainBytes: 0, snapshotChunkBytes: 2_048 };
/** So slow that a transfer takes seconds. */
const SLOW = { ...SMALL, snapshotBytesPerSecond: 60_000 };

const STATUS = z.looseObject({
  ready: z.boolean(),
  reasons: z.array(z.string()),
  appliedUpTo: z.number(),
  floor: z.number(),
  transfers: z.array(z.looseObject({ direction: z.string(), records: z.number() })),
  members: z.array(z.looseObject({ id: z.number(), floor: z.number() })),
});
type Status = z.infer<typeof STATUS>;

async function statusOf(replica: ReplicaProcess): Promise<Status> {
  const response = await fetch(`${replica.clientUrl}/v1/cluster`);
  return STATUS.parse(await response.json());
}

function isUnderWay({ transfers }: Status): boolean {
  return transfers.some(({ direction, records }) => direction === 'from' && records > 0);
}

function until(
  replica: ReplicaProcess,
  what: string,
  isSo: (status: Status) => boolean,
): Promise<Status> {
  const ask = async (): Promise<Status | undefined> => {
    const status = await statusOf(replica).catch(() => undefined);
    return status !== undefined && isSo(status) ? status : undefined;
  };
  return waitFor(ask, {
    what: `${what}, at replica ${replica.id}`,
    limitMs: LIMIT_MS,
    everyMs: 20,
  });
}

function printed(replica: ReplicaProcess, text: string): Promise<true> {
  const found = (): true | undefined => (replica.wholeLog().includes(text) ? true : undefined);
  return waitFor(found, { what: `line of replica ${replica.id}: ${text}`, limitMs: LIMIT_MS });
}

interface Scene {
  readonly cluster: ReplicaCluster;
  readonly victim: ReplicaProcess;
  readonly leader: ReplicaProcess;
  readonly load: ClientLoad;
  /** A write that the others answer. */
  readonly writeOne: (key: string) => Promise<void>;
  /** What must hold in the end, when the load has stopped. */
  readonly conclude: (name: string) => Promise<void>;
}

/** A follower is away, and the slots that it lacks are gone from the logs of the others. */
async function leftBehind(limits: object): Promise<Scene> {
  const cluster = await startCluster({ settings: { limits } });
  const clients = clientsOf(cluster);
  const load = new ClientLoad(clients, '');
  await load.progress(OPERATIONS);
  const [victim] = await cluster.followers();
  const leader = await cluster.leader();
  if (victim === undefined) throw new Error('no follower');
  const { appliedUpTo } = await statusOf(victim);
  await victim.kill9();
  await load.progress(OPERATIONS);
  for (const other of cluster.replicas) {
    if (other !== victim)
      await until(other, 'a higher floor', ({ floor }) => floor > appliedUpTo + 50);
  }
  const writeOne = async (key: string): Promise<void> => {
    expect(await clientOf(clients, leader).put(key, 'value')).toMatchObject({ type: 'ok' });
  };
  const conclude = async (name: string): Promise<void> => {
    await expectNothingLost({ cluster, clients, load, name, operations: OPERATIONS });
    await expectAllHeldBy(clientOf(clients, victim), load);
  };
  return { cluster, victim, leader, load, writeOne, conclude };
}

describe('a replica that was away for longer than the logs of its peers go back', () => {
  it('gets a snapshot under load, and serves the same data afterwards', async () => {
    const { cluster, victim, leader, load, conclude } = await leftBehind(SMALL);
    const gone = await fetch(`${leader.clientUrl}/v1/log/1`);
    expect(gone.status).toBe(410);
    expect(await gone.json()).toMatchObject({ code: 'compacted' });
    victim.start();
    await printed(victim, 'installs the snapshot');
    const before = load.writes.acknowledged.length;
    await cluster.ready();
    await load.progress(OPERATIONS);
    await load.stop();
    await conclude('snapshot under load');
    expect(load.writes.acknowledged.length).toBeGreaterThan(before);
    const { members } = await statusOf(leader);
    expect(members.every(({ floor }) => floor > 0)).toBe(true);
  });

  it('finds the log above its snapshot, also where that takes longer than the log goes back', async () => {
    const { cluster, victim, leader, load, conclude } = await leftBehind(SLOW);
    victim.start();
    await printed(victim, 'installs the snapshot');
    const { appliedUpTo: end } = await statusOf(leader);
    await until(victim, 'the slots above', ({ appliedUpTo }) => appliedUpTo >= end);
    await cluster.ready();
    const installed = victim.wholeLog().split('installs the snapshot').length - 1;
    expect(installed).toBe(1);
    const helpers = cluster.replicas.filter((one) =>
      one.wholeLog().includes('keeps its log above'),
    );
    expect(helpers).toHaveLength(1);
    await load.stop();
    await conclude('slow snapshot under load');
  });

  it('goes on where it was after a kill -9 in the middle, while the sender answers', async () => {
    const { cluster, victim, load, writeOne, conclude } = await leftBehind(SLOW);
    await load.stop();
    victim.start();
    await until(victim, 'a transfer', isUnderWay);
    for (const key of ['first', 'second']) await writeOne(key);
    const { transfers, ready } = await statusOf(victim);
    expect(transfers.some(({ direction }) => direction === 'from')).toBe(true);
    expect(ready).toBe(false);
    await victim.kill9();
    victim.start();
    await printed(victim, 'goes on pulling the snapshot');
    await writeOne('third');
    await printed(victim, 'installs the snapshot');
    await cluster.ready();
    await conclude('killed in a snapshot');
  });
});

describe('a replica that lost the directory of its state', () => {
  it('says so, serves nothing, and rebuilds itself from a peer', async () => {
    const { cluster, victim, leader, load, writeOne, conclude } = await leftBehind(SLOW);
    await load.stop();
    victim.start();
    await printed(victim, 'installs the snapshot');
    await cluster.ready();
    // With the third away, what is answered is on the disk of this one: it trims its own log only
    // when it writes to it, and the floor that it says is on the disk with its next write.
    const third = cluster.replicas.find((each) => each !== victim && each !== leader);
    await third?.kill9();
    let writes = 0;
    await waitFor(
      async () => {
        await writeOne(`after/${(writes += 1)}`);
        return (await statusOf(victim)).floor > 0 || undefined;
      },
      { what: 'floor of its own', limitMs: LIMIT_MS },
    );
    await writeOne('with the floor');
    third?.start();
    await victim.stop();
    const { directory } = victim.plan;
    for (const name of readdirSync(directory).filter((each) => /^state(-\d+)?$/.test(each))) {
      rmSync(join(directory, name), { recursive: true });
    }
    victim.start();
    const { ready, reasons } = await until(victim, 'a reason', (status) =>
      status.reasons.some((reason) => reason.includes('rebuilds itself from a peer')),
    );
    expect([ready, reasons.length]).toEqual([false, 1]);
    expect((await fetch(`${victim.clientUrl}/readyz?verbose`)).status).toBe(503);
    const read = await fetch(`${victim.clientUrl}/v1/kv/any?consistency=local`);
    expect(read.status).toBe(503);
    await printed(victim, 'serves nothing as yet: its state ends at slot');
    await cluster.ready();
    await conclude('lost state');
  });
});
