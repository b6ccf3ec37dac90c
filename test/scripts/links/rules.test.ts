/** What the rules make of messages on a stream. */
import { Buffer } from 'node:buffer';
import { afterEach, expect, it } from 'vitest';
import type { LinkRules } from '../../../scripts/links/link-rules.ts';
import { closeAll, FakePeer, frame, openSetting, type Setting, until } from './link-kit.ts';

afterEach(closeAll);

interface Spoken extends Setting {
  readonly peer: FakePeer;
  /** Of the messages that came, in their order, but the hello. */
  readonly numbers: () => readonly number[];
}

async function speak(rules: LinkRules): Promise<Spoken> {
  const setting = await openSetting();
  const peer = await FakePeer.linked(setting.port, 1, 2);
  setting.links.setRules(1, 2, rules);
  const numbers = (): readonly number[] =>
    setting.replica.lines
      .filter((line) => !line.includes('hello'))
      .map((line) => Number(/"more":"([0-9]+)"/.exec(line)?.[1]));
  return { ...setting, peer, numbers };
}

function say(peer: FakePeer, count: number): readonly number[] {
  const numbers = Array.from({ length: count }, (_, n) => n);
  for (const n of numbers) peer.say(frame(1, 2, 'accept', String(n)));
  return numbers;
}

it('loses as many as it is told, and keeps the others in their order', async () => {
  const { links, peer, numbers } = await speak({ loss: 0.3 });
  say(peer, 1_000);
  await until(() => (links.counts()['passed'] ?? 0) + (links.counts()['lost'] ?? 0) === 1_001);
  await until(() => numbers().length + 1 === links.counts()['passed']);
  expect(links.counts()['lost']).toBeGreaterThan(200);
  expect(links.counts()['lost']).toBeLessThan(400);
  expect(numbers()).toEqual(numbers().toSorted((a, b) => a - b));
});

it('lets messages come late, and in their order', async () => {
  const { links, peer, numbers } = await speak({ delayMs: [20, 60] });
  const started = performance.now();
  const said = say(peer, 50);
  await until(() => numbers().length === 50);
  expect(performance.now() - started).toBeGreaterThan(19);
  expect(numbers()).toEqual(said);
  expect(links.counts()).toMatchObject({ delayed: 50, passed: 51, lost: 0 });
});

it('lets them overtake one another where that is wanted', async () => {
  const { peer, numbers } = await speak({ delayMs: [0, 60], reorder: true });
  const said = say(peer, 50);
  await until(() => numbers().length === 50);
  expect(numbers()).not.toEqual(said);
  expect(numbers().toSorted((a, b) => a - b)).toEqual(said);
});

it('keeps the time of what is on its way when the rules change, and lets all leave at heal', async () => {
  const { links, peer, numbers } = await speak({ delayMs: [60_000, 60_000] });
  say(peer, 3);
  await until(() => links.counts()['delayed'] === 3);
  links.setRules(1, 2, {});
  expect(links.rulesOf(1, 2)).toEqual({});
  peer.say(frame(1, 2, 'accept', '3'));
  await until(() => links.counts()['delayed'] === 4);
  expect(numbers()).toEqual([]);
  links.heal();
  await until(() => numbers().join() === '0,1,2,3');
});

it('ends a stream after what was said last, however late that comes', async () => {
  const { replica, peer, numbers } = await speak({ delayMs: [30, 30] });
  say(peer, 2);
  peer.outgoing.end();
  await until(() => replica.gotOf(0).request.complete);
  expect(numbers()).toEqual([0, 1]);
});

it('repeats messages, as often as it is told at most', async () => {
  const { links, peer, numbers } = await speak({
    duplication: 1,
    copies: { most: 3, lateMs: 20 },
  });
  say(peer, 40);
  await until(() => numbers().length === 41 - 1 + (links.counts()['repeated'] ?? 0));
  const times = Array.from({ length: 40 }, (_, n) => numbers().filter((one) => one === n).length);
  await until(() => links.counts()['passed'] === 41);
  expect(Math.min(...times)).toBeGreaterThan(0);
  expect(Math.max(...times)).toBeLessThan(5);
});

it('lets a copy come on a later stream', async () => {
  const { links, replica, port, peer } = await speak({
    duplication: 1,
    copies: { most: 1, lateMs: 400 },
  });
  say(peer, 30);
  await until(() => links.counts()['passed'] === 31);
  peer.outgoing.destroy();
  links.setRules(1, 2, {});
  await FakePeer.linked(port, 1, 2);
  await until(() => (links.counts()['repeated'] ?? 0) + (links.counts()['lost'] ?? 0) === 30);
  const later = replica.gotOf(1).pieces.join('');
  expect(later).toContain('accept');
  expect(later.startsWith(frame(1, 2, 'hello'))).toBe(true);
});

it('damages messages, each still one line', async () => {
  const { links, replica, peer } = await speak({ corruption: 0.5 });
  const count = 200;
  say(peer, count);
  await until(() => replica.lines.length === count + 1);
  const whole = new Set(Array.from({ length: count }, (_, n) => frame(1, 2, 'accept', String(n))));
  const damaged = replica.lines.slice(1).filter((line) => !whole.has(line));
  expect(damaged).toHaveLength(links.counts()['damaged'] ?? 0);
  expect(damaged.length).toBeGreaterThan(50);
  expect(damaged.length).toBeLessThan(150);
});

it('carries no more than so many bytes a second, and drops what would wait too long', async () => {
  const { links, peer, numbers } = await speak({ bytesPerSecond: 10_000 });
  const started = performance.now();
  const said = say(peer, 5);
  await until(() => numbers().length === 5);
  const seconds = (5 * (frame(1, 2, 'accept', '0').length + 1)) / 10_000;
  expect(performance.now() - started).toBeGreaterThan(seconds * 1_000 - 1);
  expect(numbers()).toEqual(said);
  links.setRules(1, 2, { bytesPerSecond: 1 });
  say(peer, 2);
  await until(() => links.counts()['droppedForLimit'] === 2);
});

it('splits a message at every place', async () => {
  const { links, replica, peer, numbers } = await speak({ byteByByte: true });
  say(peer, 2);
  await until(() => numbers().length === 2);
  const { pieces } = replica.gotOf(0);
  expect(new Set(pieces.slice(1).map((piece) => piece.length))).toEqual(new Set([1]));

  const long = frame(1, 2, 'accept', '7'.repeat(10_000));
  peer.say(long);
  await until(() => replica.lines.includes(long));
  links.setRules(1, 2, {});
  peer.say(frame(1, 2, 'accept', '8'));
  await until(() => numbers().at(-1) === 8);
});

it('splits the first message of a stream too', async () => {
  const { links, replica, port } = await openSetting();
  links.setRules(1, 2, { byteByByte: true });
  await FakePeer.linked(port, 1, 2);
  const hello = `${frame(1, 2, 'hello')}\n`;
  await until(() => replica.gotOf(0).pieces.join('') === hello);
  expect(replica.gotOf(0).pieces).toHaveLength(hello.length);
});

it('loses what leaves when the link is cut', async () => {
  const { links, peer, numbers } = await speak({ delayMs: [20, 20] });
  say(peer, 2);
  await until(() => links.counts()['delayed'] === 2);
  links.setRules(1, 2, { cut: true });
  await until(() => links.counts()['lost'] === 2);
  expect(numbers()).toEqual([]);
});

it('tells who watches of each message, who may lose it', async () => {
  const { links, peer, numbers } = await speak({});
  const told: string[] = [];
  const stop = links.watch(({ from, to, type, line }) => {
    told.push(`${from}>${to} ${type}`);
    return line.includes('"1"') ? 'lose' : 'pass';
  });
  say(peer, 3);
  peer.say('');
  await until(() => numbers().length === 2);
  expect(numbers()).toEqual([0, 2]);
  expect(told).toEqual(['1>2 accept', '1>2 accept', '1>2 accept']);
  stop();
  peer.say(frame(1, 2, 'accept', '1'));
  await until(() => numbers().length === 3);
  expect(told).toHaveLength(3);
});

it('puts a line on an open stream, which obeys the rules', async () => {
  const { links, replica, peer, port } = await speak({});
  expect(links.inject(2, 1, Buffer.from('x'))).toBe(false);
  expect(links.inject(1, 2, Buffer.from('not a frame'))).toBe(true);
  await until(() => replica.lines.includes('not a frame'));
  links.setRules(1, 2, { cut: true });
  expect(links.inject(1, 2, Buffer.from('lost'))).toBe(true);
  links.setRules(1, 2, {});
  expect(() => links.inject(1, 2, Buffer.from('two\nlines'))).toThrow('more than one line');
  peer.outgoing.destroy();
  await until(() => !links.inject(1, 2, Buffer.from('late')));
  await FakePeer.linked(port, 1, 2);
  expect(replica.lines).not.toContain('lost');
});
