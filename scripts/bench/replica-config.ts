/** The configuration file of one replica of a cluster on this machine; its schema is `src/config-schema.ts`. */
export interface ReplicaPlan {
  readonly id: number;
  /** The address that it binds; 127.0.0.1 unless given. */
  readonly host?: string;
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
  settings: object = {},
): object {
  const { host = '127.0.0.1' } = plan;
  return {
    ...settings,
    replicaId: plan.id,
    dataDir: plan.directory,
    listen: {
      client: { host, port: plan.clientPort },
      peer: { host, port: plan.peerPort },
    },
    members: members.map(({ id, peerUrl, clientUrl }) => ({ id, peerUrl, clientUrl })),
    secretFile,
    log: { format: 'json' },
  };
}
