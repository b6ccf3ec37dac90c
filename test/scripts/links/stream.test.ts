/** A stream through a link that has no rules is as one without the link. */
import { Buffer } from 'node:buffer';
import { afterEach, expect, it } from 'vitest';
import { closeAll, FakePeer, frame, linesOf, openSetting, until } from './link-kit.ts';

const MIB = 1024 * 1024;

afterEach(closeAll);

it('passes what is said, byte for byte, wherever it is cut, and the answer', async () => {
  const { links, replica, port } = await openSetting();
  const peer = await FakePeer.linked(port, 1, 2);
  expect(peer.answer?.headers['content-type']).toBe('application/x-ndjson');
  const said = [frame(1, 2, 'accept', '\u00e4'), frame(1, 2, 'status'), '', frame(1, 2, 'trace')];
  const bytes = Buffer.from(`${said.join('\n')}\n`, 'latin1');
  for (let at = 0; at < bytes.length; at += 61) peer.outgoing.write(bytes.subarray(at, at + 61));
  await until(() => replica.lines.length === 4);
  expect(replica.gotOf(0).pieces.join('')).toBe(
    `${frame(1, 2, 'hello')}\n${bytes.toString('latin1')}`,
  );
  replica.gotOf(0).response.write('\n');
  await until(() => peer.text === '\n');
  expect(links.counts()).toMatchObject({ passed: 4, lost: 0, delayed: 0 });
});

it('passes the end of the one who speaks, and then that of the one who listens', async () => {
  const { replica, port } = await openSetting();
  const peer = await FakePeer.linked(port, 1, 2);
  const got = replica.gotOf(0);
  got.request.on('end', () => got.response.end());
  peer.outgoing.end(`${frame(1, 2, 'accept')}\n`);
  await until(() => peer.isAnswerWhole && peer.isClosed && got.isClosed);
  expect(got.request.complete).toBe(true);
  expect(replica.lines).toHaveLength(2);
});

it('passes a connection that breaks, from either side', async () => {
  const { replica, port } = await openSetting();
  const first = await FakePeer.linked(port, 1, 2);
  first.outgoing.destroy();
  await until(() => replica.gotOf(0).isClosed);
  expect(replica.gotOf(0).request.complete).toBe(false);
  const second = await FakePeer.linked(port, 1, 2);
  replica.gotOf(1).response.destroy();
  await until(() => second.isClosed);
  expect(second.isAnswerWhole).toBe(false);
});

it('passes a refusal whole, before the first line and after it', async () => {
  const { replica, port } = await openSetting();
  replica.onRequest = ({ response }) => {
    response.writeHead(401, { 'content-type': 'application/problem+json', connection: 'close' });
    response.end('{"status":401,"reason":"badMac"}');
  };
  for (const peer of [
    FakePeer.stream(port, 1, 2),
    FakePeer.ask(port, '/paxos/v1/stream', 'no frame at all'),
    FakePeer.ask(port, '/nowhere', 'nothing'),
  ]) {
    await until(() => peer.isAnswerWhole && peer.isClosed);
    expect(peer.answer?.statusCode).toBe(401);
    expect(peer.answer?.headers['content-type']).toBe('application/problem+json');
    expect(peer.text).toBe('{"status":401,"reason":"badMac"}');
  }
});

it('passes other methods and paths as they are', async () => {
  const { replica, port } = await openSetting();
  replica.onRequest = ({ request, response }) =>
    void response.end(`${request.method} ${request.url}`);
  const peer = new FakePeer(port, '/paxos/v1/chosen?all', 'GET');
  peer.outgoing.end();
  await until(() => peer.isAnswerWhole);
  expect(peer.text).toBe('GET /paxos/v1/chosen?all');
});

it('closes the connection where no replica listens', async () => {
  const { replica, port } = await openSetting();
  await replica.close();
  const stream = FakePeer.stream(port, 1, 2);
  const exchange = FakePeer.ask(port, '/paxos/v1/chosen', frame(1, 2, 'fetchChosen'));
  await until(() => stream.isClosed && exchange.isClosed);
  expect([stream.answer, exchange.answer]).toEqual([undefined, undefined]);
});

it('lets a peer wait whose replica does not read, and loses nothing', async () => {
  const { links, replica, port } = await openSetting();
  const peer = await FakePeer.linked(port, 1, 2);
  const got = replica.gotOf(0);
  got.request.pause();
  const line = frame(1, 2, 'accept', 'x'.repeat(MIB));
  const count = 28;
  for (let n = 0; n < count; n += 1) peer.say(line);
  // Standing still: the kernel has taken what it takes, and the link no more than one piece.
  let before = Infinity;
  await until(() => {
    const still = peer.outgoing.writableLength === before;
    before = peer.outgoing.writableLength;
    return still;
  });
  expect(peer.outgoing.writableLength).toBeGreaterThan(MIB);
  got.request.resume();
  await until(() => links.counts()['passed'] === count + 1);
  await until(() => got.pieces.reduce((sum, piece) => sum + piece.length, 0) > count * line.length);
  expect(linesOf(got.pieces)).toHaveLength(count + 1);
});

it('lets a line pass that no replica takes, so that the replica refuses it', async () => {
  const { links, replica, port } = await openSetting();
  const peer = await FakePeer.linked(port, 1, 2);
  const got = replica.gotOf(0);
  peer.outgoing.write('x'.repeat(10 * MIB));
  await until(() => got.pieces.reduce((sum, piece) => sum + piece.length, 0) > 10 * MIB);
  expect(links.counts()).toMatchObject({ passed: 1, lost: 0 });
  got.response.destroy();
  await until(() => peer.isClosed);
});
