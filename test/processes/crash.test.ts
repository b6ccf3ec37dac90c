/**
 * Replicas killed with SIGKILL under the load of 64 clients: no acknowledged write is lost, what
 * clients saw is linearizable, and who was killed catches up. `CRASH_RUNS=20` makes the loop
 * longer than the three runs of the suite.
 */
import { describe, expect, it } from 'vitest';

import type { ReplicaCluster } from '../../scripts/bench/replica-cluster.ts';
import type { KvClient } from '../support/client.ts';
import { ClientLoad } from '../support/client-load.ts';
import { caughtUp, clientOf, clientsOf, startCluster } from '../support/cluster.ts';
import { findLosses, repeatedRevisions } from '../support/write-workload.ts';

const RUNS = Number(process.env['CRASH_RUNS'] ?? 3);
const ANSWERED_AGAIN_LIMIT_MS = 2_000;
const ALL_BACK_LIMIT_MS = 10_000;
/** Acknowledged operations of each kind before a fault, and after it. */
const OPERATIONS = 500;

const runs = Array.from({ length: RUNS }, (_, at) => at + 1);

describe('SIGKILL under the load of 64 clients', () => {
  it.each(runs)('of the leader: nothing acknowledged is lost, run %i', async (run) => {
    const cluster = await startCluster();
    const clients = clientsOf(cluster);
    const load = new ClientLoad(clients, '');
    await load.progress(OPERATIONS + Math.floor(Math.random() * OPERATIONS));

    const leader = await cluster.leader();
    const killedAtMs = performance.now();
    await leader.kill9();
    const next = await load.firstWriteAfter(performance.now());
    const silenceMs = next.answeredAtMs - killedAtMs;
    expect(silenceMs).toBeLessThan(ANSWERED_AGAIN_LIMIT_MS);

    await load.progress(OPERATIONS);
    leader.start();
    await cluster.ready();
    await load.progress(OPERATIONS);
    await load.stop();
    await everythingIsThere(cluster, clients, load, `leader ${run}`);
    const own = clientOf(clients, leader);
    expect(await findLosses(own, load.writes.acknowledged, '?consistency=local')).toEqual([]);
    console.log(
      `run ${run}: answered again after ${silenceMs.toFixed(0)} ms; ` +
        `${load.writes.acknowledged.length} acknowledged writes are there`,
    );
  });

  it.each(runs)('of all three at once: nothing acknowledged is lost, run %i', async (run) => {
    const cluster = await startCluster();
    const clients = clientsOf(cluster);
    const load = new ClientLoad(clients, '');
    await load.progress(OPERATIONS + Math.floor(Math.random() * OPERATIONS));

    await cluster.kill9();
    const startedAtMs = performance.now();
    await cluster.start(ALL_BACK_LIMIT_MS);
    const next = await load.firstWriteAfter(startedAtMs);
    const backMs = next.answeredAtMs - startedAtMs;
    expect(backMs).toBeLessThan(ALL_BACK_LIMIT_MS);

    await load.progress(OPERATIONS);
    await load.stop();
    await everythingIsThere(cluster, clients, load, `all three ${run}`);
    console.log(
      `run ${run}: back after ${backMs.toFixed(0)} ms; ` +
        `${load.writes.acknowledged.length} acknowledged writes are there`,
    );
  });
});

async function everythingIsThere(
  cluster: ReplicaCluster,
  clients: readonly KvClient[],
  load: ClientLoad,
  name: string,
): Promise<void> {
  await caughtUp(cluster);
  const { acknowledged } = load.writes;
  expect(acknowledged.length).toBeGreaterThan(OPERATIONS);
  expect(repeatedRevisions(acknowledged)).toEqual([]);
  const leader = clientOf(clients, await cluster.leader());
  expect(await findLosses(leader, acknowledged)).toEqual([]);
  const verdict = load.history.check(`crash ${name}`);
  expect(verdict).toMatchObject({ type: 'linearizable', findings: [] });
  expect(verdict.knownCalls).toBeGreaterThan(OPERATIONS);
}
