/** What must hold when the faults are over and the load has stopped. */
import { expect } from 'vitest';

import type { ReplicaCluster } from '../../scripts/bench/replica-cluster.ts';
import type { KvClient } from './client.ts';
import type { ClientLoad } from './client-load.ts';
import { caughtUp, clientOf } from './cluster.ts';
import { findLosses, repeatedRevisions } from './write-workload.ts';

export interface Aftermath {
  readonly cluster: ReplicaCluster;
  readonly clients: readonly KvClient[];
  readonly load: ClientLoad;
  /** Of the test, for the file that holds a history that is not linearizable. */
  readonly name: string;
  /** So many acknowledged operations of each kind are the least that makes the check worth its name. */
  readonly operations: number;
}

/**
 * All replicas have caught up; each acknowledged write is there with its revision, which no other
 * write got; what the clients of the registers saw is linearizable.
 */
export async function expectNothingLost(after: Aftermath): Promise<void> {
  const { cluster, clients, load } = after;
  await caughtUp(cluster);
  const { acknowledged } = load.writes;
  expect(acknowledged.length).toBeGreaterThan(after.operations);
  expect(repeatedRevisions(acknowledged)).toEqual([]);
  const leader = clientOf(clients, await cluster.leader());
  expect(await findLosses(leader, acknowledged)).toEqual([]);
  const verdict = load.history.check(after.name);
  expect(verdict).toMatchObject({ type: 'linearizable', findings: [] });
  expect(verdict.knownCalls).toBeGreaterThan(after.operations);
}

/** The replica's own state holds each acknowledged write: it needs to ask nobody. */
export async function expectAllHeldBy(own: KvClient, load: ClientLoad): Promise<void> {
  expect(await findLosses(own, load.writes.acknowledged, '?consistency=local')).toEqual([]);
}
