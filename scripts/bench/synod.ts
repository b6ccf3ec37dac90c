/** The cluster of Synod that the bench measures. */
import { applyLoad } from './load.ts';
import type { LoadResult } from './load-spec.ts';
import { type ClusterOptions, ReplicaCluster, type ReplicaProcess } from './replica-cluster.ts';
import { stopAll, type System, type SystemReplica } from './system.ts';

export interface SynodSystem extends System {
  readonly cluster: ReplicaCluster;
}

export async function startSynod(options: ClusterOptions): Promise<SynodSystem> {
  const cluster = await ReplicaCluster.create(options);
  await cluster.start();
  await cluster.leader();
  return {
    name: 'synod',
    cluster,
    replicas: () => cluster.replicas,
    leader: () => cluster.leader(),
    restart: async (id) => {
      const replica = cluster.replica(id);
      await replica.child.ended;
      replica.start();
    },
    ready: (limitMs) => cluster.ready(limitMs),
    put,
    stop: () => stopAll(started(cluster.replicas).map((replica) => replica.child)),
  };
}

function started(replicas: readonly ReplicaProcess[]): readonly ReplicaProcess[] {
  return replicas.filter((replica) => replica.isRunning());
}

async function put(replica: SystemReplica, key: string, limitMs: number): Promise<boolean> {
  const response = await fetch(`${replica.clientUrl}/v1/kv/${key}`, {
    method: 'PUT',
    body: '1',
    signal: AbortSignal.timeout(limitMs),
  });
  await response.arrayBuffer();
  return response.ok;
}

const FILLS = 3;

/** Loads the keys through single puts, many at a time. */
export async function fillSynod(
  leader: SystemReplica,
  fill: { keys: number; valueBytes: number; connections: number },
  fillsLeft = FILLS - 1,
): Promise<LoadResult> {
  const result = await applyLoad('own', {
    system: 'synod',
    operation: 'fill',
    url: leader.clientUrl,
    seconds: 0,
    ...fill,
  });
  if (result.failures === 0) return result;
  // A change of leader under load: every key must be there, so all are put again.
  if (fillsLeft === 0) throw new Error(`${result.failures} puts failed while loading`);
  console.log(`${result.failures} puts failed while loading; loading again`);
  return fillSynod(leader, fill, fillsLeft - 1);
}
