/** The table of bad input against real replicas: the leader, and a follower, which must do no worse. */
import { expect, it } from 'vitest';

import {
  type ReplicaCluster,
  type ReplicaProcess,
  statusOf,
} from '../../scripts/bench/replica-cluster.ts';
import { casesOf, runCases } from '../http/bad-input-cases.ts';
import { caughtUp, sharedCluster } from '../support/cluster.ts';

const clusterOf = sharedCluster();

it('uses no slot at the leader, which serves on', async () => {
  const cluster = clusterOf();
  expect(await badInputAt(cluster, await cluster.leader(), 'leader')).toEqual([]);
});

it('uses no slot at a follower, which serves on', async () => {
  const cluster = clusterOf();
  const [follower] = await cluster.followers();
  if (follower === undefined) throw new Error('no follower');
  expect(await badInputAt(cluster, follower, 'follower')).toEqual([]);
});

/** What went wrong, in words. */
async function badInputAt(
  cluster: ReplicaCluster,
  replica: ReplicaProcess,
  start: string,
): Promise<readonly string[]> {
  await caughtUp(cluster);
  const leader = await cluster.leader();
  const pids = cluster.replicas.map(({ child }) => child.pid);
  const slotsUsed = async (): Promise<number> => {
    const status = await statusOf(leader);
    if (status === undefined) throw new Error(`replica ${leader.id} does not answer`);
    return status.chosenUpTo;
  };
  const failures = await runCases(replica.plan.clientPort, slotsUsed, casesOf(start));
  await cluster.ready();
  expect(cluster.replicas.map(({ child }) => child.pid)).toEqual(pids);
  return failures;
}
