/** An etcd cluster with its defaults: fsync on, data in one directory, all on loopback. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { type Child, startChild } from './child.ts';
import { freePorts } from './ports.ts';
import { stopAll, type System, type SystemReplica } from './system.ts';
import { waitFor } from './wait.ts';

const STATUS_LIMIT_MS = 1_000;
const LEADER_LIMIT_MS = 20_000;
const PUTS_PER_TRANSACTION = 100;
const FILLERS = 16;

const STATUS = z.object({
  header: z.object({ member_id: z.string() }),
  leader: z.string().default('0'),
});

interface Member {
  readonly id: number;
  readonly args: readonly string[];
  readonly clientUrl: string;
  readonly logFile: string;
  child: Child;
}

export async function startEtcd(replicas: number, directory: string): Promise<System> {
  mkdirSync(directory, { recursive: true });
  const ports = await freePorts(replicas * 2);
  const initial = range(replicas).map((n) => `m${n}=http://127.0.0.1:${ports[n - 1]}`);
  const members = range(replicas).map((id): Member => {
    const clientUrl = `http://127.0.0.1:${ports[replicas + id - 1]}`;
    const peerUrl = `http://127.0.0.1:${ports[id - 1]}`;
    const args = ['--name', `m${id}`, '--data-dir', join(directory, `m${id}`)];
    args.push('--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl);
    args.push('--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl);
    args.push('--initial-cluster', initial.join(','), '--log-level', 'error');
    const logFile = join(directory, `m${id}.log`);
    return { id, args, clientUrl, logFile, child: startChild('etcd', args, { logFile }) };
  });
  const system = systemOf(members);
  await system.ready(LEADER_LIMIT_MS);
  return system;
}

function systemOf(members: readonly Member[]): System {
  return {
    name: 'etcd',
    replicas: () => members,
    leader: () =>
      waitFor(() => findLeader(members), { what: 'etcd leader', limitMs: LEADER_LIMIT_MS }),
    restart: async (id) => {
      const member = members.find((one) => one.id === id);
      if (member === undefined) throw new Error(`no member ${id}`);
      await member.child.ended;
      member.child = startChild('etcd', member.args, { logFile: member.logFile });
    },
    ready: async (limitMs) => {
      for (const member of members) {
        const healthy = async (): Promise<true | undefined> =>
          (await fetch(`${member.clientUrl}/health`, signal(STATUS_LIMIT_MS))).ok || undefined;
        await waitFor(healthy, { what: `health of etcd member ${member.id}`, limitMs });
      }
    },
    put: async (replica, key, limitMs) => {
      const body = { key: base64(key), value: base64('1') };
      const response = await post(replica.clientUrl, '/v3/kv/put', body, limitMs);
      return response.ok;
    },
    stop: () => stopAll(members.map((member) => member.child)),
  };
}

async function findLeader(members: readonly Member[]): Promise<Member | undefined> {
  for (const member of members) {
    if (!member.child.isRunning()) continue;
    const answer = await ask(member);
    if (answer?.leader !== undefined && answer.leader === answer.header.member_id) return member;
  }
  return undefined;
}

async function ask(member: Member): Promise<z.infer<typeof STATUS> | undefined> {
  try {
    const response = await post(member.clientUrl, '/v3/maintenance/status', {}, STATUS_LIMIT_MS);
    return STATUS.parse(await response.json());
  } catch {
    return undefined;
  }
}

/** Loads the keys in transactions of 100 puts. */
export async function fillEtcd(
  leader: SystemReplica,
  fill: { keys: number; key: (n: number) => string; value: () => Uint8Array },
): Promise<void> {
  let next = 0;
  const filler = async (): Promise<void> => {
    while (next < fill.keys) {
      const first = next;
      next += PUTS_PER_TRANSACTION;
      const numbers = range(Math.min(PUTS_PER_TRANSACTION, fill.keys - first));
      const success = numbers.map((n) => ({
        requestPut: {
          key: base64(fill.key(first + n - 1)),
          value: Buffer.from(fill.value()).toString('base64'),
        },
      }));
      const response = await post(leader.clientUrl, '/v3/kv/txn', { success }, LEADER_LIMIT_MS);
      if (!response.ok) throw new Error(`etcd txn: ${response.status} ${await response.text()}`);
      await response.arrayBuffer();
    }
  };
  await Promise.all(range(FILLERS).map(filler));
}

async function post(url: string, path: string, body: object, limitMs: number): Promise<Response> {
  return fetch(url + path, { method: 'POST', body: JSON.stringify(body), ...signal(limitMs) });
}

function signal(limitMs: number): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(limitMs) };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}
