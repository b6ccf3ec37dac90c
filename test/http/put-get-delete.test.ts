import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startHttp, until, type HttpFixture } from './http-fixture.ts';
import { call, sendRaw, type CallOptions, type RawAnswer } from './raw-client.ts';

let http: HttpFixture;

beforeEach(async () => {
  http = await startHttp();
});
afterEach(() => http.server.close());

function send(method: string, target: string, options: CallOptions = {}): Promise<RawAnswer> {
  return call(http.port, method, target, options);
}

function put(key: string, body: string, fields: Record<string, string> = {}): Promise<RawAnswer> {
  return send('PUT', `/v1/kv/${key}`, { body, fields });
}

function json(answer: RawAnswer): unknown {
  return JSON.parse(Buffer.from(answer.body, 'latin1').toString('utf8'));
}

describe('put', () => {
  test('creates with 201, replaces with 200, and says revision and version', async () => {
    const created = await put('a/b', 'one', { 'Content-Type': 'text/plain; charset=utf-8' });
    expect(created.status).toBe(201);
    expect(created.fields.get('etag')).toBe('"1"');
    expect(created.fields.get('synod-revision')).toBe('1');
    expect(created.fields.get('synod-replica')).toBe('1');
    expect(created.fields.get('synod-leader')).toBe('http://127.0.0.1:7600');
    expect(created.fields.get('request-id')).toMatch(/^b007-\d+$/);
    expect(json(created)).toEqual({ key: 'a/b', revision: 1, version: 1, created: true });
    const replaced = await put('a/b', 'two');
    expect(replaced.status).toBe(200);
    expect(json(replaced)).toEqual({ key: 'a/b', revision: 2, version: 2, created: false });
  });

  test('prev shows what the key had, or null', async () => {
    const created = await send('PUT', '/v1/kv/a?prev', { body: 'one' });
    expect(json(created)).toMatchObject({ created: true, prev: null });
    const replaced = await send('PUT', '/v1/kv/a?prev=true', { body: 'two' });
    expect(json(replaced)).toMatchObject({
      prev: {
        key: 'a',
        value: 'one',
        encoding: 'utf8',
        contentType: 'application/octet-stream',
        createRevision: 1,
        revision: 1,
        version: 1,
      },
    });
    expect(json(await send('PUT', '/v1/kv/a?prev=false', { body: '3' }))).not.toHaveProperty(
      'prev',
    );
  });

  test('create only', async () => {
    expect((await put('a', '1', { 'If-None-Match': '*' })).status).toBe(201);
    const refused = await put('a', '2', { 'If-None-Match': '*' });
    expect(refused.status).toBe(412);
    expect(refused.fields.get('etag')).toBe('"1"');
    expect(json(refused)).toMatchObject({
      code: 'condition_failed',
      outcome: 'not_applied',
      retryable: false,
    });
  });

  test.each([
    ['"1"', 200],
    ['*', 200],
    ['"7", "1"', 200],
    ['"7","8"', 412],
    ['W/"1"', 412],
    ['"01"', 412],
    ['"abc"', 412],
    ['"9007199254740993"', 412],
  ])('If-Match: %s answers %i', async (condition, status) => {
    await put('a', '1');
    const answer = await put('a', '2', { 'If-Match': condition });
    expect(answer.status).toBe(status);
    expect(answer.fields.get('etag')).toBe(status === 200 ? '"2"' : '"1"');
  });

  test('If-Match on an absent key is 412 without an ETag', async () => {
    const refused = await put('a', '1', { 'If-Match': '"1"' });
    expect(refused.status).toBe(412);
    expect(refused.fields.has('etag')).toBe(false);
  });

  test('a weak tag matches for If-None-Match', async () => {
    await put('a', '1');
    expect((await put('a', '2', { 'If-None-Match': 'W/"1"' })).status).toBe(412);
    expect((await put('a', '2', { 'If-None-Match': '"5"' })).status).toBe(200);
  });

  test('a value at the limit passes, one byte more is 413 with limit, max and actual', async () => {
    const most = 'v'.repeat(1_048_576);
    expect((await put('a', most)).status).toBe(201);
    expect((await send('GET', '/v1/kv/a')).body.length).toBe(most.length);
    const refused = await put('a', `${most}v`);
    expect(refused.status).toBe(413);
    expect(json(refused)).toMatchObject({ limit: 'valueBytes', max: 1_048_576, actual: 1_048_577 });
    expect(http.replica.writes).toBe(1);
  });

  test('a client that ends its side behind the request still gets the answer', async () => {
    http.replica.isHeld = true;
    const bytes = 'PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nv';
    const answer = sendRaw(http.port, bytes, { halfClose: true });
    await until(() => http.replica.writes === 1);
    setTimeout(() => http.replica.release(), 50);
    expect((await answer).status).toBe(201);
  });

  test('an empty body is a value', async () => {
    expect((await send('PUT', '/v1/kv/a')).status).toBe(201);
    const answer = await send('GET', '/v1/kv/a');
    expect([answer.status, answer.body]).toEqual([200, '']);
  });

  test('timeout lowers the deadline and never raises it', async () => {
    await send('PUT', '/v1/kv/a?timeout=250ms', { body: '' });
    await send('PUT', '/v1/kv/a?timeout=1h', { body: '' });
    await send('PUT', '/v1/kv/a', { body: '' });
    expect(http.replica.writeDeadlines).toEqual([250, 5000, 5000]);
  });
});

describe('get', () => {
  test('gives the bytes, their type, and what is known about them', async () => {
    await put('a', 'x\0\xff', { 'Content-Type': 'image/png' });
    await put('b', '');
    const answer = await send('GET', '/v1/kv/a');
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('x\0\xff');
    expect(Object.fromEntries(answer.fields)).toMatchObject({
      'content-type': 'image/png',
      etag: '"1"',
      'synod-create-revision': '1',
      'synod-version': '1',
      'synod-revision': '2',
      'synod-consistency': 'linearizable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': 'sandbox',
    });
    expect(answer.fields.has('synod-staleness')).toBe(false);
  });

  test('HEAD is GET without the bytes', async () => {
    await put('a', 'value');
    const head = await send('HEAD', '/v1/kv/a');
    expect([head.status, head.body]).toEqual([200, '']);
    expect(head.fields.get('content-length')).toBe('5');
    expect(head.fields.get('etag')).toBe('"1"');
    expect((await send('HEAD', '/v1/kv/b')).status).toBe(404);
  });

  test('meta shows text as it is and other bytes in base64', async () => {
    await put('%C3%BC', '\xc3\xbc', { 'Content-Type': 'text/plain' });
    await put('b', '\xff\0');
    expect(json(await send('GET', '/v1/kv/%C3%BC?meta'))).toEqual({
      key: 'ü',
      value: 'ü',
      encoding: 'utf8',
      contentType: 'text/plain',
      createRevision: 1,
      revision: 1,
      version: 1,
    });
    expect(json(await send('GET', '/v1/kv/b?meta'))).toMatchObject({
      value: '/wA=',
      encoding: 'base64',
    });
  });

  test('If-None-Match: 304 where it is unchanged', async () => {
    await put('a', '1');
    const unchanged = await send('GET', '/v1/kv/a', { fields: { 'If-None-Match': '"1"' } });
    expect([unchanged.status, unchanged.body]).toEqual([304, '']);
    expect(unchanged.fields.get('etag')).toBe('"1"');
    expect(unchanged.fields.get('synod-revision')).toBe('1');
    await put('a', '2');
    const changed = await send('GET', '/v1/kv/a', { fields: { 'If-None-Match': '"1"' } });
    expect([changed.status, changed.body]).toEqual([200, '2']);
    expect((await send('GET', '/v1/kv/b', { fields: { 'If-None-Match': '"1"' } })).status).toBe(
      404,
    );
    expect((await send('GET', '/v1/kv/a', { fields: { 'If-Match': '"1"' } })).status).toBe(412);
  });

  test('read levels are passed on and echoed', async () => {
    await put('a', '1');
    const local = await send('GET', '/v1/kv/a?consistency=local');
    expect(local.fields.get('synod-consistency')).toBe('local');
    expect(local.fields.get('synod-staleness')).toBe('12ms');
    const lease = await send('GET', '/v1/kv/a?consistency=lease');
    expect(lease.fields.get('synod-consistency')).toBe('linearizable');
    const { revision } = http.replica.store;
    const grant = {
      type: 'granted',
      level: 'lease',
      readIndex: 1,
      revision,
      stalenessMs: 0,
    } as const;
    http.replica.plannedGrants.push(grant);
    const leased = await send('GET', '/v1/kv/a?consistency=lease');
    expect(leased.fields.get('synod-consistency')).toBe('lease');
    expect(leased.fields.get('synod-staleness')).toBeUndefined();
    const absent = await send('GET', '/v1/kv/b?consistency=local');
    expect([absent.status, absent.fields.get('synod-staleness')]).toEqual([404, '12ms']);
    const levels = http.replica.readOptions.map(({ level }) => level);
    expect(levels).toEqual(['local', 'lease', 'lease', 'local']);
  });

  test.each([
    ['consistency=local', '12ms', 200],
    ['consistency=local', '11ms', 503],
    ['consistency=local', '0ms', 503],
    ['consistency=local', '1m', 200],
    ['', '0s', 200],
  ])('?%s, Max-Staleness: %s', async (query, age, status) => {
    await put('a', '1');
    const fields = { 'Max-Staleness': age };
    const answer = await send('GET', `/v1/kv/a?${query}`, { fields });
    const code = status === 503 ? 'too_stale' : undefined;
    expect([answer.status, status === 503 ? JSON.parse(answer.body).code : undefined]).toEqual([
      status,
      code,
    ]);
  });

  test('Min-Revision is waited for', async () => {
    await put('a', '1');
    expect((await send('GET', '/v1/kv/a', { fields: { 'Min-Revision': '1' } })).status).toBe(200);
    const late = await send('GET', '/v1/kv/a', { fields: { 'Min-Revision': '9' } });
    expect(late.status).toBe(503);
    expect(json(late)).toMatchObject({ code: 'deadline', retryable: true });
    expect(http.replica.readOptions.map(({ minRevision }) => minRevision)).toEqual([1, 9]);
  });

  test('keys are the bytes of the raw target, decoded once', async () => {
    await put('a%2Fb', '1');
    await put('a/../b', '2');
    await put('%252F', '3');
    await put('a+b', '4');
    expect((await send('GET', '/v1/kv/a/b')).body).toBe('1');
    expect((await send('GET', '/v1/kv/a%2F..%2fb')).body).toBe('2');
    expect((await send('GET', '/v1/kv/b')).status).toBe(404);
    expect(json(await send('GET', '/v1/kv/%25%32%46?meta'))).toMatchObject({ key: '%2F' });
    expect((await send('GET', 'http://x/v1/kv/a%2Bb')).body).toBe('4');
  });
});

describe('delete', () => {
  test('of a key: what was deleted, or 404', async () => {
    await put('a', '1');
    const deleted = await send('DELETE', '/v1/kv/a?prev');
    expect(deleted.status).toBe(200);
    expect(json(deleted)).toMatchObject({
      deleted: 1,
      revision: 2,
      prev: { key: 'a', value: '1' },
    });
    const absent = await send('DELETE', '/v1/kv/a');
    expect(absent.status).toBe(404);
    expect(json(absent)).toMatchObject({ code: 'key_not_found', outcome: 'not_applied' });
  });

  test('on a condition', async () => {
    await put('a', '1');
    const refused = await send('DELETE', '/v1/kv/a', { fields: { 'If-Match': '"5"' } });
    expect([refused.status, refused.fields.get('etag')]).toEqual([412, '"1"']);
    expect((await send('DELETE', '/v1/kv/b', { fields: { 'If-Match': '*' } })).status).toBe(412);
    expect((await send('DELETE', '/v1/kv/a', { fields: { 'If-Match': '"1"' } })).status).toBe(200);
  });

  test('of a range; of everything only where all is said', async () => {
    for (const key of ['a1', 'a2', 'b1']) await put(key, '');
    expect(json(await send('DELETE', '/v1/kv?prefix=a'))).toEqual({ deleted: 2, revision: 4 });
    expect(json(await send('DELETE', '/v1/kv?prefix=a'))).toEqual({ deleted: 0, revision: 4 });
    expect((await send('DELETE', '/v1/kv?prefix=')).status).toBe(400);
    expect(json(await send('DELETE', '/v1/kv?prefix=&all'))).toEqual({ deleted: 1, revision: 5 });
  });

  test('of more keys than one command may change is 413, and changes nothing', async () => {
    for (let i = 0; i < 101; i += 1) await put(`k${i}`, '');
    const refused = await send('DELETE', '/v1/kv?prefix=k');
    expect(refused.status).toBe(413);
    expect(json(refused)).toMatchObject({
      code: 'too_many_keys',
      limit: 'changedKeys',
      max: 100,
      actual: 101,
    });
    expect(refused.fields.get('synod-revision')).toBe('101');
  });
});

describe('outcomes', () => {
  test.each([
    [{ type: 'notApplied', reason: 'noLeader' }, 503, 'no_leader', 'not_applied', true],
    [{ type: 'notApplied', reason: 'overloaded' }, 503, 'overloaded', 'not_applied', true],
    [{ type: 'notApplied', reason: 'deadline' }, 503, 'deadline', 'not_applied', true],
    [{ type: 'notApplied', reason: 'notReady' }, 503, 'not_ready', 'not_applied', true],
    [{ type: 'notApplied', reason: 'closing' }, 503, 'closing', 'not_applied', true],
    [{ type: 'unknown', reason: 'deadline' }, 504, 'timed_out', 'unknown', false],
    [{ type: 'unknown', reason: 'leaderLost' }, 504, 'leader_lost', 'unknown', false],
    [{ type: 'unknown', reason: 'steppedDown' }, 504, 'stepped_down', 'unknown', false],
  ] as const)('%j answers %i %s', async (planned, status, code, outcome, retryable) => {
    http.replica.plannedWrites.push(planned);
    const answer = await put('a', '1');
    expect(answer.status).toBe(status);
    expect(answer.fields.get('content-type')).toBe('application/problem+json');
    expect(answer.fields.has('retry-after')).toBe(status === 503);
    expect(json(answer)).toMatchObject({
      type: `urn:synod:problem:${code}`,
      status,
      code,
      outcome,
      retryable,
      requestId: answer.fields.get('request-id'),
      leader: 'http://127.0.0.1:7600',
    });
  });

  test('a refused read is 503', async () => {
    http.replica.plannedGrants.push({ type: 'refused', reason: 'noLeader' });
    const answer = await send('GET', '/v1/kv/a');
    expect([answer.status, json(answer)]).toMatchObject([503, { code: 'no_leader' }]);
  });
});

describe('redirect', () => {
  test('a follower sends to the leader whoever prefers it, and serves the others', async () => {
    http.replica.leaderId = 2;
    const fields = { Prefer: 'handling=strict, redirect' };
    const answer = await send('PUT', '/v1/kv/a%2Fb?prev', { body: 'v', fields });
    expect(answer.status).toBe(307);
    expect(answer.fields.get('location')).toBe('http://127.0.0.1:7610/v1/kv/a%2Fb?prev');
    expect(http.replica.writes).toBe(0);
    expect((await put('a', 'v')).status).toBe(201);
    http.replica.leaderId = 1;
    expect((await put('a', 'v', fields)).status).toBe(200);
    http.replica.leaderId = undefined;
    const unled = await put('a', 'v', fields);
    expect([unled.status, unled.fields.has('synod-leader')]).toEqual([200, false]);
  });
});
