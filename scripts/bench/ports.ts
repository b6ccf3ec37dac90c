/**
 * Free ports for servers that are told their port. They are taken from below the range out of which
 * the kernel draws the local ports of outgoing connections, so that between the check and the
 * server's own `listen` no connection of this machine can take one.
 */
import { createServer } from 'node:net';

const LOWEST_PORT = 10_000;
const HIGHEST_PORT = 32_000;
const MAX_TRIES = 1_000;

const handedOut = new Set<number>();

export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries += 1) {
    if (tries === MAX_TRIES) throw new Error(`no ${count} free ports after ${MAX_TRIES} tries`);
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT));
    if (handedOut.has(port) || !(await isFree(port))) continue;
    handedOut.add(port);
    ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
