/** Clients that are slow, huge, rude or many at once: the others are served meanwhile. */
import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startHttp, until, type HttpFixture } from './http-fixture.ts';
import { call, openSocket, parseAnswer, sendRaw } from './raw-client.ts';

let http: HttpFixture;
let sockets: Socket[];

beforeEach(() => {
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  http.replica.release();
  await until(() => {
    const { requests, bodyBytes, unsentBytes } = http.server.load();
    return requests === 0 && bodyBytes === 0 && unsentBytes === 0;
  });
  await http.server.close();
});

async function open(bytes = ''): Promise<Socket> {
  const socket = await openSocket(http.port, bytes);
  sockets.push(socket);
  return socket;
}

/** Everything that comes until the connection ends. */
function receiveAll(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  return new Promise((resolve) => {
    socket.once('close', () => resolve(text));
  });
}

async function isServed(): Promise<boolean> {
  const put = await call(http.port, 'PUT', '/v1/kv/alive', { body: 'v' });
  const get = await call(http.port, 'GET', '/v1/kv/alive');
  return put.status < 300 && get.body === 'v';
}

test('headers that come a byte at a time end with 408, within the time for headers', async () => {
  http = await startHttp({ headersMs: 400 });
  const socket = await open('GET /v1/kv/a HTTP/1.1\r\nHost: a\r\nX: ');
  const received = receiveAll(socket);
  const drip = setInterval(() => socket.write('x'), 20);
  expect(await isServed()).toBe(true);
  const answer = parseAnswer(await received, true, false);
  clearInterval(drip);
  expect(answer?.status).toBe(408);
  expect(answer?.body).toContain('"code":"request_timeout"');
});

test('a body that comes a byte at a time ends with 408, and uses no slot', async () => {
  http = await startHttp({ headersMs: 300, receiveMs: 400 });
  const socket = await open('PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n');
  const received = receiveAll(socket);
  const drip = setInterval(() => socket.write('x'), 20);
  const answer = parseAnswer(await received, true, false);
  clearInterval(drip);
  expect(answer?.status).toBe(408);
  expect(answer?.body).toContain('"outcome":"not_applied"');
  expect(http.replica.writes).toBe(0);
  expect(await isServed()).toBe(true);
});

test('a connection that says nothing is closed', async () => {
  http = await startHttp({ headersMs: 200 });
  const socket = await open();
  await receiveAll(socket);
  expect(socket.destroyed).toBe(true);
});

test('1,000 idle connections leave the others served', async () => {
  http = await startHttp();
  await Promise.all(Array.from({ length: 1000 }, () => open()));
  expect(await isServed()).toBe(true);
});

test('connections above the limit are closed, and those below it go on', async () => {
  http = await startHttp({ connections: 5 });
  const kept = await open('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n');
  await new Promise((resolve) => {
    kept.once('data', resolve);
  });
  await Promise.all(Array.from({ length: 4 }, () => open()));
  const surplus = await open();
  await receiveAll(surplus);
  const answer = new Promise((resolve) => {
    kept.once('data', (bytes) => resolve(bytes.toString()));
  });
  kept.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(await answer).toContain('200 OK');
});

test('a client that never reads its answers is cut off, and holds one answer at a time', async () => {
  http = await startHttp({ idleSocketMs: 500, requestMs: 100 });
  await call(http.port, 'PUT', '/v1/kv/big', { body: 'v'.repeat(1_000_000) });
  const socket = await open('GET /v1/kv/big HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1000));
  socket.pause();
  await until(() => http.server.load().unsentBytes > 0);
  expect(await isServed()).toBe(true);
  await until(() => http.server.load().unsentBytes === 0);
  expect(http.replica.readOptions.length).toBeLessThan(50);
});

test('a reset in the middle of a body uses no slot', async () => {
  http = await startHttp();
  for (let i = 0; i < 20; i += 1) {
    const socket = await open('PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nabc');
    socket.resetAndDestroy();
  }
  expect(await isServed()).toBe(true);
  expect(http.replica.writes).toBe(1);
});

test('a reset while the write is under way does no harm', async () => {
  http = await startHttp();
  http.replica.isHeld = true;
  const socket = await open('PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc');
  await until(() => http.replica.writes === 1);
  socket.resetAndDestroy();
  http.replica.release();
  expect(await isServed()).toBe(true);
});

test('1,000 pipelined requests are answered in order', async () => {
  http = await startHttp();
  const requests = Array.from(
    { length: 1000 },
    (_, i) => `PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n${i % 10}`,
  );
  const last = 'GET /v1/kv/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  const text = await receiveAll(await open(requests.join('') + last));
  const versions = [...text.matchAll(/"version":(\d+)/g)].map((match) => Number(match[1]));
  expect(versions).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
  expect(text.endsWith('\r\n\r\n9')).toBe(true);
});

test('more pipelined requests than are taken end the connection', async () => {
  http = await startHttp({ pipelinedRequests: 10 });
  http.replica.isHeld = true;
  const put = 'PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nv';
  expect(await receiveAll(await open(put.repeat(20)))).toBe('');
  http.replica.release();
  expect(await isServed()).toBe(true);
});

test('the answer that is owed comes before the refusal of what follows it', async () => {
  http = await startHttp();
  http.replica.isHeld = true;
  const put = 'PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nv';
  const received = receiveAll(await open(`${put.repeat(3)}rubbish\r\n\r\n`));
  await until(() => http.replica.writes === 1);
  http.replica.release();
  const statuses = [...(await received).matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]);
  expect(statuses).toEqual(['201', '200', '200', '400']);
  expect(http.replica.writes).toBe(3);
});

test('a refused request that is bounded leaves its connection usable', async () => {
  http = await startHttp();
  const bad = 'PUT /v1/kv/a?x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody';
  const good = 'GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  const text = await receiveAll(await open(bad + good));
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]);
  expect(statuses).toEqual(['400', '200']);
});

test('a body too large is refused before it is there', async () => {
  http = await startHttp();
  const head = 'PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n';
  const announced = await sendRaw(http.port, head);
  expect(announced.status).toBe(413);
  expect(announced.fields.get('connection')).toBe('close');
  const chunk = `10000\r\n${'v'.repeat(65_536)}\r\n`;
  const endless = await sendRaw(
    http.port,
    `PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(100)}`,
  );
  expect(endless.status).toBe(413);
  const actual = Number(/"actual":(\d+)/.exec(endless.body)?.[1]);
  expect(actual).toBeGreaterThan(1_048_576);
  expect(actual).toBeLessThanOrEqual(1_048_576 + 65_536);
  expect(http.replica.writes).toBe(0);
});

function expecting(length: number): string {
  const fields = `Host: a\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n`;
  return `PUT /v1/kv/a HTTP/1.1\r\n${fields}\r\n`;
}

test('100-continue is sent where the body is wanted, and not where it is refused', async () => {
  http = await startHttp();
  const socket = await open(expecting(2));
  const first = await new Promise((resolve) => {
    socket.once('data', (bytes) => resolve(bytes.toString()));
  });
  expect(first).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  socket.write('ab');
  await until(() => http.replica.writes === 1);
  const refused = await sendRaw(http.port, expecting(2_000_000));
  expect([refused.status, refused.continued]).toEqual([413, false]);
});

test('more requests than are taken at once: 503, not applied; probes still pass', async () => {
  http = await startHttp({ inFlightRequests: 3 });
  http.replica.isHeld = true;
  const put = 'PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nv';
  for (let i = 0; i < 3; i += 1) await open(put);
  await until(() => http.replica.writes === 3);
  const refused = await call(http.port, 'PUT', '/v1/kv/b', { body: 'v' });
  expect([refused.status, refused.fields.get('retry-after')]).toEqual([503, '1']);
  expect(refused.body).toContain('"code":"overloaded"');
  expect((await call(http.port, 'GET', '/livez')).status).toBe(200);
  http.replica.release();
  expect(await isServed()).toBe(true);
});

test('the bytes of bodies that are held are bounded, and given back', async () => {
  http = await startHttp({ heldBodyBytes: 250_000 });
  http.replica.isHeld = true;
  const body = 'v'.repeat(100_000);
  const put = `PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n${body}`;
  await open(put);
  const second = await open(put);
  await until(() => http.replica.writes === 2);
  const refused = await call(http.port, 'PUT', '/v1/kv/b', { body });
  expect([refused.status, refused.body]).toMatchObject([503, expect.stringMatching('overloaded')]);
  second.resetAndDestroy();
  http.replica.release();
  for (let i = 0; i < 5; i += 1) {
    expect((await call(http.port, 'PUT', '/v1/kv/b', { body })).status).toBeLessThan(300);
  }
});

test('bodies that never end give their room back with their connection', async () => {
  http = await startHttp({ heldBodyBytes: 150_000, inFlightRequests: 2 });
  const head = 'PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n';
  for (let i = 0; i < 5; i += 1) {
    const socket = await open(head + 'v'.repeat(100_000));
    socket.resetAndDestroy();
  }
  const body = 'v'.repeat(140_000);
  let status = 0;
  const endMs = performance.now() + 5000;
  while (status !== 201 && performance.now() < endMs) {
    ({ status } = await call(http.port, 'PUT', '/v1/kv/b', { body }));
  }
  expect(status).toBe(201);
});

test('answers that nobody takes are bounded over all connections: the oldest are cut', async () => {
  http = await startHttp({ unsentBytes: 12_000_000 });
  await call(http.port, 'PUT', '/v1/kv/big', { body: 'v'.repeat(1_048_576) });
  for (let i = 0; i < 30; i += 1) {
    const socket = await open('GET /v1/kv/big HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(12));
    socket.pause();
  }
  expect(await isServed()).toBe(true);
  const first = sockets[0];
  expect(first).toBeDefined();
  first?.resume();
  await until(() => first?.destroyed === true);
});

test('close lets what is in flight be answered, and closes what is idle', async () => {
  http = await startHttp();
  const idle = await open('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n');
  await new Promise((resolve) => {
    idle.once('data', resolve);
  });
  http.replica.isHeld = true;
  const busy = await open('PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nv');
  const received = receiveAll(busy);
  await until(() => http.replica.writes === 1);
  const closed = http.server.close();
  await receiveAll(idle);
  await expect(openSocket(http.port)).rejects.toThrow('ECONNREFUSED');
  http.replica.release();
  expect(await received).toMatch(/^HTTP\/1\.1 201 Created[\s\S]*Connection: close/);
  await closed;
});

test('close does not wait for ever', async () => {
  http = await startHttp({ drainMs: 200 });
  http.replica.isHeld = true;
  await open('PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nv');
  await until(() => http.replica.writes === 1);
  const startMs = performance.now();
  await http.server.close();
  expect(performance.now() - startMs).toBeLessThan(5000);
});
