/**
 * A cluster of real replicas for one test: it ends with the test, whatever became of it, and its
 * directory goes with it. When the test fails, the last lines of each replica's log are printed. Or
 * for several tests, where none of them asks what only a fresh one can show.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, onTestFailed, onTestFinished } from 'vitest';

import {
  type ClusterOptions,
  ReplicaCluster,
  type ReplicaProcess,
  statusOf,
} from '../../scripts/bench/replica-cluster.ts';
import { waitFor } from '../../scripts/bench/wait.ts';
import { KvClient } from './client.ts';

export type TestClusterOptions = Partial<Omit<ClusterOptions, 'directory'>> & {
  /** Made by the caller, who removes it. */
  readonly directory?: string;
};

const CATCH_UP_LIMIT_MS = 20_000;

function createCluster(options: TestClusterOptions, directory: string): Promise<ReplicaCluster> {
  return ReplicaCluster.create({ replicas: 3, ...options, directory });
}

function makeDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'synod-processes-'));
}

/** Lays the cluster out and starts nothing. */
export async function layOutCluster(options: TestClusterOptions = {}): Promise<ReplicaCluster> {
  const directory = options.directory ?? makeDirectory();
  const cluster = await createCluster(options, directory);
  onTestFailed(() => console.error(cluster.logTails()));
  onTestFinished(async () => {
    await cluster.kill9();
    if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
  });
  return cluster;
}

/** Three replicas, all ready, one of them leading. */
export async function startCluster(options: TestClusterOptions = {}): Promise<ReplicaCluster> {
  const cluster = await layOutCluster(options);
  await cluster.start();
  await cluster.leader();
  return cluster;
}

/** The same, once for all tests of a file or a suite; each finds all three ready. */
export function sharedCluster(
  options: Omit<TestClusterOptions, 'directory'> = {},
): () => ReplicaCluster {
  let cluster: ReplicaCluster | undefined;
  const directory = makeDirectory();
  beforeAll(async () => {
    cluster = await createCluster(options, directory);
  });
  beforeEach(async () => {
    onTestFailed(() => console.error(cluster?.logTails()));
    await cluster?.start();
    await cluster?.leader();
  });
  afterAll(async () => {
    await cluster?.kill9();
    rmSync(directory, { recursive: true, force: true });
  });
  return () => {
    if (cluster === undefined) throw new Error('the cluster is there in tests only');
    return cluster;
  };
}

/** One client for each replica, in their order; closed with the test. */
export function clientsOf(cluster: ReplicaCluster): readonly KvClient[] {
  const clients = cluster.replicas.map((replica) => new KvClient(replica.clientUrl));
  onTestFinished(async () => {
    await Promise.all(clients.map((client) => client.close()));
  });
  return clients;
}

export function clientOf(clients: readonly KvClient[], replica: ReplicaProcess): KvClient {
  const found = clients.find((client) => client.url === replica.clientUrl);
  if (found === undefined) throw new Error(`no client for replica ${replica.id}`);
  return found;
}

/** Resolves when each replica, by its own word, has applied all that is chosen. */
export async function caughtUp(cluster: ReplicaCluster): Promise<number> {
  const ask = async (): Promise<number | undefined> => {
    const own = await Promise.all(cluster.replicas.map(statusOf));
    const furthest = Math.max(...own.map((progress) => progress?.chosenUpTo ?? 0));
    const equal = own.every((one) => one?.chosenUpTo === furthest && one.appliedUpTo === furthest);
    return equal && furthest > 0 ? furthest : undefined;
  };
  const what = 'equal chosenUpTo and appliedUpTo on all replicas';
  return waitFor(ask, { what, limitMs: CATCH_UP_LIMIT_MS, everyMs: 50 });
}
