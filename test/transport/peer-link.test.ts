/** Links to peers that are slow, silent, gone, or unwilling. */
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { PeerLink } from '../../src/transport/peer-link.ts';
import { DEFAULT_LIMITS } from '../../src/transport/limits.ts';
import { SYSTEM_TIMERS, type Timers } from '../../src/transport/timers.ts';
import { accept, heartbeat, membershipOf, Station, until } from './network-kit.ts';
import { chunk, doorOf, RawClient, RawServer, WELCOME } from './raw-peer.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

/** Takes a stream as a peer does, and then does what the test says with its socket. */
async function rawServer(onTaken: (socket: Socket) => void): Promise<[RawServer, string]> {
  const server = new RawServer((socket) => {
    socket.once('data', () => {
      socket.write(WELCOME);
      onTaken(socket);
    });
  });
  const url = await server.listen();
  open.push(server);
  return [server, url];
}

/** Station 1, with a good peer 2 and whatever answers at `url` as peer 3. */
async function withPeer3(url: string, limits = {}): Promise<[Station, Station]> {
  const [one, two] = [new Station(1), new Station(2)];
  for (const station of [one, two]) {
    await station.open({ limits });
    open.push(station.network);
  }
  const urls = new Map([
    [1, one.url],
    [2, two.url],
    [3, url],
  ]);
  one.network.setMembership(membershipOf(urls));
  urls.delete(3);
  two.network.setMembership(membershipOf(urls));
  await until(() => one.network.isLinked(2));
  return [one, two];
}

function keepAlive(socket: Socket): void {
  const timer = setInterval(() => socket.write(chunk('\n')), 10);
  socket.on('close', () => clearInterval(timer));
}

describe('a peer that does not read', () => {
  const limits = { queueBytes: 1024 * 1024, queueMessages: 2_000, keepAliveMs: 20 };
  /** What the kernel holds for a socket on loopback, at most. */
  const KERNEL_BYTES = 16 * 1024 * 1024;

  it('is sent a bounded amount, holds nobody up, and then gets it whole', async () => {
    let received = Buffer.alloc(0);
    let reader: Socket | undefined;
    const [, url] = await rawServer((socket) => {
      socket.pause();
      keepAlive(socket);
      reader = socket;
    });
    const [one, two] = await withPeer3(url, limits);
    await until(() => one.network.isLinked(3));

    const bytes = Buffer.alloc(50_000, 3);
    let taken = 0;
    const lineBytes = doorOf(1, membershipOf(new Map([[3, url]]))).seal(3, accept(1, bytes)).length;
    const deadline = performance.now() + 5_000;
    while (performance.now() < deadline) {
      if (one.network.send(3, accept(taken + 1, bytes))) taken += 1;
      else if (taken * lineBytes > limits.queueBytes) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(one.network.send(3, accept(taken + 1, bytes))).toBe(false);
    expect(taken * lineBytes).toBeGreaterThan(limits.queueBytes);
    expect(taken * lineBytes).toBeLessThan(limits.queueBytes + KERNEL_BYTES);

    const before = performance.now();
    for (let slot = 1; slot <= 100; slot += 1) one.network.send(2, heartbeat(slot));
    await until(() => two.heard.length === 100);
    expect(performance.now() - before).toBeLessThan(1_000);

    const pieces: Buffer[] = [];
    let length = 0;
    reader?.on('data', (piece: Buffer) => {
      pieces.push(piece);
      length += piece.length;
    });
    reader?.resume();
    await until(() => length > taken * lineBytes && one.network.send(3, heartbeat(7)));
    await until(() => {
      received = Buffer.concat(pieces);
      return received.includes('"chosenUpTo":7}');
    });
    const slots = [...received.toString('latin1').matchAll(/"slot":(\d+)/g)].map((m) =>
      Number(m[1]),
    );
    expect(slots).toEqual(Array.from({ length: taken }, (_, index) => index + 1));
  });

  it('is sent a bounded number of messages, however small', async () => {
    const [, url] = await rawServer((socket) => {
      socket.pause();
      keepAlive(socket);
    });
    const [one] = await withPeer3(url, limits);
    await until(() => one.network.isLinked(3));
    let taken = 0;
    while (one.network.send(3, heartbeat(taken))) taken += 1;
    expect(taken).toBe(limits.queueMessages);
  });
});

describe('a peer that falls silent without closing', () => {
  const limits = { keepAliveMs: 20, silentPeriods: 3, handshakeMs: 100 };

  it('is noticed by who sends to it', async () => {
    let takes = 0;
    const [, url] = await rawServer(() => void (takes += 1));
    const [one] = await withPeer3(url, limits);
    await until(() => takes > 0 && one.network.isLinked(3));
    await until(() => !one.network.isLinked(3), 1_000);
    await until(() => takes >= 2);
    expect(one.changes.map(({ why }) => why)).toContain('the peer is silent');
  });

  it('is noticed by who hears from it', async () => {
    const [one] = await withPeer3('http://127.0.0.1:9', limits);
    const client = RawClient.stream(
      one.network.port,
      doorOf(
        3,
        membershipOf(
          new Map([
            [1, one.url],
            [3, 'http://127.0.0.1:9'],
          ]),
        ),
      ).seal(1, { type: 'hello' }),
    );
    await until(() => one.links.includes('+3'));
    await until(() => one.links.includes('-3'), 1_000);
    await client.closed;
    expect(client.status).toBe(200);
  });

  it('is not confused with one that has nothing to say', async () => {
    const [one, two] = await withPeer3('http://127.0.0.1:9', limits);
    await until(() => two.network.isLinked(1) && one.links.includes('+2'));
    await new Promise((resolve) => setTimeout(resolve, 10 * limits.keepAliveMs));
    expect(one.changes.filter(({ peer, linked }) => peer === 2 && !linked)).toEqual([]);
    expect(one.network.isLinked(2)).toBe(true);
  });

  it('before it answers is given up', async () => {
    const silent = new RawServer(() => {});
    const url = await silent.listen();
    open.push(silent);
    const [one] = await withPeer3(url, limits);
    await until(() => silent.sockets.length >= 2);
    expect(one.network.send(3, heartbeat(1))).toBe(false);
    expect(one.changes.map(({ why }) => why)).toContain('no answer in time');
  });
});

describe('a peer that refuses', () => {
  it('is asked again, and its reason is told', async () => {
    const stranger = new Station(3);
    await stranger.open();
    open.push(stranger.network);
    stranger.network.setMembership(membershipOf(new Map([[3, stranger.url]])));
    const [one] = await withPeer3(stranger.url);
    await until(() => (stranger.network.refusals.unknownSender ?? 0) >= 2);
    const told = one.changes.filter(({ peer }) => peer === 3);
    expect(told).toHaveLength(1);
    expect(told[0]?.why).toMatch(/^refused: 403 .*unknownSender/);
  });
});

/** Runs what was planned when the test says so. */
class HandTimers implements Timers {
  readonly plans: { delayMs: number; action: () => void }[] = [];

  after(delayMs: number, action: () => void): () => void {
    const plan = { delayMs, action };
    this.plans.push(plan);
    return () => {
      const at = this.plans.indexOf(plan);
      if (at !== -1) this.plans.splice(at, 1);
    };
  }
}

describe('a peer that is down', () => {
  it.each([
    [0, [25, 50, 100, 200, 400, 500, 500]],
    [0.999_999, [50, 100, 200, 400, 800, 1_000, 1_000]],
  ])('is tried again after a back-off that doubles, at random %s', async (random, expected) => {
    const timers = new HandTimers();
    const link = new PeerLink({
      peerUrl: 'http://127.0.0.1:9',
      makeHello: () => Buffer.from('hello\n'),
      limits: DEFAULT_LIMITS,
      timers,
      random: () => random,
      onChange: () => {},
    });
    const delays: number[] = [];
    for (const _ of expected) {
      await until(
        () => timers.plans.length === 1 && timers.plans[0]?.delayMs !== DEFAULT_LIMITS.handshakeMs,
      );
      const [plan] = timers.plans.splice(0);
      delays.push(Math.round(plan?.delayMs ?? 0));
      plan?.action();
    }
    expect(delays).toEqual(expected);
    await new Promise<void>((resolve) => link.close(resolve));
    expect(timers.plans).toEqual([]);
  });

  it('is tried again soon once it was there for a while', async () => {
    const [server, url] = await rawServer(keepAlive);
    const limits = { ...DEFAULT_LIMITS, maxBackOffMs: 60, minBackOffMs: 20 };
    const changes: boolean[] = [];
    const link = new PeerLink({
      peerUrl: url,
      makeHello: () => Buffer.from('hello\n'),
      limits,
      timers: SYSTEM_TIMERS,
      random: () => 0,
      onChange: (linked) => void changes.push(linked),
    });
    for (let round = 1; round <= 3; round += 1) {
      await until(() => link.isLinked);
      server.sockets.at(-1)?.destroy();
      await until(() => !link.isLinked, 1_000);
    }
    expect(changes).toEqual([true, false, true, false, true, false]);
    await new Promise<void>((resolve) => link.close(resolve));
  });
});
