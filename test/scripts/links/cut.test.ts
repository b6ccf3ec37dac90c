/** Cut one way: messages are lost. Cut both ways: as when a cable is pulled. */
import { afterEach, expect, it } from 'vitest';
import { closeAll, FakePeer, frame, openSetting, type Setting, until } from './link-kit.ts';

afterEach(closeAll);

function cutBothWays({ links }: Setting): void {
  links.setRules(1, 2, { cut: true });
  links.setRules(2, 1, { cut: true });
}

it('loses the messages one way only, while signs of life pass', async () => {
  const { links, replica, port } = await openSetting();
  const peer = await FakePeer.linked(port, 1, 2);
  const other = await FakePeer.linked(port, 3, 2);
  links.setRules(1, 2, { cut: true });
  peer.say(frame(1, 2, 'accept'));
  peer.say('');
  other.say(frame(3, 2, 'accept'));
  replica.gotOf(0).response.write('\n');
  await until(() => replica.gotOf(0).pieces.join('').endsWith('}}}\n\n'));
  await until(() => replica.gotOf(1).pieces.join('').includes('accept'));
  await until(() => peer.text === '\n');
  expect(replica.gotOf(0).pieces.join('')).not.toContain('accept');

  links.setRules(1, 2, {});
  peer.say(frame(1, 2, 'status'));
  await until(() => replica.gotOf(0).pieces.join('').includes('status'));
  expect(peer.isClosed).toBe(false);
  expect(links.counts()).toMatchObject({ lost: 1 });
});

it('puts signs of life in the place of messages that are lost', async () => {
  const { links, replica, port } = await openSetting();
  const peer = await FakePeer.linked(port, 1, 2);
  links.setRules(1, 2, { loss: 1 });
  const before = replica.gotOf(0).pieces.length;
  await until(() => {
    peer.say(frame(1, 2, 'heartbeat'));
    return replica.gotOf(0).pieces.length > before;
  });
  expect(replica.gotOf(0).pieces.slice(before).join('')).toMatch(/^\n+$/);
});

it('lets no hello through, but what the replica says to nobody', async () => {
  const { links, replica, port } = await openSetting();
  replica.onRequest = () => {};
  links.setRules(1, 2, { cut: true });
  const peer = FakePeer.stream(port, 1, 2);
  await until(() => replica.got.length === 1);
  const { response } = replica.gotOf(0);
  response.writeHead(408, { connection: 'close' });
  response.end('tooSlow');
  await until(() => peer.isAnswerWhole);
  expect(peer.answer?.statusCode).toBe(408);
  expect(replica.lines).toEqual([]);
});

it('lets nothing pass both ways, closes nothing, and takes nobody new', async () => {
  const setting = await openSetting();
  const { links, replica, port } = setting;
  const heard: string[] = [];
  links.watch(({ type }) => {
    heard.push(type);
    return 'pass';
  });
  const peer = await FakePeer.linked(port, 1, 2);
  const gone = await FakePeer.linked(port, 1, 2);
  cutBothWays(setting);
  peer.say(frame(1, 2, 'accept'));
  peer.say('');
  gone.outgoing.destroy();
  replica.gotOf(0).response.write('\n');
  const late = FakePeer.stream(port, 1, 2);
  const asking = FakePeer.ask(port, '/paxos/v1/probe', frame(1, 2, 'probe'));
  // Who is not cut off shows that all that was said before has arrived.
  const other = await FakePeer.linked(port, 3, 2);
  await until(() => heard.join() === 'hello,hello,accept,hello,probe,hello');
  other.say(frame(3, 2, 'status'));
  await until(() => replica.lines.length === 4);
  expect(replica.got).toHaveLength(3);
  expect(replica.got.map(({ isClosed }) => isClosed)).toEqual([false, false, false]);
  expect(replica.gotOf(0).pieces.join('')).toBe(`${frame(1, 2, 'hello')}\n`);
  expect([peer, late, asking].map((one) => one.text + String(one.isClosed))).toEqual(
    Array.from({ length: 3 }, () => 'false'),
  );

  links.heal();
  await until(() => [peer, late, asking].every((one) => one.isClosed));
  await until(() => replica.gotOf(0).isClosed && replica.gotOf(1).isClosed);
  expect(other.isClosed).toBe(false);
  await FakePeer.linked(port, 1, 2);
});

it('keeps a connection on which nothing was said while it was cut', async () => {
  const setting = await openSetting();
  const { links, replica, port } = setting;
  const peer = await FakePeer.linked(port, 1, 2);
  cutBothWays(setting);
  links.setRules(1, 2, {});
  links.setRules(2, 1, {});
  peer.say(frame(1, 2, 'accept'));
  await until(() => replica.lines.length === 2);
  expect(peer.isClosed).toBe(false);
});

it('does not tell the peer that the replica is gone, until one of the two ways is open', async () => {
  const setting = await openSetting();
  const { links, replica, port } = setting;
  const peer = await FakePeer.linked(port, 1, 2);
  cutBothWays(setting);
  await replica.close();
  const other = FakePeer.stream(port, 3, 2);
  await until(() => other.isClosed);
  expect(peer.isClosed).toBe(false);
  links.setRules(2, 1, {});
  await until(() => peer.isClosed);
});
