import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { startHttp, type HttpFixture } from './http-fixture.ts';
import { call } from './raw-client.ts';

let http: HttpFixture;

beforeAll(async () => {
  http = await startHttp();
  await call(http.port, 'PUT', '/v1/kv/a', { body: 'one', fields: { 'If-None-Match': '*' } });
  await call(http.port, 'DELETE', '/v1/kv/a');
  await call(http.port, 'DELETE', '/v1/kv?prefix=x');
});
beforeEach(() => {
  http.replica.ready = true;
});
afterAll(() => http.server.close());

async function get(path: string): Promise<unknown> {
  const answer = await call(http.port, 'GET', path);
  expect(answer.status).toBe(200);
  return JSON.parse(answer.body);
}

function lead(body: string, type = 'application/json; charset=utf-8'): ReturnType<typeof call> {
  const fields = { 'Content-Type': type };
  return call(http.port, 'POST', '/v1/cluster/leader', { body, fields });
}

test('the cluster as the replica sees it', async () => {
  const cluster = await get('/v1/cluster');
  expect(cluster).toMatchObject({
    clusterId: '0123456789abcdef0123456789abcdef',
    epoch: 1,
    leader: 1,
    role: 'leader',
    ballot: { round: 3, leader: 1 },
    revision: 2,
  });
  expect(cluster).toMatchObject({
    members: [1, 2, 3].map((id) => ({
      id,
      role: 'voter',
      peerUrl: `http://127.0.0.1:${7591 + 10 * id}`,
      clientUrl: `http://127.0.0.1:${7590 + 10 * id}`,
      ballot: { round: 3, leader: 1 },
      chosenUpTo: 3,
      appliedUpTo: 3,
      lag: 0,
      stateHash: null,
      version: '0.1.0',
      reachable: true,
    })),
  });
});

test('leadership is handed over, or 409 says in words why not', async () => {
  const done = await lead('{"to":2}');
  expect([done.status, done.body]).toEqual([200, '{"leader":2}']);
  const refused = await lead(' { "to" : 3 } ');
  expect(refused.status).toBe(409);
  expect(refused.body).toContain('replica 3 is 12 slots behind');
  expect(http.replica.transfers).toEqual([2, 3]);
});

test('the log shows what each slot carries', async () => {
  expect(await get('/v1/log/1')).toEqual({
    slot: 1,
    epoch: 1,
    ballot: { round: 3, leader: 1 },
    state: 'applied',
    command: {
      type: 'batch',
      timeMs: 10,
      commands: [
        {
          id: '00000000000000000000000000000001',
          op: 'put',
          key: 'a',
          value: 'one',
          encoding: 'utf8',
          contentType: 'application/octet-stream',
          condition: { ifNoneMatch: '*' },
        },
      ],
    },
    acceptedBy: [1, 2],
  });
  expect(await get('/v1/log')).toMatchObject({
    items: [{ slot: 1 }, { slot: 2 }, { slot: 3 }],
    next: null,
  });
  expect(await get('/v1/log?from=2&to=3')).toMatchObject({
    items: [
      { command: { commands: [{ op: 'delete', key: 'a' }] } },
      { command: { commands: [{ op: 'deletePrefix', prefix: 'x' }] } },
    ],
  });
  expect((await call(http.port, 'GET', '/v1/log/4')).status).toBe(404);
});

const TRANSACTION = {
  if: [
    { key: 'n', exists: true },
    { key: 'n', value: '5', op: '!=' },
    { key: 'b', revision: 0 },
  ],
  // oxlint-disable-next-line no-thenable -- the name is the API's, and it is not awaited
  then: [
    { op: 'put', key: 'b', value: 'AP8=', encoding: 'base64' },
    { op: 'incr', key: 'n', incr: -2 },
    { op: 'list', prefix: 'a/', limit: 2, keys: true },
  ],
  else: [
    { op: 'delete', key: 'b' },
    { op: 'deletePrefix', prefix: 'x/' },
    { op: 'get', key: 'n' },
  ],
};

test('the commands of every operation can be read in the log', async () => {
  const own = await startHttp();
  onTestFinished(() => own.server.close());
  const command = async (method: string, target: string, wish: object): Promise<unknown> => {
    await call(own.port, method, target, wish);
    const { chosenUpTo } = own.replica.status();
    const { body } = await call(own.port, 'GET', `/v1/log/${chosenUpTo}`);
    const [{ id, ...rest }] = JSON.parse(body).command.commands;
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    return rest;
  };
  const once = { 'Idempotency-Key': 'order-"17"' };
  expect(await command('POST', '/v1/kv/n?incr=5', { fields: once })).toEqual({
    op: 'incr',
    key: 'n',
    incr: 5,
    idempotencyKey: 'order-"17"',
  });
  expect(await command('PUT', '/v1/kv?key64=AP8&prev', { body: '\u0000\u00ff' })).toEqual({
    op: 'put',
    key64: 'AP8',
    value: 'AP8=',
    encoding: 'base64',
    contentType: 'application/octet-stream',
    prev: true,
  });
  const matching = { fields: { 'If-Match': '"2"' } };
  expect(await command('DELETE', '/v1/kv/n?prev', matching)).toEqual({
    op: 'delete',
    key: 'n',
    condition: { ifMatch: [2] },
    prev: true,
  });
  const transaction = {
    body: JSON.stringify(TRANSACTION),
    fields: { 'Content-Type': 'application/json' },
  };
  expect(await command('POST', '/v1/txn', transaction)).toEqual({
    op: 'txn',
    if: [
      { key: 'n', exists: true },
      { key: 'n', value: '5', encoding: 'utf8', op: '!=' },
      { key: 'b', revision: 0, op: '=' },
    ],
    // oxlint-disable-next-line no-thenable -- the name is the API's, and it is not awaited
    then: [
      {
        op: 'put',
        key: 'b',
        value: 'AP8=',
        encoding: 'base64',
        contentType: 'application/octet-stream',
      },
      { op: 'incr', key: 'n', incr: -2 },
      { op: 'list', start: 'a/', end: 'a0', limit: 2, keys: true },
    ],
    else: [
      { op: 'delete', key: 'b' },
      { op: 'deletePrefix', prefix: 'x/' },
      { op: 'get', key: 'n' },
    ],
  });
});

test('slots that are trimmed are gone, and the answer says which is the first', async () => {
  http.replica.oldestSlot = 3;
  for (const path of ['/v1/log/2', '/v1/log?from=1', '/v1/log?from=2&to=3']) {
    const answer = await call(http.port, 'GET', path);
    expect(answer.status).toBe(410);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'compacted', oldestSlot: 3 });
  }
  expect(await get('/v1/log')).toMatchObject({ items: [{ slot: 3 }], next: null });
  http.replica.oldestSlot = 1;
});

test('limits stand at the top level, by name', async () => {
  expect(await get('/v1/limits')).toMatchObject({
    keyBytes: 1024,
    valueBytes: 1_048_576,
    requestMs: 5000,
    listItems: 10_000,
  });
});

test('probes', async () => {
  expect((await call(http.port, 'GET', '/livez')).status).toBe(200);
  expect((await call(http.port, 'GET', '/readyz')).status).toBe(200);
  expect(await get('/readyz?verbose')).toEqual({ ready: true, reasons: [], warnings: [] });
  http.replica.warnings = ['the disk'];
  expect(await get('/readyz?verbose')).toEqual({
    ready: true,
    reasons: [],
    warnings: ['the disk'],
  });
  expect(await get('/v1/cluster')).toMatchObject({ warnings: ['the disk'] });
  http.replica.ready = false;
  const short = await call(http.port, 'GET', '/readyz');
  expect([short.status, short.body.includes('heard')]).toEqual([503, false]);
  const verbose = await call(http.port, 'GET', '/readyz?verbose');
  expect(JSON.parse(verbose.body)).toMatchObject({
    code: 'not_ready',
    reasons: ['it has not heard from a leader'],
  });
  expect((await call(http.port, 'GET', '/livez?verbose')).status).toBe(200);
  expect((await call(http.port, 'HEAD', '/readyz')).status).toBe(503);
});
