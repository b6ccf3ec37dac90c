/**
 * A leader that lives on but is not heard, under the load of 64 clients that talk to it all the
 * same: stopped and woken, or cut off from its peers without a closed connection. It must answer
 * nothing that its cluster did not choose.
 */
import { describe, expect, it, onTestFinished } from 'vitest';

import { LinkProxy } from '../../scripts/bench/link-proxy.ts';
import type { ReplicaCluster } from '../../scripts/bench/replica-cluster.ts';
import { expectAllHeldBy, expectNothingLost } from '../support/aftermath.ts';
import { ClientLoad } from '../support/client-load.ts';
import { clientOf, clientsOf, startCluster } from '../support/cluster.ts';

const OPERATIONS = 200;
/** While the lost leader holds up each client that asks it. */
const OPERATIONS_WITHOUT = 100;
const FAULTS = 2;
const ANSWERED_AGAIN_LIMIT_MS = 5_000;

interface Fault {
  readonly name: string;
  readonly strike: () => void;
  readonly heal: () => void;
}

describe('a leader that is lost under load, and comes back', () => {
  it('stopped and woken: nothing is lost, and nothing false is answered', async () => {
    const cluster = await startCluster();
    const silencesMs = await loseLeaders(cluster, async () => {
      const leader = await cluster.leader();
      return { name: 'stopped', strike: () => leader.pause(), heal: () => leader.resume() };
    });
    expect(Math.max(...silencesMs)).toBeLessThan(ANSWERED_AGAIN_LIMIT_MS);
  });

  it('cut off from its peers: nothing is lost, and nothing false is answered', async () => {
    const proxy = new LinkProxy();
    onTestFinished(() => proxy.close());
    const cluster = await startCluster({ proxy: (ports) => proxy.open(ports) });
    const silencesMs = await loseLeaders(cluster, async () => {
      const { id } = await cluster.leader();
      return { name: 'cut off', strike: () => proxy.cutOff(id), heal: () => proxy.heal() };
    });
    expect(Math.max(...silencesMs)).toBeLessThan(ANSWERED_AGAIN_LIMIT_MS);
  });
});

/** Returns how long no write was answered after each fault. */
async function loseLeaders(
  cluster: ReplicaCluster,
  next: () => Promise<Fault>,
): Promise<readonly number[]> {
  const clients = clientsOf(cluster);
  const load = new ClientLoad(clients, '');
  const silencesMs: number[] = [];
  let name = '';
  for (let fault = 1; fault <= FAULTS; fault += 1) {
    await load.progress(OPERATIONS);
    const { name: kind, strike, heal } = await next();
    name = kind;
    const struckAtMs = performance.now();
    strike();
    const write = await load.firstWriteAfter(struckAtMs);
    silencesMs.push(Math.round(write.answeredAtMs - struckAtMs));
    await load.progress(OPERATIONS_WITHOUT);
    heal();
    await cluster.ready();
  }
  await load.progress(OPERATIONS);
  await load.stop();
  await expectNothingLost({ cluster, clients, load, name, operations: OPERATIONS * FAULTS });
  for (const replica of cluster.replicas) await expectAllHeldBy(clientOf(clients, replica), load);
  console.log(`${name}: answered again after ${silencesMs.join(', ')} ms`);
  return silencesMs;
}
