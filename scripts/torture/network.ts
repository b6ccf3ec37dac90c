/** Where the replicas of a run are: all on loopback, or each in a network namespace of its own. */
import { openNamespaces, whyNoNamespaces } from './namespaces.ts';

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

/** `auto`: namespaces where this host lets us make them. */
export type NetworkChoice = 'auto' | RunNetwork['type'];

/** Throws where namespaces were asked for by name, and there are none. */
export async function openNetwork(choice: NetworkChoice, replicas: number): Promise<RunNetwork> {
  if (choice === 'loopback') return loopback();
  const why = await whyNoNamespaces();
  if (why === undefined) return openNamespaces(replicas);
  if (choice === 'namespaces') throw new Error(`no network namespaces: ${why}`);
  return loopback();
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
