/** One frame there and one back, on a request of its own. */
import { afterEach, expect, it } from 'vitest';
import { closeAll, FakePeer, frame, openSetting, until } from './link-kit.ts';

const ASKED = frame(1, 2, 'fetchChosen');
const ANSWER = `${frame(2, 1, 'answer')}\n`;
const PATHS = ['chosen', 'snapshot', 'probe', 'order'].map((name) => `/paxos/v1/${name}`);
const CHOSEN = '/paxos/v1/chosen';

afterEach(closeAll);

it('passes request and answer as they are, and tells who watches of both', async () => {
  const { links, replica, port } = await openSetting();
  const told: string[] = [];
  links.watch(({ from, to, type }) => {
    told.push(`${from}>${to} ${type}`);
    return 'pass';
  });
  for (const path of PATHS) {
    const peer = FakePeer.ask(port, path, ASKED);
    await until(() => peer.isAnswerWhole && peer.isClosed);
    expect(peer.text).toBe(ANSWER);
    expect(replica.got.at(-1)?.request.url).toBe(path);
  }
  expect(replica.lines).toEqual(PATHS.map(() => ASKED));
  expect(told).toEqual(PATHS.flatMap(() => ['1>2 fetchChosen', '2>1 answer']));
});

it('passes a refusal, also where answers are lost', async () => {
  const { links, replica, port } = await openSetting();
  links.setRules(2, 1, { cut: true });
  replica.onRequest = ({ response }) => {
    response.writeHead(503, { 'retry-after': '1' });
    response.end('{"status":503,"reason":"unavailable"}');
  };
  const peer = FakePeer.ask(port, CHOSEN, ASKED);
  await until(() => peer.isAnswerWhole);
  expect(peer.answer?.statusCode).toBe(503);
  expect(peer.answer?.headers['retry-after']).toBe('1');
  expect(peer.text).toBe('{"status":503,"reason":"unavailable"}');
});

it('passes a connection that breaks, from either side', async () => {
  const { replica, port } = await openSetting();
  replica.onRequest = ({ response }) => void response.destroy();
  const broken = FakePeer.ask(port, CHOSEN, ASKED);
  await until(() => broken.isClosed);
  expect(broken.answer).toBeUndefined();
  replica.onRequest = () => {};
  const leaving = FakePeer.ask(port, CHOSEN, ASKED);
  await until(() => replica.got.length === 2);
  leaving.outgoing.destroy();
  await until(() => replica.gotOf(1).isClosed);
});

it('loses a request silently; the peer hears of it when the links heal', async () => {
  const { links, replica, port } = await openSetting();
  links.setRules(1, 2, { loss: 1 });
  const peer = FakePeer.ask(port, CHOSEN, ASKED);
  const gone = FakePeer.ask(port, CHOSEN, ASKED);
  await until(() => links.counts()['lost'] === 2);
  gone.outgoing.destroy();
  await until(() => gone.isClosed);
  expect([replica.got.length, peer.isClosed]).toEqual([0, false]);
  links.heal();
  await until(() => peer.isClosed);
});

it('loses an answer silently', async () => {
  const { links, replica, port } = await openSetting();
  links.setRules(2, 1, { cut: true });
  const peer = FakePeer.ask(port, CHOSEN, ASKED);
  await until(() => links.counts()['lost'] === 1);
  expect([replica.lines, peer.isClosed, peer.text]).toEqual([[ASKED], false, '']);
});

it('asks twice where a request comes again, and gives the first answer', async () => {
  const { links, replica, port } = await openSetting();
  links.setRules(1, 2, { duplication: 1 });
  const peer = FakePeer.ask(port, CHOSEN, ASKED);
  await until(() => peer.isAnswerWhole && links.counts()['repeated'] === 1);
  await until(() => replica.lines.length === 2);
  expect(peer.text).toBe(ANSWER);
});

it('lets a copy of a request come when its peer is long gone', async () => {
  const { links, replica, port } = await openSetting();
  links.setRules(1, 2, { duplication: 1, copies: { most: 1, lateMs: 300 } });
  const count = 10;
  const peers = Array.from({ length: count }, () => FakePeer.ask(port, CHOSEN, ASKED));
  await until(() => peers.every((peer) => peer.isClosed && peer.isAnswerWhole));
  await until(() => replica.lines.length === 2 * count);
  expect(links.counts()['repeated']).toBe(count);
});

it('lets both come late, and byte by byte', async () => {
  const { links, replica, port } = await openSetting();
  links.setRules(1, 2, { byteByByte: true, delayMs: [10, 20] });
  links.setRules(2, 1, { byteByByte: true, delayMs: [10, 20] });
  const peer = FakePeer.ask(port, CHOSEN, ASKED);
  await until(() => peer.isAnswerWhole);
  expect(links.counts()).toMatchObject({ passed: 2, delayed: 2 });
  expect(replica.lines).toEqual([ASKED]);
  expect(replica.gotOf(0).pieces.length).toBeGreaterThan(10);
  expect(peer.text).toBe(ANSWER);
});

it('lets both come damaged', async () => {
  const { links, replica, port } = await openSetting();
  links.setRules(1, 2, { corruption: 1 });
  links.setRules(2, 1, { corruption: 1 });
  const peer = FakePeer.ask(port, CHOSEN, ASKED);
  await until(() => peer.isAnswerWhole);
  expect(links.counts()).toMatchObject({ passed: 2, damaged: 2 });
  expect(replica.lines).toHaveLength(1);
  expect(replica.lines).not.toEqual([ASKED]);
  expect(peer.text).toMatch(/^[^\n]+\n$/);
  expect(peer.text).not.toBe(ANSWER);
});

it('swallows an answer that comes while nothing passes, and closes when something does', async () => {
  const { links, replica, port } = await openSetting();
  replica.onRequest = () => {};
  const peer = FakePeer.ask(port, CHOSEN, ASKED);
  await until(() => replica.lines.length === 1);
  links.setRules(1, 2, { cut: true });
  links.setRules(2, 1, { cut: true });
  replica.gotOf(0).response.end(ANSWER);
  await until(() => links.counts()['lost'] === 1);
  expect(peer.isClosed).toBe(false);
  links.setRules(1, 2, {});
  await until(() => peer.isClosed);
  expect(peer.answer).toBeUndefined();
});
