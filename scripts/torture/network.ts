/** Where the replicas of a run are: all on loopback, or each in a network namespace of its own. */
export interface RunNetwork {
  readonly type: 'loopback' | 'namespaces';
  /** The address of a replica. */
  hostOf(id: number): string;
  /** The address at which peers reach the links. */
  readonly linkHost: string;
  /** The command that runs a replica there. */
  wrap(id: number, command: readonly string[]): readonly string[];
  close(): Promise<void>;
}

export function loopback(): RunNetwork {
  return {
    type: 'loopback',
    hostOf: () => '127.0.0.1',
    linkHost: '127.0.0.1',
    wrap: (_id, command) => command,
    close: () => Promise.resolve(),
  };
}
