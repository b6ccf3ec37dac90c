/** The door of the peer port: who is turned away, with which status, and that nothing came of it. */
import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Door } from '../../src/transport/door.ts';
import { DEFAULT_LIMITS } from '../../src/transport/limits.ts';
import type { StreamMessage } from '../../src/transport/messages.ts';
import type { RefusalReason } from '../../src/transport/refusal.ts';
import {
  accept,
  heartbeat,
  incarnationOf,
  membershipOf,
  SECRET,
  Station,
  until,
} from './network-kit.ts';
import { chunk, doorOf, RawClient, STREAM_HEAD } from './raw-peer.ts';

const LIMITS = {
  handshakeMs: 150,
  headersMs: 300,
  strangers: 8,
  connections: 40,
  lineBytes: 256 * 1024,
};
const URLS = new Map([1, 2, 3].map((id) => [id, `http://127.0.0.1:${id}`] as const));
const MEMBERSHIP = membershipOf(URLS);
const HELLO: StreamMessage = { type: 'hello' };
const OTHER_CLUSTER = membershipOf(URLS, 'd'.repeat(32));

/** Replica 2, whose peers 1 and 3 are played by the tests. */
const station = new Station(2);
const peer = doorOf(1, MEMBERSHIP);

beforeAll(async () => {
  await station.open({ limits: LIMITS });
  station.network.setMembership(MEMBERSHIP);
});
afterAll(() => station.network.close());
beforeEach(() => {
  station.heard.length = 0;
  station.links.length = 0;
});

function refused(reason: RefusalReason): number {
  return station.network.refusals[reason] ?? 0;
}

/** That a peer's stream is still taken. */
async function stillServes(): Promise<void> {
  const client = RawClient.stream(station.network.port, peer.seal(2, HELLO));
  client.write(chunk(peer.seal(2, heartbeat(77))));
  await until(() => station.heard.some(({ message }) => 'chosenUpTo' in message));
  await until(() => client.status === 200);
  client.destroy();
  await until(() => station.links.includes('-1'));
}

const line = (door: Door, message: StreamMessage = heartbeat(1), to = 2) => door.seal(to, message);

/** With a MAC that is right, but other words in the frame. */
function forged(change: (frame: string) => string): Buffer {
  const words = JSON.stringify({
    version: 5,
    cluster: MEMBERSHIP.clusterId,
    from: 1,
    fromIncarnation: incarnationOf(1),
    to: 2,
    toIncarnation: incarnationOf(2),
    sequence: 0,
    witnessed: 0,
    body: heartbeat(1),
  });
  return signedLine(change(words));
}

describe('the first frame of a stream', () => {
  it.each<[string, () => Buffer | string, number, RefusalReason]>([
    [
      'of another secret',
      () => line(doorOf(1, MEMBERSHIP, { secret: Buffer.alloc(32) })),
      401,
      'badMac',
    ],
    ['of no secret', () => line(doorOf(1, MEMBERSHIP, { secret: undefined })), 401, 'badMac'],
    [
      'with a MAC of zeros',
      () =>
        line(peer)
          .toString()
          .replace(/[0-9a-f]{64}/, '0'.repeat(64)),
      401,
      'badMac',
    ],
    [
      'with its MAC in capitals',
      () =>
        line(peer)
          .toString()
          .replace(/[0-9a-f]{64}/, (mac) => mac.toUpperCase()),
      401,
      'badMac',
    ],
    [
      'with a shorter MAC',
      () =>
        line(peer)
          .toString()
          .replace(/[0-9a-f]{64}/, 'ab'),
      400,
      'badFrame',
    ],
    ['without a MAC', () => '{"frame":{"version":1}}\n', 400, 'badFrame'],
    ['that is no JSON', () => 'hello\n', 400, 'badFrame'],
    ['that is zeros', () => `${'\0'.repeat(200)}\n`, 400, 'badFrame'],
    [
      'of version 0',
      () => forged((f) => f.replace('"version":5', '"version":0')),
      400,
      'badVersion',
    ],
    [
      'of version 999',
      () => forged((f) => f.replace('"version":5', '"version":999')),
      400,
      'badVersion',
    ],
    ['with a member too many', () => forged((f) => f.replace('{', '{"x":1,')), 400, 'badFrame'],
    [
      'with __proto__',
      () => forged((f) => f.replace('{', '{"__proto__":{"x":1},')),
      400,
      'badFrame',
    ],
    [
      'with a malformed body',
      () => forged((f) => f.replace('"epoch":1', '"epoch":0')),
      400,
      'badMessage',
    ],
    [
      'with an unknown body',
      () => forged((f) => f.replace('heartbeat', 'heartBeat')),
      400,
      'badMessage',
    ],
    ['of another cluster', () => line(doorOf(1, OTHER_CLUSTER)), 403, 'wrongCluster'],
    [
      'of no cluster',
      () => forged((f) => f.replace(MEMBERSHIP.clusterId, '')),
      403,
      'wrongCluster',
    ],
    ['to another replica', () => line(peer, heartbeat(1), 3), 403, 'wrongDestination'],
    [
      'to an earlier life of ours',
      () => forged((f) => f.replace(incarnationOf(2), incarnationOf(2, 0))),
      403,
      'wrongIncarnation',
    ],
    [
      'to nobody in particular',
      () => forged((f) => f.replace(incarnationOf(2), '')),
      403,
      'wrongIncarnation',
    ],
    [
      'a hello to an earlier life of ours',
      () =>
        forged((f) =>
          f
            .replace(incarnationOf(2), incarnationOf(2, 0))
            .replace(/"body":.*$/, '"body":{"type":"hello"}}'),
        ),
      403,
      'wrongIncarnation',
    ],
    [
      'from an earlier life of the sender',
      () => line(doorOf(1, MEMBERSHIP, { life: 0 })),
      403,
      'wrongSenderIncarnation',
    ],
    [
      'from a stranger',
      () => line(doorOf(4, membershipOf(new Map([...URLS, [4, 'http://h:4']])))),
      403,
      'unknownSender',
    ],
    [
      'from ourselves',
      () => forged((f) => f.replace('"from":1', '"from":2')),
      403,
      'unknownSender',
    ],
    [
      'that is longer than a first frame may be',
      () => line(peer, accept(1, Buffer.alloc(60_000))),
      413,
      'lineTooLong',
    ],
    ['that never ends', () => 'x'.repeat(65_537), 413, 'lineTooLong'],
  ])('%s is refused', async (_name, first, status, reason) => {
    const before = refused(reason);
    const client = RawClient.stream(station.network.port, first());
    await client.closed;
    expect(client.status).toBe(status);
    expect(JSON.parse(client.body)).toEqual({ status, reason });
    expect(client.text).toContain('application/problem+json');
    expect(refused(reason)).toBe(before + 1);
    expect(station.heard).toEqual([]);
    expect(station.links).toEqual([]);
  });

  it('may be any message that passes', async () => {
    const client = RawClient.stream(station.network.port, peer.seal(2, heartbeat(3)));
    await until(() => station.heard.length === 1 && client.status === 200);
    client.destroy();
    await until(() => station.links.length === 2);
    expect(station.links).toEqual(['+1', '-1']);
  });

  it('must come soon', async () => {
    const client = new RawClient(station.network.port);
    client.write(STREAM_HEAD);
    await client.closed;
    expect(client.status).toBe(408);
  });

  it('must come at all', async () => {
    const client = new RawClient(station.network.port);
    client.write(`${STREAM_HEAD}0\r\n\r\n`);
    await client.closed;
    expect(client.status).toBe(400);
  });
});

describe('a running stream', () => {
  it('drops what is not valid, counts it, and goes on', async () => {
    const client = RawClient.stream(station.network.port, peer.seal(2, HELLO));
    const strangers: [RefusalReason, Buffer | string][] = [
      ['badMac', line(doorOf(1, MEMBERSHIP, { secret: Buffer.alloc(32) }))],
      ['badFrame', 'noise\n'],
      ['badVersion', forged((f) => f.replace('"version":5', '"version":1'))],
      ['badMessage', forged((f) => f.replace('"epoch":1', '"epoch":1.5'))],
      ['wrongCluster', line(doorOf(1, OTHER_CLUSTER))],
      ['wrongDestination', line(peer, heartbeat(1), 3)],
      ['wrongIncarnation', forged((f) => f.replace(incarnationOf(2), incarnationOf(2, 0)))],
      ['wrongSenderIncarnation', line(doorOf(1, MEMBERSHIP, { life: 0 }))],
      ['senderChanged', line(doorOf(3, MEMBERSHIP))],
      [
        'senderChanged',
        line(doorOf(1, MEMBERSHIP, { life: 0 }), {
          type: 'introduce',
          incarnation: incarnationOf(1, 0),
        }),
      ],
      ['unknownSender', forged((f) => f.replace('"from":1', '"from":2'))],
    ];
    for (const [index, [reason, bytes]] of strangers.entries()) {
      const before = refused(reason);
      client.write(chunk(bytes));
      client.write(chunk(peer.seal(2, heartbeat(index))));
      await until(() => station.heard.length === index + 1);
      expect(refused(reason)).toBe(before + 1);
    }
    expect(station.messages).toEqual(strangers.map((_, index) => heartbeat(index)));
    client.destroy();
    await until(() => station.links.includes('-1'));
  });

  it('ends at a line that is too long', async () => {
    const before = refused('lineTooLong');
    const client = RawClient.stream(station.network.port, peer.seal(2, HELLO));
    await until(() => client.status === 200);
    client.write(chunk(Buffer.alloc(LIMITS.lineBytes + 1, 'x')));
    await client.closed;
    expect(refused('lineTooLong')).toBe(before + 1);
    expect(station.links).toEqual(['+1', '-1']);
  });

  it('is found whole wherever its bytes are cut', async () => {
    const client = RawClient.stream(station.network.port, peer.seal(2, HELLO));
    const message = accept(9, Buffer.from('cut anywhere'));
    const bytes = peer.seal(2, message);
    for (let at = 1; at < bytes.length; at += 1) {
      client.write(Buffer.concat([chunk(bytes.subarray(0, at)), chunk(bytes.subarray(at))]));
    }
    for (let at = 0; at < bytes.length; at += 1) client.write(chunk(bytes.subarray(at, at + 1)));
    await until(() => station.heard.length === bytes.length);
    expect(station.messages.every((m) => 'slot' in m && m.slot === 9)).toBe(true);
    client.destroy();
    await until(() => station.links.includes('-1'));
  });

  it('gives way to a newer one of the same replica, without a word of an end', async () => {
    const older = RawClient.stream(station.network.port, peer.seal(2, HELLO));
    await until(() => older.status === 200);
    const newer = RawClient.stream(station.network.port, peer.seal(2, HELLO));
    await older.closed;
    await until(() => newer.status === 200);
    expect(station.links).toEqual(['+1', '+1']);
    newer.destroy();
    await until(() => station.links.length === 3);
    expect(station.links[2]).toBe('-1');
  });

  it('is not displaced by one of another life under the same id', async () => {
    const member = RawClient.stream(station.network.port, peer.seal(2, HELLO));
    await until(() => member.status === 200);
    const impostor = RawClient.stream(
      station.network.port,
      doorOf(1, MEMBERSHIP, { life: 9 }).seal(2, HELLO),
    );
    await until(() => impostor.status === 200);
    impostor.destroy();
    member.write(chunk(peer.seal(2, heartbeat(4))));
    await until(() => station.heard.length === 1);
    expect(station.links).toEqual(['+1']);
    member.destroy();
    await until(() => station.links.includes('-1'));
  });

  it('replayed to a replica that began anew is refused', async () => {
    const reborn = new Station(2);
    await reborn.open({ life: 2 });
    reborn.network.setMembership(MEMBERSHIP);
    const client = RawClient.stream(reborn.network.port, line(peer));
    await client.closed;
    expect([client.status, reborn.network.refusals.wrongIncarnation]).toEqual([403, 1]);
    expect(reborn.heard).toEqual([]);
    await reborn.network.close();
  });
});

const HOST = 'Host: peer\r\n';
const TYPE = 'Content-Type: application/x-ndjson\r\n';
const post = (headers: string, path = '/paxos/v1/stream') =>
  `POST ${path} HTTP/1.1\r\n${headers}\r\n`;

describe('HTTP that is not ours', () => {
  it.each<[string, string, number]>([
    ['another path', post(`${HOST}${TYPE}Content-Length: 0\r\n`, '/v1/kv/a'), 404],
    [
      'the path with a query',
      post(`${HOST}${TYPE}Content-Length: 0\r\n`, '/paxos/v1/stream?a=1'),
      404,
    ],
    [
      'the path with a slash more',
      post(`${HOST}${TYPE}Content-Length: 0\r\n`, '/paxos/v1/stream/'),
      404,
    ],
    [
      'the path with dots',
      post(`${HOST}${TYPE}Content-Length: 0\r\n`, '/paxos/../paxos/v1/stream'),
      404,
    ],
    [
      'an absolute URL',
      post(`${HOST}${TYPE}Content-Length: 0\r\n`, 'http://peer/paxos/v1/stream'),
      404,
    ],
    ['GET', `GET /paxos/v1/stream HTTP/1.1\r\n${HOST}\r\n`, 405],
    ['PUT', `PUT /paxos/v1/chosen HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`, 405],
    ['TRACE', `TRACE /paxos/v1/stream HTTP/1.1\r\n${HOST}\r\n`, 405],
    ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, 404],
    ['CONNECT', `CONNECT peer:80 HTTP/1.1\r\n${HOST}\r\n`, 400],
    ['an unknown method', `MAKE /paxos/v1/stream HTTP/1.1\r\n${HOST}\r\n`, 400],
    ['HTTP/1.0', `POST /paxos/v1/stream HTTP/1.0\r\n${HOST}${TYPE}\r\n`, 505],
    ['HTTP/0.9', 'GET /\r\n\r\n', 505],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['no Host', post(`${TYPE}Content-Length: 0\r\n`), 400],
    ['two Hosts', post(`${HOST}Host: evil\r\n${TYPE}Content-Length: 0\r\n`), 400],
    ['no Content-Type', post(`${HOST}Content-Length: 0\r\n`), 415],
    [
      'JSON as its type',
      post(`${HOST}Content-Type: application/json\r\nContent-Length: 0\r\n`),
      415,
    ],
    [
      'a compressed body',
      post(`${HOST}${TYPE}Content-Encoding: gzip\r\nContent-Length: 0\r\n`),
      415,
    ],
    [
      'length and chunks',
      post(`${HOST}${TYPE}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`),
      400,
    ],
    ['two lengths', post(`${HOST}${TYPE}Content-Length: 5\r\nContent-Length: 6\r\n`), 400],
    ['two equal lengths', post(`${HOST}${TYPE}Content-Length: 5\r\nContent-Length: 5\r\n`), 400],
    ['a negative length', post(`${HOST}${TYPE}Content-Length: -1\r\n`), 400],
    ['a length with a sign', post(`${HOST}${TYPE}Content-Length: +5\r\n`), 400],
    ['gzip before chunks', post(`${HOST}${TYPE}Transfer-Encoding: gzip, chunked\r\n`), 400],
    ['chunks before identity', post(`${HOST}${TYPE}Transfer-Encoding: chunked, identity\r\n`), 400],
    ['an unknown coding', post(`${HOST}${TYPE}Transfer-Encoding: xchunked\r\n`), 400],
    [
      'chunked twice',
      post(`${HOST}${TYPE}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n`),
      400,
    ],
    ['Expect', post(`${HOST}${TYPE}Expect: 100-continue\r\nContent-Length: 5\r\n`), 417],
    ['another Expect', post(`${HOST}${TYPE}Expect: tea\r\nContent-Length: 5\r\n`), 417],
    [
      'an upgrade',
      post(`${HOST}${TYPE}Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n`),
      400,
    ],
    ['a space in a header name', post(`${HOST}Content Length: 5\r\n`), 400],
    ['a folded header', post(`${HOST}X: a\r\n b\r\n`), 400],
    ['headers of 9 KiB', post(`${HOST}X: ${'a'.repeat(9 * 1024)}\r\n`), 431],
    ['a line of 100 KiB', post(HOST, `/${'a'.repeat(100 * 1024)}`), 431],
    ['a bad chunk size', `${STREAM_HEAD}zz\r\nab\r\n`, 400],
    ['half a request line', 'POST /paxos', 408],
    ['nothing at all', '', 408],
  ])('%s is refused', async (_name, request, status) => {
    const client = new RawClient(station.network.port);
    client.write(Buffer.from(request, 'latin1'));
    await client.closed;
    expect(client.status).toBe(status);
    expect(station.heard).toEqual([]);
    expect(station.links).toEqual([]);
  });

  it('leaves the port serving', async () => {
    await expect(stillServes()).resolves.toBe(undefined);
  });
});

describe('strangers', () => {
  it('that only hold a connection do not keep a peer out', async () => {
    const idle = Array.from(
      { length: 2 * LIMITS.connections },
      () => new RawClient(station.network.port),
    );
    await until(() => idle.every(({ socket }) => !socket.connecting));
    await expect(stillServes()).resolves.toBe(undefined);
    await Promise.all(idle.map((client) => client.closed));
  });
});

it('the limits hold what must pass', () => {
  expect(DEFAULT_LIMITS.queueBytes).toBeGreaterThan(DEFAULT_LIMITS.lineBytes);
  expect(DEFAULT_LIMITS.headersMs).toBeLessThanOrEqual(10_000);
});

function signedLine(frame: string): Buffer {
  const mac = createHmac('sha256', SECRET).update(frame).digest('hex');
  return Buffer.from(`{"mac":"${mac}","frame":${frame}}\n`);
}
