/** Who belongs to a cluster of real processes changes, under load and with replicas that are killed. */
import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isReady, type ReplicaCluster } from '../../scripts/bench/replica-cluster.ts';
import { waitFor } from '../../scripts/bench/wait.ts';
import { ClientLoad } from '../support/client-load.ts';
import { clientOf, clientsOf, layOutCluster, sharedCluster } from '../support/cluster.ts';

const LIMIT_MS = 60_000;
const OPERATIONS = 300;
const CLUSTER = z.looseObject({
  epoch: z.number(),
  members: z.array(z.looseObject({ id: z.number(), role: z.string() })),
});
const PROBLEM = z.looseObject({ code: z.string(), detail: z.string() });
const REPORT = z.looseObject({
  dryRun: z.boolean(),
  epoch: z.number(),
  before: z.looseObject({ voters: z.array(z.number()), tolerates: z.number() }),
  after: z.looseObject({ voters: z.array(z.number()), tolerates: z.number() }),
  warnings: z.array(z.string()),
});

interface Ordered {
  readonly status: number;
  readonly json: unknown;
}

/** Given at this replica, whoever leads. */
async function order(
  cluster: ReplicaCluster,
  at: number,
  method: string,
  path: string,
  body?: object,
): Promise<Ordered> {
  const response = await fetch(`${cluster.replica(at).clientUrl}/v1/cluster/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: response.status, json: await response.json() };
}

function addressOf(cluster: ReplicaCluster, id: number) {
  const { clientUrl, peerUrl } = cluster.replica(id).plan;
  return { id, peerUrl, clientUrl };
}

/** Until it is done: while a leader is being elected nothing is, and that is said. */
async function done(give: () => Promise<Ordered>): Promise<unknown> {
  const ask = async (): Promise<unknown> => {
    const { json, status } = await give();
    if (status === 503) return undefined;
    if (status >= 300) throw new Error(`${status}: ${JSON.stringify(json)}`);
    return json;
  };
  return waitFor(ask, { what: 'the change', limitMs: LIMIT_MS, everyMs: 50 });
}

async function votersAt(cluster: ReplicaCluster, at: number): Promise<number[]> {
  const response = await fetch(`${cluster.replica(at).clientUrl}/v1/cluster`);
  const { members } = CLUSTER.parse(await response.json());
  return members
    .flatMap(({ id, role }) => (role === 'voter' ? [id] : []))
    .toSorted((a, b) => a - b);
}

/** As each of them says, who is ready by then. */
async function voters(cluster: ReplicaCluster, ids: readonly number[]): Promise<void> {
  for (const at of ids) {
    await waitFor(
      async () => ((await votersAt(cluster, at)).join() === ids.join() ? true : undefined),
      { what: `voters ${ids.join()} at replica ${at}`, limitMs: LIMIT_MS, everyMs: 50 },
    );
    await isReady(cluster.replica(at), LIMIT_MS);
  }
}

async function add(cluster: ReplicaCluster, at: number, id: number): Promise<void> {
  cluster.replica(id).start();
  const give = () => order(cluster, at, 'POST', 'members', addressOf(cluster, id));
  await waitFor(async () => ((await give()).status === 202 ? true : undefined), {
    what: `addition of replica ${id}`,
    limitMs: LIMIT_MS,
    everyMs: 100,
  });
}

it('from 1 to 3 to 5 to 3 replicas under load, while replicas are killed: no history is lost', async () => {
  const cluster = await layOutCluster({ replicas: 5, founders: 1 });
  await cluster.startOnly([1]);
  const clients = clientsOf(cluster);
  const load = new ClientLoad([clientOf(clients, cluster.replica(1))], 'a/');
  await load.progress(OPERATIONS);
  for (const id of [2, 3]) {
    await add(cluster, 1, id);
    await voters(cluster, [1, 2, 3].slice(0, id));
  }
  await cluster.replica(2).kill9();
  await load.progress(OPERATIONS);
  cluster.replica(2).start();
  await isReady(cluster.replica(2), LIMIT_MS);
  for (const id of [4, 5]) {
    await add(cluster, 3, id);
    await voters(cluster, [1, 2, 3, 4, 5].slice(0, id));
  }
  await cluster.replica(3).kill9();
  await load.progress(OPERATIONS);
  await done(() => order(cluster, 4, 'DELETE', 'members/3'));
  await done(() => order(cluster, 5, 'DELETE', 'members/2'));
  await voters(cluster, [1, 4, 5]);
  const removed = await fetch(`${cluster.replica(2).clientUrl}/readyz?verbose`);
  expect(removed.status).toBe(503);
  expect(await removed.text()).toContain('removed');
  await load.progress(OPERATIONS);
  await load.stop();
  expect(load.history.check('membership')).toMatchObject({ type: 'linearizable', findings: [] });
});

describe('of three replicas', () => {
  const clusterOf = sharedCluster();

  it('a dry run explains, and a change that cannot be is refused in words', async () => {
    const cluster = clusterOf();
    const planned = await order(cluster, 2, 'DELETE', 'members/3?dryRun');
    expect(planned.status).toBe(200);
    expect(REPORT.parse(planned.json)).toMatchObject({
      dryRun: true,
      epoch: 2,
      before: { voters: [1, 2, 3], tolerates: 1 },
      after: { voters: [1, 2], tolerates: 0 },
      warnings: expect.arrayContaining(['no voter may be lost then']),
    });
    expect(await votersAt(cluster, 2)).toEqual([1, 2, 3]);
    const cases: readonly (readonly [string, string, object | undefined, RegExp])[] = [
      ['POST', 'members', addressOf(cluster, 2), /replica 2 is a member already/],
      ['DELETE', 'members/9', undefined, /replica 9 is no member/],
      ['POST', 'members/2/promote', undefined, /is a voter already/],
      ['POST', 'members/2/replace', addressOf(cluster, 2), /still has its data directory/],
      ['PUT', 'quorums', { phase1: 1, phase2: 2 }, /quorums that need not meet/],
      [
        'POST',
        'members',
        { id: 4, peerUrl: 'http://127.0.0.1:9', clientUrl: 'http://127.0.0.1:9' },
        /nobody at http:\/\/127.0.0.1:9 answered as replica 4/,
      ],
    ];
    for (const [method, path, body, reason] of cases) {
      const { json, status } = await order(cluster, 1, method, path, body);
      expect([status, PROBLEM.parse(json).code]).toEqual([409, 'membership_refused']);
      expect(PROBLEM.parse(json).detail).toMatch(reason);
    }
  });

  it('a replica that lost its disk is replaced in one call, and nothing of it votes before', async () => {
    const cluster = clusterOf();
    const [at, lost] = [(await cluster.leader()).id, ((await cluster.leader()).id % 3) + 1];
    const client = clientOf(clientsOf(cluster), cluster.replica(at));
    expect(await client.put('kept', 'value')).toMatchObject({ type: 'ok' });
    await cluster.replica(lost).kill9();
    rmSync(cluster.replica(lost).plan.directory, { recursive: true });
    cluster.replica(lost).start();
    const refused = async (): Promise<string | undefined> => {
      const text = await (await fetch(`${cluster.replica(lost).clientUrl}/readyz?verbose`)).text();
      return text.includes('replace') ? text : undefined;
    };
    await waitFor(refused, { what: 'refusal of the empty disk', limitMs: LIMIT_MS });
    const path = `members/${lost}/replace`;
    await done(() => order(cluster, at, 'POST', path, addressOf(cluster, lost)));
    await voters(cluster, [1, 2, 3]);
    const own = `${cluster.replica(lost).clientUrl}/v1/kv/kept?consistency=local`;
    expect(await (await fetch(own)).text()).toBe('value');
  });
});
