/**
 * Replicas killed with SIGKILL under the load of 64 clients: no acknowledged write is lost, what
 * clients saw is linearizable, and who was killed catches up. Twice each; `CRASH_RUNS=20` makes it a
 * longer loop.
 */
import { describe, expect, it } from 'vitest';

import { expectAllHeldBy, expectNothingLost } from '../support/aftermath.ts';
import { ClientLoad } from '../support/client-load.ts';
import { clientOf, clientsOf, startCluster } from '../support/cluster.ts';

const RUNS = Number(process.env['CRASH_RUNS'] ?? 2);
const ANSWERED_AGAIN_LIMIT_MS = 2_000;
const ALL_BACK_LIMIT_MS = 10_000;
/** Acknowledged operations of each kind before a fault, and after it. */
const OPERATIONS = 200;

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
    const name = `leader killed ${run}`;
    await expectNothingLost({ cluster, clients, load, name, operations: OPERATIONS });
    await expectAllHeldBy(clientOf(clients, leader), load);
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
    const name = `all killed ${run}`;
    await expectNothingLost({ cluster, clients, load, name, operations: OPERATIONS });
    console.log(
      `run ${run}: back after ${backMs.toFixed(0)} ms; ` +
        `${load.writes.acknowledged.length} acknowledged writes are there`,
    );
  });
});
