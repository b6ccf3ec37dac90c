/**
 * Replicas whose disk lost what was durable: the log's end, or everything since an older copy.
 * They never vote again, say why, and follow; the others go on. With an honest disk nobody is
 * suspect.
 */
import { cpSync, existsSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { ReplicaCluster, ReplicaProcess } from '../../scripts/bench/replica-cluster.ts';
import { waitFor } from '../../scripts/bench/wait.ts';
import { caughtUp, clientOf, clientsOf, startCluster } from '../support/cluster.ts';
import type { KvClient } from '../support/client.ts';

const LIMIT_MS = 10_000;
const PUTS = 10;
const REASONS = z.looseObject({ reasons: z.array(z.string()) });
const MEMBERS = z.looseObject({
  members: z.array(z.looseObject({ id: z.number(), role: z.string() })),
});

async function reasonsOf(replica: ReplicaProcess): Promise<readonly string[]> {
  const response = await fetch(`${replica.clientUrl}/readyz?verbose`);
  return REASONS.parse(await response.json()).reasons;
}

async function suspicionOf(replica: ReplicaProcess): Promise<string> {
  const ask = async (): Promise<string | undefined> => {
    const reasons = await reasonsOf(replica).catch(() => []);
    return reasons.find((reason) => reason.startsWith('suspect: '));
  };
  return waitFor(ask, { what: `suspicion of replica ${replica.id}`, limitMs: LIMIT_MS });
}

async function rolesSeenBy(replica: ReplicaProcess): Promise<Map<number, string>> {
  const response = await fetch(`${replica.clientUrl}/v1/cluster`);
  const { members } = MEMBERS.parse(await response.json());
  return new Map(members.map(({ id, role }) => [id, role]));
}

async function putSome(client: KvClient, prefix: string): Promise<void> {
  for (let at = 0; at < PUTS; at += 1) {
    const put = (): Promise<true | undefined> =>
      client.put(`${prefix}${at}`, 'value').then(({ type }) => (type === 'ok' ? true : undefined));
    await waitFor(put, { what: `a put of ${prefix}${at}`, limitMs: LIMIT_MS });
  }
}

/** The end of the newest file of the acceptor's log, as if the disk had never had it. */
function cutLog(replica: ReplicaProcess): void {
  const log = join(replica.plan.directory, 'log');
  const newest =
    readdirSync(log)
      .filter((name) => name.endsWith('.log'))
      .toSorted()
      .at(-1) ?? '';
  const { size } = statSync(join(log, newest));
  expect(size).toBeGreaterThan(1);
  truncateSync(join(log, newest), size - 1);
}

/** Everybody else stops hearing it: then it is one of two, and a majority without its vote is not. */
async function expectNoVoteOf(suspect: ReplicaProcess, cluster: ReplicaCluster): Promise<void> {
  const [first, second] = cluster.replicas.filter((replica) => replica !== suspect);
  if (first === undefined || second === undefined) throw new Error('three replicas');
  await second.kill9();
  const clients = clientsOf(cluster);
  const outcome = await clientOf(clients, first).put('without a quorum', 'value');
  expect(outcome.type).not.toBe('ok');
  second.start();
}

async function expectItFollows(suspect: ReplicaProcess, cluster: ReplicaCluster): Promise<void> {
  const clients = clientsOf(cluster);
  const own = clientOf(clients, suspect);
  await putSome(own, `through ${suspect.id}/`);
  await caughtUp(cluster);
  expect(await own.get(`through ${suspect.id}/0`)).toMatchObject({ type: 'ok', body: 'value' });
  const local = await own.get(`through ${suspect.id}/1`, '?consistency=local');
  expect(local).toMatchObject({ type: 'ok', body: 'value' });
  for (const replica of cluster.replicas) {
    const isSeen = async (): Promise<true | undefined> => {
      const roles = await rolesSeenBy(replica);
      const expected = cluster.replicas.every(
        ({ id }) => roles.get(id) === (id === suspect.id ? 'suspect' : 'voter'),
      );
      return expected ? true : undefined;
    };
    await waitFor(isSeen, { what: `the suspect, seen by ${replica.id}`, limitMs: LIMIT_MS });
  }
}

describe('a replica whose log lost its end while it was stopped', () => {
  it('never votes again, says why, and follows; the others go on', async () => {
    const cluster = await startCluster();
    const clients = clientsOf(cluster);
    const [victim] = await cluster.followers();
    if (victim === undefined) throw new Error('no follower');
    await putSome(clientOf(clients, await cluster.leader()), 'before/');
    await victim.stop();
    cutLog(victim);
    victim.start();
    const reason = await suspicionOf(victim);
    expect(reason).toMatch(/its log ends at write \d+, and write \d+ was durable, as the witness/);
    expect(reason).toContain('replace it by a new member');
    expect(victim.logTail()).toContain('suspect, without a vote: its log ends at write');
    expect((await fetch(`${victim.clientUrl}/readyz`)).status).toBe(503);
    await expectItFollows(victim, cluster);
    const { clientUrl } = await cluster.leader();
    const refused = await fetch(`${clientUrl}/v1/cluster/leader`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ to: victim.id }),
    });
    expect(await refused.text()).toContain('is suspect, and does not vote');

    await victim.stop();
    victim.start();
    expect(await suspicionOf(victim)).toBe(reason);
    await expectNoVoteOf(victim, cluster);
    await putSome(clientOf(clients, await cluster.leader()), 'after/');
  });

  it('is told by its peers where its witness is gone too', async () => {
    const cluster = await startCluster();
    const clients = clientsOf(cluster);
    const [victim] = await cluster.followers();
    if (victim === undefined) throw new Error('no follower');
    await putSome(clientOf(clients, await cluster.leader()), 'before/');
    await victim.stop();
    cutLog(victim);
    rmSync(join(victim.plan.directory, 'witness'));
    victim.start();
    expect(await suspicionOf(victim)).toMatch(/as replica \d knows/);
    expect(victim.logTail()).toContain('the log has no witness');
    await expectItFollows(victim, cluster);
  });
});

describe('a replica that got an older copy of its whole directory', () => {
  it('is told by its peers, and never votes again', async () => {
    const cluster = await startCluster();
    const clients = clientsOf(cluster);
    const [victim] = await cluster.followers();
    if (victim === undefined) throw new Error('no follower');
    const { directory } = victim.plan;
    await putSome(clientOf(clients, await cluster.leader()), 'old/');
    await victim.stop();
    cpSync(directory, `${directory}.copy`, { recursive: true });
    victim.start();
    await cluster.ready();
    await putSome(clientOf(clients, await cluster.leader()), 'new/');
    await caughtUp(cluster);
    await victim.kill9();
    rmSync(directory, { recursive: true });
    cpSync(`${directory}.copy`, directory, { recursive: true });
    victim.start();
    expect(await suspicionOf(victim)).toMatch(/as replica \d knows/);
    await expectItFollows(victim, cluster);
    await expectNoVoteOf(victim, cluster);
  });
});

describe('with an honest disk', () => {
  it('nobody is suspect, however it was stopped', async () => {
    const cluster = await startCluster();
    const clients = clientsOf(cluster);
    for (const end of ['stop', 'kill9'] as const) {
      const leader = await cluster.leader();
      await putSome(clientOf(clients, leader), `${end}/`);
      await leader[end]();
      leader.start();
      await cluster.ready();
    }
    await cluster.kill9();
    await cluster.start();
    for (const { plan } of cluster.replicas) {
      expect(existsSync(join(plan.directory, 'suspect.json'))).toBe(false);
    }
  });
});
