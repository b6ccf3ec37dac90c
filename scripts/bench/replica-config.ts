/** The configuration file of one replica of a cluster on this machine. The only place that knows its shape. */
export interface ReplicaPlan {
  readonly id: number;
  readonly directory: string;
  readonly clientPort: number;
  readonly peerPort: number;
  /** Where its peers are told to reach it; not its own port where a proxy stands before it. */
  readonly peerUrl: string;
  readonly clientUrl: string;
}

export function replicaConfig(
  plan: ReplicaPlan,
  members: readonly ReplicaPlan[],
  secretFile: string,
): object {
  return {
    id: plan.id,
    dataDirectory: plan.directory,
    clientPort: plan.clientPort,
    peerPort: plan.peerPort,
    members: members.map(({ id, peerUrl, clientUrl }) => ({ id, peerUrl, clientUrl })),
    secretFile,
  };
}
