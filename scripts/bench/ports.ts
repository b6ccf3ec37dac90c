/**
 * Free ports for servers that are told their port. They are taken from below the range out of which
 * the kernel draws the local ports of outgoing connections, so that between the check and the
 * server's own `listen` no connection of this machine can take one. Two workers of the tests draw
 * from different halves of the rest, so that neither takes a port that the other's server will need
 * again.
 */
import { createServer } from 'node:net';

const LOWEST_PORT = 10_000;
const HIGHEST_PORT = 32_000;
const WORKERS = 2;
const MAX_TRIES = 1_000;

const handedOut = new Set<number>();

/** The first port, and how many there are from there on. */
export function portRange(): { readonly first: number; readonly count: number } {
  const count = (HIGHEST_PORT - LOWEST_PORT) / WORKERS;
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % WORKERS;
  return { first: LOWEST_PORT + worker * count, count };
}

export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  const range = portRange();
  for (let tries = 0; ports.length < count; tries += 1) {
    if (tries === MAX_TRIES) throw new Error(`no ${count} free ports after ${MAX_TRIES} tries`);
    const port = range.first + Math.floor(Math.random() * range.count);
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
