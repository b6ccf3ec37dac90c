/**
 * Free ports for servers that are told their port. They are taken from below the range out of which
 * the kernel draws the local ports of outgoing connections, so that between the check and the
 * server's own `listen` no connection of this machine can take one. Each worker of the tests draws from
 * a part of its own of the rest, so that none takes a port that another's server will need again.
 */
import { createServer } from 'node:net';

const LOWEST_PORT = 10_000;
const HIGHEST_PORT = 32_000;
/** There are no more workers at a time than parts (`maxWorkers` in vitest.config.ts). */
const PARTS = 8;
const MAX_TRIES = 1_000;

const handedOut = new Set<number>();

/** The first port, and how many there are from there on. */
export function portRange(): { readonly first: number; readonly count: number } {
  const count = (HIGHEST_PORT - LOWEST_PORT) / PARTS;
  const part = Number(process.env['VITEST_POOL_ID'] ?? 0) % PARTS;
  return { first: LOWEST_PORT + part * count, count };
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
