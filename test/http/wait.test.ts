/** `GET` with `If-None-Match` and `Prefer: wait`: answered when the key has changed. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startHttp, until, type HttpFixture } from './http-fixture.ts';
import { call, openSocket } from './raw-client.ts';

let http: HttpFixture;

beforeEach(async () => {
  http = await startHttp({ waitingReads: 2, waitMs: 2000 });
  await call(http.port, 'PUT', '/v1/kv/a', { body: 'one' });
});
afterEach(() => http.server.close());

function wait(tag: string, seconds: string, key = 'a') {
  const fields = { 'If-None-Match': tag, Prefer: `wait=${seconds}` };
  return call(http.port, 'GET', `/v1/kv/${key}`, { fields });
}

async function untilInFlight(requests: number): Promise<void> {
  await until(() => http.server.load().requests === requests);
}

test('waits for the next change, and answers with it', async () => {
  const waiting = wait('"1"', '30');
  await untilInFlight(1);
  await call(http.port, 'PUT', '/v1/kv/b', { body: 'other' });
  await call(http.port, 'PUT', '/v1/kv/a', { body: 'two' });
  const { body, fields, status } = await waiting;
  expect([status, body, fields.get('etag'), fields.get('synod-revision')]).toEqual([
    200,
    'two',
    '"3"',
    '3',
  ]);
});

test('answers at once where it has changed already, or is absent', async () => {
  expect((await wait('"0"', '30')).status).toBe(200);
  expect((await wait('"1"', '30', 'none')).status).toBe(404);
});

test('answers 404 when the key is deleted meanwhile', async () => {
  const waiting = wait('"1"', '30');
  await untilInFlight(1);
  await call(http.port, 'DELETE', '/v1/kv/a');
  expect((await waiting).status).toBe(404);
});

test('answers 304 when nothing came, in the revision that it knew', async () => {
  const { fields, status } = await wait('"1"', '0');
  expect([status, fields.get('etag')]).toEqual([304, '"1"']);
  const later = await wait('"1"', '1');
  expect([later.status, later.fields.get('etag')]).toEqual([304, '"1"']);
});

test('is bounded: one more than may wait is answered at once', async () => {
  const waiting = [wait('"1"', '30'), wait('"1"', '30')];
  await untilInFlight(2);
  expect((await wait('"1"', '30')).status).toBe(304);
  await call(http.port, 'PUT', '/v1/kv/a', { body: 'two' });
  expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
});

test('is let go with its client, and with the server', async () => {
  const head = 'GET /v1/kv/a HTTP/1.1\r\nHost: a\r\nIf-None-Match: "1"\r\nPrefer: wait=30\r\n\r\n';
  const socket = await openSocket(http.port, head);
  await untilInFlight(1);
  socket.resetAndDestroy();
  await untilInFlight(0);
  const waiting = wait('"1"', '30');
  await untilInFlight(1);
  const closing = http.server.close();
  expect((await waiting).status).toBe(304);
  await closing;
});
