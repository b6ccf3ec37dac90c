/** Reads by a lease, on real clocks: at once at the leader, and never of a leader that is none any more. */
import { expect, it } from 'vitest';
import { fetch } from 'undici';
import type { KvClient, Outcome } from '../support/client.ts';
import { clientOf, clientsOf, sharedCluster } from '../support/cluster.ts';
import { waitFor } from '../../scripts/bench/wait.ts';

const LIMIT_MS = 10_000;
const READS = 50;
const SETTINGS = { leaseReads: true };
const LEASE = '?consistency=lease';

const clusterOf = sharedCluster({ settings: SETTINGS });

async function levelAt(url: string, query = LEASE): Promise<string | null> {
  const answer = await fetch(`${url}/v1/kv/key${query}`);
  await answer.body?.cancel();
  return answer.headers.get('synod-consistency');
}

it('are answered under a lease by the leader alone, and it says so', async () => {
  const cluster = clusterOf();
  const leader = await cluster.leader();
  const client = clientOf(clientsOf(cluster), leader);
  expect(await client.put('key', 'value')).toMatchObject({ type: 'ok' });
  const leased = async () => (await levelAt(leader.clientUrl)) === 'lease' || undefined;
  await waitFor(leased, { what: 'a lease', limitMs: LIMIT_MS });
  expect(await client.get('key', LEASE)).toMatchObject({ type: 'ok', body: 'value' });
  expect(await levelAt(leader.clientUrl, '')).toBe('linearizable');
  const others = cluster.replicas.filter(({ clientUrl }) => clientUrl !== leader.clientUrl);
  const levels = await Promise.all(others.map(({ clientUrl }) => levelAt(clientUrl)));
  expect(levels).toEqual(['linearizable', 'linearizable']);
});

it('of a leader that was stopped and woken show nothing that is over', async () => {
  const cluster = clusterOf();
  const clients = clientsOf(cluster);
  const old = await cluster.leader();
  const sleeper = clientOf(clients, old);
  const others = clients.filter((client) => client !== sleeper);
  await sleeper.put('key', 'old');
  old.pause();
  await acknowledged(others);
  const reads = Array.from({ length: READS }, () => sleeper.get('key', LEASE));
  old.resume();
  const shown = (await Promise.all(reads)).flatMap((read) =>
    read.type === 'ok' ? [read.body] : [],
  );
  expect(shown.filter((body) => body !== 'new')).toEqual([]);
});

/** Puts at one replica after the other until one acknowledges it. */
function acknowledged(clients: readonly KvClient[]): Promise<Outcome> {
  let tries = 0;
  const put = async (): Promise<Outcome | undefined> => {
    const outcome = await clients[tries++ % clients.length]?.put('key', 'new');
    return outcome?.type === 'ok' ? outcome : undefined;
  };
  return waitFor(put, { what: 'an acknowledged put', limitMs: LIMIT_MS });
}
