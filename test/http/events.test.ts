/** `GET /v1/events`: what happens in a replica, for whoever looks on. */
import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, expect, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type { Happening } from '../../src/replica/happening.ts';
import type { Happening as Documented } from '../../src/http/schemas/happenings.ts';
import { startHttp, until, type HttpFixture } from './http-fixture.ts';
import { call } from './raw-client.ts';

const HEARTBEAT_MS = 40;
const AT = '1970-01-01T00:00:01.000Z';

let http: HttpFixture;

beforeEach(async () => {
  http = await startHttp({ eventReaders: 2, watchHeartbeatMs: HEARTBEAT_MS });
});
afterEach(() => http.server.close());

class Reading {
  readonly answer: IncomingMessage;
  text = '';
  isOver = false;

  constructor(answer: IncomingMessage) {
    this.answer = answer;
    answer.setEncoding('utf8');
    answer.on('data', (text: string) => {
      this.text += text;
    });
    answer.on('close', () => {
      this.isOver = true;
    });
    answer.on('error', () => undefined);
  }

  /** But for the signs of life. */
  get lines(): readonly unknown[] {
    const lines = this.text.split('\n').slice(0, -1);
    return lines.filter((line) => !line.includes('heartbeat')).map((line) => JSON.parse(line));
  }
}

function open(headers: Readonly<Record<string, string>> = {}): Promise<Reading> {
  return new Promise((resolve, reject) => {
    const options = { port: http.port, path: '/v1/events', headers };
    get(options, (answer) => resolve(new Reading(answer))).on('error', reject);
  });
}

const LINES = { Accept: 'application/x-ndjson' };

test('events come as server-sent events, the first says how the replica stands', async () => {
  const reading = await open();
  expect(reading.answer.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'synod-replica': '1',
  });
  http.replica.feed.observe({ type: 'epoch', epoch: 2, from: 9, isRemoved: false });
  await until(() => reading.text.includes('event: epoch'));
  const [standing = '', epoch] = reading.text.split('\n\n').filter((block) => block !== ':');
  expect(standing.split('\n')[0]).toBe('event: standing');
  expect(JSON.parse(standing.split('data: ')[1] ?? '')).toEqual({
    event: 'standing',
    at: AT,
    role: 'leader',
    leader: 1,
    ballot: { round: 3, leader: 1 },
    epoch: 1,
    members: [1, 2, 3],
    chosenUpTo: 0,
    appliedUpTo: 0,
  });
  expect(epoch).toBe(
    `event: epoch\ndata: {"event":"epoch","at":"${AT}","epoch":2,"from":9,"isRemoved":false}`,
  );
  reading.answer.destroy();
});

test('the same as lines, with a line as a sign of life', async () => {
  const reading = await open(LINES);
  expect(reading.answer.headers['content-type']).toBe('application/x-ndjson');
  const ballot = { round: 4, leader: 2 };
  http.replica.feed.observe({
    type: 'role',
    role: 'candidate',
    leader: undefined,
    ballot,
    why: 'w',
  });
  http.replica.feed.snapshotSent('whole', 3, 12);
  await until(() => reading.lines.length === 3);
  expect(reading.lines.slice(1)).toEqual([
    { event: 'campaign', at: AT, ballot, why: 'w' },
    { event: 'snapshotSent', at: AT, fact: 'whole', to: 3, slot: 12 },
  ]);
  await until(() => reading.text.includes('{"event":"heartbeat"}\n{"event":"heartbeat"}\n'));
  reading.answer.destroy();
});

test('a comment is the sign of life of a stream on which nothing happens', async () => {
  const reading = await open();
  await until(() => reading.text.includes(':\n\n:\n\n'));
  expect(reading.text.split('event: ').length).toBe(2);
  reading.answer.destroy();
});

test('nothing is looked at once the last reader is gone, and its place is free', async () => {
  const readings = [await open(), await open()];
  expect(http.replica.onlookers.all.length).toBe(1);
  const refused = await call(http.port, 'GET', '/v1/events');
  expect([refused.status, JSON.parse(refused.body).code]).toEqual([503, 'overloaded']);
  for (const { answer } of readings) answer.destroy();
  await until(() => http.replica.onlookers.all.length === 0);
  const again = await open();
  again.answer.destroy();
});

test('it is no request in flight, and ends when the server closes', async () => {
  const reading = await open();
  await until(() => reading.text.includes('standing'));
  expect(http.server.load().requests).toBe(0);
  await http.server.close();
  await until(() => reading.isOver);
});

test('whoever reads too slowly is cut off', async () => {
  const reading = await open();
  reading.answer.pause();
  const reason = 'x'.repeat(50_000);
  const flood = setInterval(() => {
    for (let left = 20; left > 0; left -= 1) {
      http.replica.feed.observe({ type: 'alarm', from: 2, reason });
    }
  }, 1);
  try {
    await until(() => http.replica.onlookers.all.length === 0);
  } finally {
    clearInterval(flood);
  }
  reading.answer.resume();
  await until(() => reading.isOver);
  expect(reading.answer.complete).toBe(false);
});

test('a limit of its own, by name', async () => {
  const { body } = await call(http.port, 'GET', '/v1/limits');
  expect(JSON.parse(body)).toMatchObject({ eventReaders: 2 });
});

/** As it is in the JSON. */
type Told<One> = One extends { readonly type: infer Type }
  ? { event: Type; at: string } & { -readonly [Name in keyof Omit<One, 'type'>]: Listed<One[Name]> }
  : never;
type Listed<Value> = Value extends readonly (infer One)[] ? One[] : Value;

test('whatever may happen is documented', () => {
  expectTypeOf<Told<Happening>>().toExtend<z.infer<typeof Documented>>();
  expectTypeOf<{ event: 'else'; at: string }>().not.toExtend<z.infer<typeof Documented>>();
});
