/** Any replica answers any request, and none of them answers with what was true before. */
import { expect, it } from 'vitest';

import { ClientLoad } from '../support/client-load.ts';
import { caughtUp, clientOf, clientsOf, sharedCluster } from '../support/cluster.ts';

const ROUNDS = 50;
const OPERATIONS = 1_000;

const clusterOf = sharedCluster();

it('what is put at one replica is read at once at every other', async () => {
  const cluster = clusterOf();
  const clients = clientsOf(cluster);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [at, writer] of clients.entries()) {
      const put = await writer.put('key', `${round} at ${at}`);
      expect(put).toMatchObject({ type: 'ok' });
      for (const reader of clients) {
        expect(await reader.get('key')).toMatchObject({ type: 'ok', body: `${round} at ${at}` });
      }
    }
  }
});

it('each replica takes each kind of request, and says who it is', async () => {
  const cluster = clusterOf();
  const leader = await cluster.leader();
  for (const { id, clientUrl } of cluster.replicas) {
    const key = `${clientUrl}/v1/kv/of%2F${id}`;
    const created = await fetch(key, {
      method: 'PUT',
      body: 'a',
      headers: { 'if-none-match': '*' },
    });
    expect(created.status).toBe(201);
    expect(created.headers.get('synod-replica')).toBe(String(id));
    expect(created.headers.get('synod-leader')).toBe(leader.clientUrl);
    const etag = created.headers.get('etag') ?? '';
    const swapped = await fetch(key, { method: 'PUT', body: 'b', headers: { 'if-match': etag } });
    expect(swapped.status).toBe(200);
    const stale = await fetch(key, { method: 'PUT', body: 'c', headers: { 'if-match': etag } });
    expect(stale.status).toBe(412);
    expect(stale.headers.get('etag')).toBe(swapped.headers.get('etag'));
    const list = await fetch(`${clientUrl}/v1/kv?prefix=of%2F${id}&keys`);
    expect(await list.json()).toMatchObject({ items: [`of/${id}`] });
    const deleted = await fetch(key, { method: 'DELETE' });
    expect(deleted.status).toBe(200);
    expect((await fetch(key)).status).toBe(404);
  }
});

it('each replica tells the story of a write, and what happens in it', async () => {
  const cluster = clusterOf();
  const leader = await cluster.leader();
  const ids = cluster.replicas.map(({ id }) => id);
  for (const { clientUrl, id } of cluster.replicas) {
    const events = await fetch(`${clientUrl}/v1/events`, {
      headers: { accept: 'application/x-ndjson' },
    });
    const put = await fetch(`${clientUrl}/v1/kv/story?trace`, { method: 'PUT', body: 'a' });
    const { trace }: Story = JSON.parse(await put.text());
    expect(trace).toMatchObject({ epoch: 1, ballot: { leader: leader.id } });
    expect(trace.forwarded?.by).toBe(id === leader.id ? undefined : id);
    const voters = trace.accepted.map((one) => one.id);
    expect(ids).toEqual(expect.arrayContaining(voters));
    expect(voters.length).toBeGreaterThanOrEqual(2);
    // On one stream the peer's word comes just before its vote.
    for (const { heldMs } of trace.accepted) expect(heldMs).toBeGreaterThan(0);
    expect(trace.syncMs).toBeGreaterThan(0);
    expect(trace.chosenAtMs).toBeGreaterThan(trace.proposedAtMs);
    expect(trace.appliedAtMs).toBeGreaterThanOrEqual(trace.chosenAtMs);
    expect(put.headers.get('server-timing')).toMatch(/^queue;dur=[\d.]+, sync;dur=.*total;dur=/);
    const slot = await fetch(`${leader.clientUrl}/v1/log/${trace.slot}`);
    expect(await slot.json()).toMatchObject({ slot: trace.slot, state: 'applied' });
    const seen = await linesUntil(events, `"slot":${trace.slot},`);
    expect(seen[0]).toMatchObject({ event: 'standing', leader: leader.id, members: ids });
    expect(seen.at(-1)).toMatchObject({ event: 'message', epoch: 1, slot: trace.slot });
  }
});

interface Story {
  readonly trace: {
    readonly slot: number;
    readonly proposedAtMs: number;
    readonly syncMs: number;
    readonly chosenAtMs: number;
    readonly appliedAtMs: number;
    readonly accepted: readonly { readonly id: number; readonly heldMs: number }[];
    readonly forwarded?: { readonly by: number };
  };
}

/** The lines of a stream, up to the first that has this in it; then it is left. */
async function linesUntil(answer: Response, part: string): Promise<readonly unknown[]> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of answer.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    const lines = text.split('\n').slice(0, -1);
    const at = lines.findIndex((line) => line.includes(part));
    if (at !== -1) return lines.slice(0, at + 1).map((line): unknown => JSON.parse(line));
  }
  throw new Error(`the stream ended without ${part}`);
}

it('clients of all replicas see one linearizable store', async () => {
  const cluster = clusterOf();
  const load = new ClientLoad(clientsOf(cluster), '');
  await load.progress(OPERATIONS);
  await load.stop();
  await caughtUp(cluster);
  expect(load.history.check('any replica')).toMatchObject({ type: 'linearizable', findings: [] });
});

it('a local read waits for Min-Revision', async () => {
  const cluster = clusterOf();
  const clients = clientsOf(cluster);
  const leader = await cluster.leader();
  for (let round = 0; round < ROUNDS; round += 1) {
    const put = await clientOf(clients, leader).put('key', String(round));
    if (put.type !== 'ok') throw new Error(JSON.stringify(put));
    for (const { clientUrl } of cluster.replicas) {
      const headers = { 'min-revision': String(put.revision) };
      const got = await fetch(`${clientUrl}/v1/kv/key?consistency=local`, { headers });
      expect(await got.text()).toBe(String(round));
      expect(got.headers.get('synod-consistency')).toBe('local');
    }
  }
});
