/** A client for each member of the cluster, made when it is first asked for. */
import type { TortureCluster } from './cluster.ts';
import { ReplicaClient } from './client.ts';

export class ClientPool {
  readonly #cluster: TortureCluster;
  readonly #clients = new Map<number, ReplicaClient>();

  constructor(cluster: TortureCluster) {
    this.#cluster = cluster;
  }

  /** In the order of the replicas; of a replica that is down too. */
  now(): readonly ReplicaClient[] {
    return this.#cluster.members().map(({ id, clientUrl }) => {
      const known = this.#clients.get(id);
      if (known !== undefined) return known;
      const client = new ReplicaClient(id, clientUrl);
      this.#clients.set(id, client);
      return client;
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }
}
