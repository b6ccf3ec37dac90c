/**
 * Replicas whose disk lost what was durable: the log's end, or everything since an older copy, or any
 * file of the log. They never vote again in their incarnation and say why; once a quorum of the others
 * stands, they are let in again in another one, by themselves. With an honest disk nobody is suspect.
 */
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
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
const IDENTITY = z.looseObject({ content: z.looseObject({ incarnation: z.string() }) });
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

function incarnationOf(replica: ReplicaProcess): string {
  const text = readFileSync(join(replica.plan.directory, 'identity.json'), 'utf8');
  return IDENTITY.parse(JSON.parse(text)).content.incarnation;
}

/** It is a voter again, as everybody sees, and has what was written. */
async function expectLetIn(suspect: ReplicaProcess, cluster: ReplicaCluster): Promise<void> {
  for (const replica of cluster.replicas) {
    const isSeen = async (): Promise<true | undefined> => {
      const roles = await rolesSeenBy(replica);
      return cluster.replicas.every(({ id }) => roles.get(id) === 'voter') ? true : undefined;
    };
    await waitFor(isSeen, { what: `three voters, seen by ${replica.id}`, limitMs: LIMIT_MS });
  }
  await cluster.ready();
  const own = clientOf(clientsOf(cluster), suspect);
  await putSome(own, `through ${suspect.id}/`);
  await caughtUp(cluster);
  const local = await own.get(`through ${suspect.id}/1`, '?consistency=local');
  expect(local).toMatchObject({ type: 'ok', body: 'value' });
  expect(suspect.logTail()).toContain('let in again, in epoch');
  expect(existsSync(join(suspect.plan.directory, 'suspect.json'))).toBe(false);
}

describe('a replica whose log lost its end while it was stopped', () => {
  it('never votes again and says why; it is let in again once the others stand', async () => {
    const cluster = await startCluster();
    const clients = clientsOf(cluster);
    const [victim, other] = await cluster.followers();
    if (victim === undefined || other === undefined) throw new Error('no followers');
    const leader = await cluster.leader();
    await putSome(clientOf(clients, leader), 'before/');
    await caughtUp(cluster);
    await victim.stop();
    await other.kill9();
    cutLog(victim);
    const before = incarnationOf(victim);
    victim.start();
    const reason = await suspicionOf(victim);
    expect(reason).toMatch(/its log ends at write \d+, and write \d+ was durable, as the witness/);
    expect(reason).toContain('is let in again');
    // The log is written off the loop: it may tell a moment later.
    const tells = 'suspect, without a vote: its log ends at write';
    await waitFor(() => (victim.wholeLog().includes(tells) ? true : undefined), {
      what: `log that tells: ${tells}`,
      limitMs: LIMIT_MS,
    });
    expect((await fetch(`${victim.clientUrl}/readyz`)).status).toBe(503);
    // One of two others is no quorum without its vote, neither for a write nor to let it in again.
    const outcome = await clientOf(clients, leader).put('without a quorum', 'value');
    expect(outcome.type).not.toBe('ok');
    await victim.stop();
    victim.start();
    expect(await suspicionOf(victim)).toBe(reason);
    expect(incarnationOf(victim)).toBe(before);

    other.start();
    await expectLetIn(victim, cluster);
    expect(incarnationOf(victim)).not.toBe(before);
    // Its vote counts again: with it, two of three are a quorum.
    await other.kill9();
    await putSome(clientOf(clients, victim), 'with its vote/');
    other.start();
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
    await expectLetIn(victim, cluster);
    expect(victim.logTail()).toMatch(/as replica \d knows/);
    expect(victim.logTail()).toContain('the log has no witness');
  });
});

describe('a replica that got an older copy of its whole directory', () => {
  it('is told by its peers, and is let in again', async () => {
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
    await expectLetIn(victim, cluster);
    expect(victim.logTail()).toMatch(/as replica \d knows/);
  });
});

const ZEROED = (path: string): void => writeFileSync(path, Buffer.alloc(statSync(path).size));
const GONE = (path: string): void => rmSync(path);

describe('a replica of whose log a file is lost', () => {
  it('says so, and is let in again, whichever it is', async () => {
    const cluster = await startCluster();
    const clients = clientsOf(cluster);
    const spoils = [
      ['MANIFEST', GONE],
      ['CURRENT', ZEROED],
      ['.log', ZEROED],
    ] as const;
    for (const [at, [name, spoil]] of spoils.entries()) {
      const [victim] = await cluster.followers();
      if (victim === undefined) throw new Error('no follower');
      await putSome(clientOf(clients, await cluster.leader()), `${at}/`);
      await caughtUp(cluster);
      await victim.stop();
      const before = incarnationOf(victim);
      const log = join(victim.plan.directory, 'log');
      const files = readdirSync(log).filter((file) => file.includes(name));
      expect(files).not.toHaveLength(0);
      for (const file of files) spoil(join(log, file));
      victim.start();
      await expectLetIn(victim, cluster);
      expect(incarnationOf(victim)).not.toBe(before);
      expect(victim.logTail()).toContain('suspect, without a vote: ');
    }
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
