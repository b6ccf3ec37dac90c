/**
 * A leader that was stopped and woken believes that it still leads. What reached it while it slept
 * it reads first, before it can have heard of anybody else: it must not answer from its own state.
 */
import { expect, it } from 'vitest';

import type { KvClient, Outcome } from '../support/client.ts';
import { caughtUp, clientOf, clientsOf, startCluster } from '../support/cluster.ts';
import { waitFor } from '../../scripts/bench/wait.ts';

const ROUNDS = 3;
const READS = 20;
const CREATIONS = 20;
const NEW_LEADER_LIMIT_MS = 10_000;

it('serves no stale read and acknowledges nothing false when it wakes', async () => {
  const cluster = await startCluster();
  const clients = clientsOf(cluster);
  for (let round = 0; round < ROUNDS; round += 1) {
    const old = await cluster.leader();
    const sleeper = clientOf(clients, old);
    const others = clients.filter((client) => client !== sleeper);
    await Promise.all(Array.from({ length: READS }, () => sleeper.put('key', `old ${round}`)));

    old.pause();
    const put = await acknowledged(others, 'key', `new ${round}`);
    const reads = Array.from({ length: READS }, () => sleeper.get('key'));
    const creations = Array.from({ length: CREATIONS }, () =>
      sleeper.put(`created ${round}`, 'by the sleeper', { ifNoneMatch: '*' }),
    );
    await acknowledged(others, `created ${round}`, 'by another');
    old.resume();

    for (const read of await Promise.all(reads)) expect(staleness(read, round)).toBe('none');
    for (const creation of await Promise.all(creations)) expect(creation.type).not.toBe('ok');
    await caughtUp(cluster);
    expect(await sleeper.get('key')).toMatchObject({
      body: `new ${round}`,
      revision: put.revision,
    });
  }
});

/** Puts at one replica after the other until one acknowledges it. */
function acknowledged(
  clients: readonly KvClient[],
  key: string,
  value: string,
): Promise<Outcome & { readonly type: 'ok' }> {
  let tries = 0;
  const put = async (): Promise<(Outcome & { readonly type: 'ok' }) | undefined> => {
    const outcome = await clients[tries++ % clients.length]?.put(key, value);
    return outcome?.type === 'ok' ? outcome : undefined;
  };
  return waitFor(put, { what: `acknowledged put of ${key}`, limitMs: NEW_LEADER_LIMIT_MS });
}

/** An answer must show the new value; no answer, or an error, shows nothing. */
function staleness(read: Outcome, round: number): string {
  if (read.type !== 'ok') return 'none';
  return read.body === `new ${round}` ? 'none' : `read ${read.body}`;
}
