import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';

import { LinkProxy } from '../../../scripts/bench/link-proxy.ts';
import { waitFor } from '../../../scripts/bench/wait.ts';

const LIMIT_MS = 5_000;
const closing: (() => Promise<unknown> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

it('passes bytes both ways, until one of the two is cut off, and then closes nothing', async () => {
  const { proxy, port } = await echoBehindProxy();
  const two = await speakAs(2, port);
  const three = await speakAs(3, port);
  await two.echoes('hello');

  proxy.cutOff(3);
  three.socket.write('swallowed');
  await two.echoes('still here');
  expect(three.read()).not.toContain('swallowed');
  expect(three.socket.destroyed).toBe(false);

  proxy.cutOff(1);
  two.socket.write('swallowed');
  const late = await speakAs(2, port, { heard: false });
  expect(late.socket.destroyed).toBe(false);
  expect(two.read()).not.toContain('swallowed');
});

it('ends what was cut when it heals, and takes new connections', async () => {
  const { proxy, port } = await echoBehindProxy();
  const two = await speakAs(2, port);
  proxy.cutOff(2);
  two.socket.write('swallowed');
  proxy.heal();
  await new Promise((resolve) => {
    two.socket.once('close', resolve);
  });
  expect(two.read()).not.toContain('swallowed');
  const again = await speakAs(2, port);
  await again.echoes('back');
});

it('holds a connection whose opener is not known yet while somebody is cut off', async () => {
  const { proxy, port } = await echoBehindProxy();
  proxy.cutOff(3);
  const socket = await open(port);
  socket.write('PUT / HTTP/1.1\r\n\r\n');
  const two = await speakAs(2, port);
  await two.echoes('passes');
  expect(textOf(socket)()).toBe('');
  proxy.heal();
  const read = textOf(socket);
  await waitFor(() => read().includes('PUT') || undefined, { what: 'echo', limitMs: LIMIT_MS });
});

/** Replica 1 echoes; its peers reach it through the proxy. */
async function echoBehindProxy(): Promise<{ proxy: LinkProxy; port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).pipe(socket);
  });
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  const proxy = new LinkProxy();
  const told = await proxy.open(new Map([[1, await listen(server)]]));
  closing.push(() => proxy.close());
  return { proxy, port: told.get(1) ?? 0 };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  await once(socket, 'connect');
  closing.push(() => void socket.destroy());
  return socket;
}

function textOf(socket: Socket): () => string {
  let text = '';
  socket.on('data', (bytes) => (text += bytes.toString()));
  return () => text;
}

async function speakAs(
  id: number,
  port: number,
  { heard = true }: { heard?: boolean } = {},
): Promise<{ socket: Socket; read: () => string; echoes: (text: string) => Promise<unknown> }> {
  const socket = await open(port);
  const read = textOf(socket);
  const echoes = (text: string): Promise<unknown> => {
    socket.write(text);
    return waitFor(() => read().includes(text) || undefined, { what: text, limitMs: LIMIT_MS });
  };
  const frame = `{"frame":{"from":${id}}}`;
  if (heard) await echoes(frame);
  else socket.write(frame);
  return { socket, read, echoes };
}
