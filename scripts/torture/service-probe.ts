/** How soon after the healing a write is answered: by a client of its own, none of whose calls is under way. */
import { ReplicaClient } from './client.ts';
import type { TortureCluster } from './cluster.ts';

const KEY = '/v1/kv/torture/is-served';
const ATTEMPT_MS = 500;
const GIVE_UP_MS = 60_000;
const PAUSE_MS = 20;

/** In ms from now on; each replica is asked in turn. `undefined`: no write was answered. */
export async function untilServed(cluster: TortureCluster): Promise<number | undefined> {
  const clients = cluster
    .members()
    .map(({ id, clientUrl }) => new ReplicaClient(id, clientUrl, ATTEMPT_MS));
  const startedAt = performance.now();
  try {
    for (let turn = 0; performance.now() - startedAt < GIVE_UP_MS; turn += 1) {
      const client = clients[turn % clients.length];
      const outcome = await client?.ask({ method: 'PUT', path: KEY, body: String(turn) });
      if (outcome?.type === 'ok') return Math.round(performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    return undefined;
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}
