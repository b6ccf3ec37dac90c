/** Locks and their fences, over HTTP. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { waitersRange } from '../../src/kv/lease-records.ts';
import { startHttp, until, type HttpFixture } from './http-fixture.ts';
import { call, openSocket, type RawAnswer } from './raw-client.ts';

let http: HttpFixture;

beforeEach(async () => {
  http = await startHttp({ waitMs: 5000, requestMs: 1000 });
});
afterEach(() => http.server.close());

const JSON_FIELDS = { 'Content-Type': 'application/json' };

function acquire(wait?: string, name = 'l', key?: string): Promise<RawAnswer> {
  const body = wait === undefined ? '{"ttl":"10s"}' : `{"ttl":"10s","wait":"${wait}"}`;
  const fields = key === undefined ? JSON_FIELDS : { ...JSON_FIELDS, 'Idempotency-Key': key };
  return call(http.port, 'POST', `/v1/locks/${name}`, { body, fields });
}

function fenced(method: string, target: string, fence: string): Promise<RawAnswer> {
  return call(http.port, method, target, { fields: { Fence: fence } });
}

function json({ body }: RawAnswer): unknown {
  return JSON.parse(body);
}

async function untilInFlight(requests: number): Promise<void> {
  await until(() => http.server.load().requests === requests);
}

/** The server knows that it is: what it was told before an answer that was asked for later. */
async function gone(socket: Socket): Promise<void> {
  const closed = once(socket, 'close');
  socket.destroy();
  await closed;
  await call(http.port, 'GET', '/livez');
}

describe('a lock', () => {
  test('that is free is taken, by a fence and a lease', async () => {
    const answer = await acquire();
    expect(answer.status).toBe(201);
    expect(json(answer)).toEqual({ name: 'l', fence: 1, lease: '1', ttl: '10s' });
    const held = await call(http.port, 'GET', '/v1/locks/l');
    expect(json(held)).toEqual({ name: 'l', fence: 1, lease: '1', ttl: '10s', remaining: '10s' });
  });

  test('that is held is refused at once, with when to come again', async () => {
    await acquire();
    http.replica.timeMs = 3500;
    const answer = await acquire();
    expect(answer.fields.get('retry-after')).toBe('7');
    expect([answer.status, json(answer)]).toMatchObject([
      409,
      { code: 'lock_held', outcome: 'not_applied', retryable: true },
    ]);
  });

  test('is renewed and given back by its fence alone', async () => {
    await acquire();
    http.replica.timeMs = 9000;
    const renewed = await fenced('POST', '/v1/locks/l/keepalive', 'l=1');
    expect([renewed.status, json(renewed)]).toEqual([
      200,
      { name: 'l', fence: 1, lease: '1', ttl: '10s', remaining: '10s' },
    ]);
    const wrong = await fenced('DELETE', '/v1/locks/l', 'l=2');
    expect([wrong.status, json(wrong)]).toMatchObject([412, { code: 'stale_fence', current: 1 }]);
    const released = await fenced('DELETE', '/v1/locks/l', 'l=1');
    expect([released.status, json(released)]).toEqual([
      200,
      { name: 'l', fence: 1, deleted: 0, revision: 3 },
    ]);
    expect((await call(http.port, 'GET', '/v1/locks/l')).status).toBe(404);
    const late = await fenced('POST', '/v1/locks/l/keepalive', 'l=1');
    expect([late.status, json(late)]).toMatchObject([412, { code: 'stale_fence' }]);
  });

  test('is asked for with a fence of its own name', async () => {
    await acquire();
    for (const [method, target] of [
      ['DELETE', '/v1/locks/l'],
      ['POST', '/v1/locks/l/keepalive'],
    ] as const) {
      const bare = await call(http.port, method, target);
      expect([bare.status, json(bare)]).toMatchObject([400, { code: 'invalid_header' }]);
      const other = await fenced(method, target, 'm=1');
      expect([other.status, json(other)]).toMatchObject([400, { code: 'invalid_header' }]);
    }
    expect((await call(http.port, 'GET', '/v1/locks/l')).status).toBe(200);
  });

  test('may have any name, percent-encoded in its fence too', async () => {
    const answer = await acquire(undefined, 'a%2Fkeepalive%3D%C3%A9');
    const told: unknown = JSON.parse(Buffer.from(answer.body, 'latin1').toString());
    expect(told).toMatchObject({ name: 'a/keepalive=é', fence: 1 });
    const put = await fenced('PUT', '/v1/kv/x', 'a/keepalive%3D%C3%A9=1');
    expect(put.status).toBe(201);
  });
});

describe('a client that waits for a lock', () => {
  test('gets it when it is given back, in the order of the queue', async () => {
    await acquire();
    const second = acquire('30s');
    await until(() => http.replica.store.revision === 2);
    const third = acquire('30s');
    await until(() => http.replica.store.revision === 3);
    await fenced('DELETE', '/v1/locks/l', 'l=1');
    const got = await second;
    expect([got.status, json(got)]).toMatchObject([201, { fence: 4, lease: '2' }]);
    await untilInFlight(1);
    await fenced('DELETE', '/v1/locks/l', 'l=4');
    expect(json(await third)).toMatchObject({ fence: 5 });
  });

  test('gets it when its holder is gone', async () => {
    await acquire();
    http.replica.timeMs = 9000;
    const second = acquire('30s');
    await until(() => http.replica.store.revision === 2);
    http.replica.timeMs = 10_000;
    http.replica.expire();
    expect(json(await second)).toMatchObject({ fence: 3 });
  });

  test('leaves the queue when its time is over', async () => {
    await acquire();
    const answer = await acquire('10ms');
    expect([answer.status, json(answer)]).toMatchObject([409, { code: 'lock_held' }]);
    expect(answer.fields.get('retry-after')).toBe('1');
    await fenced('DELETE', '/v1/locks/l', 'l=1');
    expect((await call(http.port, 'GET', '/v1/locks/l')).status).toBe(404);
  });

  test('leaves the queue when it goes away, and gives back what it got meanwhile', async () => {
    await acquire();
    const socket = await openSocket(http.port);
    const body = '{"ttl":"10s","wait":"30s"}';
    const head = `POST /v1/locks/l HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`;
    socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body}`);
    await until(() => http.replica.store.revision === 2);
    await untilInFlight(1);
    await gone(socket);
    await until(() => http.replica.store.revision === 3);
    await fenced('DELETE', '/v1/locks/l', 'l=1');
    expect((await call(http.port, 'GET', '/v1/locks/l')).status).toBe(404);
  });

  test('leaves the queue also where it went away before it stood there', async () => {
    await acquire();
    http.replica.isHeld = true;
    const socket = await openSocket(http.port);
    const body = '{"ttl":"10s","wait":"30s"}';
    const head = `POST /v1/locks/l HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`;
    socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body}`);
    await until(() => http.replica.writes === 2);
    await gone(socket);
    http.replica.release();
    await until(() => http.replica.store.revision === 3);
    expect(http.replica.store.scan(waitersRange('l'), 9)).toEqual([]);
  });

  test('is refused where the queue is full', async () => {
    http.replica.leaseLimits = { leases: 10, waiters: 1 };
    await acquire();
    const second = acquire('30s');
    await until(() => http.replica.store.revision === 2);
    const third = await acquire('30s');
    expect([third.status, json(third)]).toMatchObject([503, { code: 'lock_queue_full' }]);
    await fenced('DELETE', '/v1/locks/l', 'l=1');
    expect((await second).status).toBe(201);
  });

  test('gets the same lock where it asks again with its key', async () => {
    await acquire();
    const first = acquire('30s', 'l', 'key-1');
    await until(() => http.replica.store.revision === 2);
    const again = acquire('30s', 'l', 'key-1');
    await untilInFlight(2);
    await fenced('DELETE', '/v1/locks/l', 'l=1');
    const [one, other] = [await first, await again];
    expect(json(one)).toEqual(json(other));
    expect(other.fields.get('idempotency-replayed')).toBe('true');
  });

  test('is told that nobody knows, where it cannot leave the queue', async () => {
    await acquire();
    const waiting = acquire('300ms');
    await untilInFlight(1);
    await until(() => http.replica.store.revision === 2);
    http.replica.plannedWrites.push({ type: 'notApplied', reason: 'noLeader' });
    const answer = await waiting;
    expect([answer.status, json(answer)]).toMatchObject([504, { outcome: 'unknown' }]);
  });
});

describe('a fence', () => {
  const txn = '{"then":[{"op":"put","key":"a","value":"x"}]}';

  test.each<[string, string, string, string | undefined]>([
    ['a put', 'PUT', '/v1/kv/a', 'x'],
    ['a delete', 'DELETE', '/v1/kv/there', undefined],
    ['an increment', 'POST', '/v1/kv/n?incr=1', undefined],
    ['a delete of a range', 'DELETE', '/v1/kv?prefix=the', undefined],
    ['a transaction', 'POST', '/v1/txn', txn],
    ['a lease', 'POST', '/v1/leases', '{"ttl":"1s"}'],
  ])("lets %s through while it is the lock's, and never else", async (_, method, target, body) => {
    await call(http.port, 'PUT', '/v1/kv/there', { body: 'old' });
    await acquire();
    const send = (fence: string): Promise<RawAnswer> => {
      const fields = body?.startsWith('{') === true ? JSON_FIELDS : {};
      const all = { ...fields, Fence: fence };
      return call(
        http.port,
        method,
        target,
        body === undefined ? { fields: all } : { fields: all, body },
      );
    };
    const { revision } = http.replica.store;
    for (const fence of ['l=1', 'l=3', 'm=2']) {
      const stale = await send(fence);
      expect([stale.status, json(stale)]).toMatchObject([412, { code: 'stale_fence' }]);
    }
    expect(http.replica.store.revision).toBe(revision);
    expect((await send('l=2')).status).toBeLessThan(300);
    http.replica.timeMs = 10_000;
    http.replica.expire();
    expect((await send('l=2')).status).toBe(412);
  });
});
