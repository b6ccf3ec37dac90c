/** Catch-up: pulled, bounded, and answered to the one request that asked. */
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { EpochProposal } from '../../src/paxos/command.ts';
import { encodeChosen, encodeFetch, parseChosen } from '../../src/transport/chosen-messages.ts';
import type { ChosenAnswer, ChosenRequest } from '../../src/transport/network.ts';
import { Malformed } from '../../src/transport/shape.ts';
import {
  type Cluster,
  heartbeat,
  openCluster,
  membershipOf,
  type Station,
  until,
} from './network-kit.ts';
import { chunk, doorOf, RawClient, RawServer } from './raw-peer.ts';

const open: { close(): Promise<void> }[] = [];
const NONCE = '9'.repeat(32);
const REQUEST: ChosenRequest = { epoch: 1, from: 5, maxBytes: 1024 * 1024 };

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function linkedCluster(count: number, options = {}): Promise<Cluster> {
  const cluster = await openCluster(count, options);
  open.push(cluster);
  return cluster.linked();
}

function proposals(
  from: number,
  count: number,
  bytes = Buffer.from('x'),
): readonly EpochProposal[] {
  return Array.from({ length: count }, (_, index) => ({
    epoch: 1,
    slot: from + index,
    ballot: { round: 2, leader: 1 },
    command: { type: 'batch', timeMs: 10, bytes },
  }));
}

function slotsOf(answer: ChosenAnswer | undefined): readonly EpochProposal[] {
  return answer?.type === 'chosenSlots' ? answer.proposals : [];
}

function fetch(station: Station, to: number, request = REQUEST): Promise<ChosenAnswer | undefined> {
  return new Promise((resolve) => station.network.fetchChosen(to, request, resolve));
}

describe('catch-up', () => {
  it('brings the chosen slots that were asked for', async () => {
    const cluster = await linkedCluster(2);
    const asked: ChosenRequest[] = [];
    const answer: ChosenAnswer = { type: 'chosenSlots', chosenUpTo: 9, proposals: proposals(5, 5) };
    cluster.station(2).serveChosen = (request, done) => {
      asked.push(request);
      done(answer);
    };
    expect(await fetch(cluster.station(1), 2)).toEqual(answer);
    expect(asked).toEqual([REQUEST]);
  });

  it('may bring none, or may not be had', async () => {
    const cluster = await linkedCluster(2);
    const [asker, server] = [cluster.station(1), cluster.station(2)];
    server.serveChosen = (_request, done) =>
      done({ type: 'chosenSlots', chosenUpTo: 0, proposals: [] });
    expect(await fetch(asker, 2)).toEqual({ type: 'chosenSlots', chosenUpTo: 0, proposals: [] });
    server.serveChosen = (_request, done) => done(undefined);
    expect(await fetch(asker, 2)).toBe(undefined);
    expect(await fetch(asker, 3)).toBe(undefined);
  });

  it('is cut to what fits into one answer, without a gap', async () => {
    const cluster = await linkedCluster(2);
    const bytes = Buffer.alloc(1024 * 1024);
    cluster.station(2).serveChosen = (_request, done) =>
      done({ type: 'chosenSlots', chosenUpTo: 90, proposals: proposals(5, 20, bytes) });
    const answer = await fetch(cluster.station(1), 2);
    const slots = slotsOf(answer).map(({ slot }) => slot);
    expect(slots?.length).toBeGreaterThan(1);
    expect(slots).toEqual(proposals(5, slots?.length ?? 0).map(({ slot }) => slot));
  });

  it('does not hold up the stream', async () => {
    const cluster = await linkedCluster(2);
    const [asker, server] = [cluster.station(1), cluster.station(2)];
    let finish: ((answer: ChosenAnswer) => void) | undefined;
    server.serveChosen = (_request, done) => {
      finish = done;
      server.network.send(1, heartbeat(1));
    };
    const answer = fetch(asker, 2);
    await until(() => asker.heard.length === 1);
    finish?.({ type: 'chosenSlots', chosenUpTo: 5, proposals: proposals(5, 1) });
    expect(await answer).toMatchObject({ chosenUpTo: 5 });
  });

  it('is bounded in number, on both sides', async () => {
    const cluster = await linkedCluster(3, { limits: { fetches: 2, fetchesServed: 1 } });
    const [one, two, three] = [cluster.station(1), cluster.station(2), cluster.station(3)];
    const finish: ((answer: ChosenAnswer) => void)[] = [];
    two.serveChosen = (_request, done) => void finish.push(done);
    const first = fetch(one, 2);
    await until(() => finish.length === 1);
    expect(await fetch(three, 2)).toBe(undefined);
    expect(two.network.refusals.unavailable).toBe(1);
    const second = fetch(one, 3);
    expect(await fetch(one, 3)).toBe(undefined);
    expect(await second).toBe(undefined);
    finish[0]?.({ type: 'chosenSlots', chosenUpTo: 5, proposals: proposals(5, 1) });
    expect(await first).toMatchObject({ chosenUpTo: 5 });
  });

  it('is given up after a while, and when the peer goes', async () => {
    const cluster = await linkedCluster(2, { limits: { fetchMs: 100 } });
    const [one, two] = [cluster.station(1), cluster.station(2)];
    two.serveChosen = () => {};
    expect(await fetch(one, 2)).toBe(undefined);
    const answer = fetch(one, 2);
    await two.network.close();
    expect(await answer).toBe(undefined);
  });
});

/** Answers each request with what `respond` makes of its nonce. */
async function withForger(respond: (nonce: string, one: Station) => Buffer): Promise<Station> {
  const cluster = await openCluster(1);
  open.push(cluster);
  const one = cluster.station(1);
  const server = new RawServer((socket: Socket) => {
    let text = '';
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      const nonce = /"nonce":"([0-9a-f]{32})"/.exec(text)?.[1];
      if (nonce === undefined) return;
      const body = respond(nonce, one);
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
      );
      socket.end(body);
    });
  });
  const url = await server.listen();
  open.push(server);
  one.network.setMembership(
    membershipOf(
      new Map([
        [1, one.url],
        [2, url],
        [3, 'http://h:3'],
      ]),
    ),
  );
  return one;
}

describe('an answer', () => {
  const answer: ChosenAnswer = { type: 'chosenSlots', chosenUpTo: 7, proposals: proposals(5, 3) };
  const wire = (nonce = NONCE, given: ChosenAnswer = answer) =>
    JSON.parse(encodeChosen(nonce, given, 1e6));

  it('is taken for the request that it was given to', () => {
    expect(parseChosen(wire(), NONCE, 5)).toEqual(answer);
  });

  it.each<[string, () => Record<string, unknown>]>([
    ['to another request', () => wire('8'.repeat(32))],
    ['without a nonce', () => ({ ...wire(), nonce: undefined })],
    ['from another slot on', () => wire(NONCE, { ...answer, proposals: proposals(6, 2) })],
    [
      'with a gap',
      () => wire(NONCE, { ...answer, proposals: [...proposals(5, 1), ...proposals(7, 1)] }),
    ],
    ['beyond what is chosen', () => wire(NONCE, { ...answer, chosenUpTo: 6 })],
    ['with a member too many', () => ({ ...wire(), extra: 1 })],
    ['of another type', () => ({ ...wire(), type: 'fetchChosen' })],
  ])('%s is refused', (_name, value) => {
    expect(() => parseChosen(value(), NONCE, 5)).toThrow(Malformed);
  });

  const members = membershipOf(
    new Map([
      [1, 'http://h:1'],
      [2, 'http://h:2'],
      [3, 'http://h:3'],
    ]),
  );
  const sealed = (nonce: string, from = 2, to = 1) =>
    doorOf(from, members).sealBody(
      to,
      'chosenSlots',
      Buffer.from(encodeChosen(nonce, answer, 1e6)),
    );

  it.each<[string, (nonce: string) => Buffer, string]>([
    ['with another nonce', () => sealed(NONCE), 'badMessage'],
    ['of a third replica', (nonce) => sealed(nonce, 3), 'senderChanged'],
    ['to a third replica', (nonce) => sealed(nonce, 2, 3), 'wrongDestination'],
    [
      'of another secret',
      (nonce) =>
        doorOf(2, members, { secret: Buffer.alloc(32) }).sealBody(
          1,
          'chosenSlots',
          Buffer.from(encodeChosen(nonce, answer, 1e6)),
        ),
      'badMac',
    ],
    [
      'of an earlier life',
      (nonce) =>
        doorOf(2, members, { life: 0 }).sealBody(
          1,
          'chosenSlots',
          Buffer.from(encodeChosen(nonce, answer, 1e6)),
        ),
      'wrongSenderIncarnation',
    ],
  ])('%s, over HTTP, is no answer', async (_name, respond, reason) => {
    const one = await withForger(respond);
    expect(await fetch(one, 2)).toBe(undefined);
    expect(one.network.refusals).toEqual({ [reason]: 1 });
  });

  it('that is right is taken from the same hand', async () => {
    const one = await withForger((nonce) => sealed(nonce));
    expect(await fetch(one, 2)).toEqual(answer);
  });

  it('that never ends, or has no line end, is no answer', async () => {
    const noEnd = await withForger((nonce) => sealed(nonce).subarray(0, -1));
    expect(await fetch(noEnd, 2)).toBe(undefined);
    const endless = await withForger(() => Buffer.alloc(9 * 1024 * 1024, 'x'));
    expect(await fetch(endless, 2)).toBe(undefined);
  });
});

function request(door: ReturnType<typeof doorOf>, change = {}, to = 1): Buffer {
  const body = Buffer.from(encodeFetch(NONCE, { ...REQUEST, ...change }));
  return door.sealBody(to, 'fetchChosen', body);
}

describe('a request for chosen slots', () => {
  const head =
    'POST /paxos/v1/chosen HTTP/1.1\r\nHost: peer\r\nContent-Type: application/x-ndjson\r\n';
  const CHUNKED = `${head}Transfer-Encoding: chunked\r\n\r\n`;

  it.each<[string, (door: ReturnType<typeof doorOf>) => Buffer | string, number, string]>([
    ['that is no frame', () => 'give me\n', 400, 'badFrame'],
    ['without a line end', (door) => request(door).subarray(0, -1), 400, 'badFrame'],
    ['of two frames', (door) => Buffer.concat([request(door), request(door)]), 400, 'badFrame'],
    ['that is another message', (door) => door.seal(1, heartbeat(1)), 400, 'badMessage'],
    ['from slot 0', (door) => request(door, { from: 0 }), 400, 'badMessage'],
    ['from slot 2^53', (door) => request(door, { from: 2 ** 53 }), 400, 'badMessage'],
    ['of no bytes', (door) => request(door, { maxBytes: 0 }), 400, 'badMessage'],
    ['of a damaged frame', (door) => request(door).fill('0', 300, 301), 401, 'badMac'],
    ['to another replica', (door) => request(door, {}, 3), 403, 'wrongDestination'],
    ['that is too long', () => 'x'.repeat(70_000), 413, 'lineTooLong'],
  ])('%s is refused', async (_name, body, status, reason) => {
    const cluster = await openCluster(3);
    open.push(cluster);
    const station = cluster.station(1);
    let served = 0;
    station.serveChosen = () => void (served += 1);
    const client = new RawClient(station.network.port);
    client.write(CHUNKED);
    client.write(chunk(body(doorOf(2, cluster.membership))));
    client.write('0\r\n\r\n');
    await client.closed;
    expect(client.status).toBe(status);
    expect(JSON.parse(client.body)).toEqual({ status, reason });
    expect(served).toBe(0);
  });
});
