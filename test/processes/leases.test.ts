/**
 * Leases and locks on real processes, while the leader is killed: nothing goes before its time, everything
 * goes afterwards, and two clients that both believe that they hold a lock do not both write.
 */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { waitFor } from '../../scripts/bench/wait.ts';
import { caughtUp, startCluster } from '../support/cluster.ts';

const LIMIT_MS = 30_000;

const ANSWER = z.looseObject({
  id: z.string().optional(),
  fence: z.number().optional(),
  code: z.string().optional(),
});

interface Told {
  readonly status: number;
  readonly revision: number;
  readonly json: z.infer<typeof ANSWER>;
}

async function ask(method: string, url: string, body?: string, fence?: string): Promise<Told> {
  const headers: Record<string, string> = {};
  if (body?.startsWith('{') === true) headers['Content-Type'] = 'application/json';
  if (fence !== undefined) headers.Fence = fence;
  const answer = await fetch(
    url,
    body === undefined ? { method, headers } : { method, headers, body },
  );
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  const revision = Number(answer.headers.get('synod-revision'));
  return { status: answer.status, revision, json: isJson ? ANSWER.parse(JSON.parse(text)) : {} };
}

it(
  'a lease, a time to live and a lock outlive the leader, and end',
  { timeout: 90_000 },
  async () => {
    const cluster = await startCluster();
    const first = await cluster.leader();
    const others = cluster.replicas.filter((replica) => replica !== first);
    const [survivor = first] = others;
    const url = survivor.clientUrl;
    const lease = await ask('POST', `${url}/v1/leases`, '{"ttl":"3s"}');
    const { id } = lease.json;
    await ask('PUT', `${url}/v1/kv/renewed?lease=${id}`, 'x');
    const startedAt = performance.now();
    await ask('PUT', `${url}/v1/kv/timed?ttl=3s`, 'x');
    const held = await ask('POST', `${url}/v1/locks/office`, '{"ttl":"2s"}');
    const old = `office=${held.json.fence}`;
    const waiting = ask('POST', `${url}/v1/locks/office`, '{"ttl":"60s","wait":"60s"}');
    await waitFor(
      async () => {
        const { revision } = await ask('GET', `${url}/v1/locks/office`);
        return revision > held.revision ? true : undefined;
      },
      { what: 'a queue', limitMs: LIMIT_MS, everyMs: 20 },
    );
    await first.kill9();

    // The holder is not heard of again; its successor gets the lock, under a higher fence.
    const next = await waiting;
    expect(next.status).toBe(201);
    expect(Number(next.json.fence)).toBeGreaterThan(Number(held.json.fence));
    const late = await ask('PUT', `${url}/v1/kv/office`, 'late', old);
    expect([late.status, late.json.code]).toEqual([412, 'stale_fence']);
    const own = `office=${next.json.fence}`;
    expect((await ask('PUT', `${url}/v1/kv/office`, 'new', own)).status).toBe(201);

    // One lease is renewed all the while, and stays; the key with a time of its own goes, and not early.
    await waitFor(
      async () => {
        const renewed = await ask('POST', `${url}/v1/leases/${id}/keepalive`);
        expect(renewed.status).toBe(200);
        const { status } = await ask('GET', `${url}/v1/kv/timed`);
        if (status === 404) return true;
        return undefined;
      },
      { what: 'the end of a key', limitMs: LIMIT_MS, everyMs: 100 },
    );
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(3_000);
    expect((await ask('GET', `${url}/v1/kv/renewed`)).status).toBe(200);

    first.start();
    await caughtUp(cluster);
    await waitFor(
      async () => {
        const { status } = await ask('GET', `${first.clientUrl}/v1/kv/renewed`);
        return status === 404 ? true : undefined;
      },
      { what: 'the end of the lease', limitMs: LIMIT_MS, everyMs: 100 },
    );
  },
);
