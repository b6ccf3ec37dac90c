/** Names the ports that somebody else has, before a replica fails on them. */
import net from 'node:net';
import type { ReplicaAddress } from './data-folder.ts';

export function portsInUse(addresses: readonly ReplicaAddress[]): Promise<readonly string[]> {
  return takenOf(
    addresses.flatMap(({ id, clientPort, peerPort }) => [
      { port: clientPort, use: `replica ${id}, for clients` },
      { port: peerPort, use: `replica ${id}, for peers` },
    ]),
  );
}

/** Those at which links listen. */
export function linkPortsInUse(addresses: readonly ReplicaAddress[]): Promise<readonly string[]> {
  return takenOf(
    addresses.map(({ id, linkPort }) => ({ port: linkPort, use: `the link to replica ${id}` })),
  );
}

interface Wanted {
  readonly port: number;
  readonly use: string;
}

async function takenOf(wanted: readonly Wanted[]): Promise<readonly string[]> {
  const free = await Promise.all(wanted.map(({ port }) => isFree(port)));
  return wanted
    .filter((_, index) => free[index] === false)
    .map(({ port, use }) => `${port} (${use})`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}
