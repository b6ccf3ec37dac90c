/** Leases and keys that live for a time, over HTTP. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startHttp, type HttpFixture } from './http-fixture.ts';
import { call, type RawAnswer } from './raw-client.ts';

let http: HttpFixture;

beforeEach(async () => {
  http = await startHttp();
});
afterEach(() => http.server.close());

const JSON_FIELDS = { 'Content-Type': 'application/json' };

const PAGE = z.looseObject({
  items: z.array(z.looseObject({ id: z.string() })),
  next: z.string().nullable(),
});

function grant(ttl = '"10s"'): Promise<RawAnswer> {
  return call(http.port, 'POST', '/v1/leases', { body: `{"ttl":${ttl}}`, fields: JSON_FIELDS });
}

function json({ body }: RawAnswer): unknown {
  return JSON.parse(body);
}

async function get(target: string): Promise<unknown> {
  return json(await call(http.port, 'GET', target));
}

describe('a lease', () => {
  test('is granted, with its place', async () => {
    const answer = await grant();
    expect(answer.status).toBe(201);
    expect(answer.fields.get('location')).toBe('/v1/leases/1');
    expect(json(answer)).toEqual({ id: '1', ttl: '10s', remaining: '10s', keys: [] });
  });

  test('tells what is left of it, and its keys', async () => {
    await grant();
    await call(http.port, 'PUT', '/v1/kv/b?lease=1', { body: 'x' });
    await call(http.port, 'PUT', '/v1/kv?key64=_w&lease=1', { body: 'x' });
    http.replica.timeMs = 2500;
    const lease = { id: '1', ttl: '10s', remaining: '7500ms', keys: ['b', { key64: '_w' }] };
    expect(await get('/v1/leases/1')).toEqual(lease);
    expect(await get('/v1/leases')).toEqual({ revision: 3, items: [lease], next: null });
  });

  test('lives for its whole time again when it is renewed', async () => {
    await grant();
    http.replica.timeMs = 9000;
    const answer = await call(http.port, 'POST', '/v1/leases/1/keepalive');
    expect(answer.status).toBe(200);
    expect(json(answer)).toEqual({ id: '1', ttl: '10s', remaining: '10s' });
    http.replica.timeMs = 18_000;
    http.replica.expire();
    expect(await get('/v1/leases/1')).toMatchObject({ remaining: '1s' });
  });

  test('goes when its time is up: with its keys, which are told as expired', async () => {
    await grant();
    await call(http.port, 'PUT', '/v1/kv/b?lease=1', { body: 'x' });
    http.replica.timeMs = 10_000;
    http.replica.expire();
    expect((await call(http.port, 'GET', '/v1/kv/b')).status).toBe(404);
    for (const [method, target] of [
      ['GET', '/v1/leases/1'],
      ['POST', '/v1/leases/1/keepalive'],
      ['DELETE', '/v1/leases/1'],
      ['PUT', '/v1/kv/c?lease=1'],
    ] as const) {
      const answer = await call(http.port, method, target);
      expect([target, answer.status, json(answer)]).toMatchObject([
        target,
        404,
        { code: 'lease_expired', outcome: 'not_applied' },
      ]);
    }
  });

  test('is revoked with its keys', async () => {
    await grant();
    await call(http.port, 'PUT', '/v1/kv/b?lease=1', { body: 'x' });
    const answer = await call(http.port, 'DELETE', '/v1/leases/1');
    expect([answer.status, json(answer)]).toEqual([200, { id: '1', deleted: 1, revision: 3 }]);
    expect((await call(http.port, 'GET', '/v1/kv/b')).status).toBe(404);
  });

  test('is listed page by page, at one revision', async () => {
    for (let left = 5; left > 0; left -= 1) await grant();
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page = await get(`/v1/leases?limit=2${next}`);
      expect(page).toMatchObject({ revision: 5 });
      const { items, next: after } = PAGE.parse(page);
      ids.push(...items.map(({ id }) => id));
      cursor = after;
      if (ids.length === 2) await call(http.port, 'DELETE', '/v1/leases/5');
    } while (cursor !== null);
    expect(ids).toEqual(['1', '2', '3', '4', '5']);
  });

  test('is refused where there are as many as may be', async () => {
    http.replica.leaseLimits = { leases: 1, waiters: 1 };
    await grant();
    const answer = await grant();
    expect([answer.status, json(answer)]).toMatchObject([503, { code: 'too_many_leases' }]);
  });
});

describe('a key with a time to live', () => {
  test('tells what is left of it', async () => {
    await call(http.port, 'PUT', '/v1/kv/a?ttl=30s', { body: 'x' });
    http.replica.timeMs = 500;
    const { fields } = await call(http.port, 'GET', '/v1/kv/a');
    expect(fields.get('synod-ttl')).toBe('29500ms');
    expect(await get('/v1/kv/a?meta')).toMatchObject({ ttl: '29500ms' });
    expect(await get('/v1/kv')).toMatchObject({ items: [{ key: 'a', ttl: '29500ms' }] });
  });

  test('loses it, and a lease, by a put that names neither', async () => {
    await call(http.port, 'PUT', '/v1/kv/a?ttl=30s', { body: 'x' });
    const answer = await call(http.port, 'PUT', '/v1/kv/a?prev', { body: 'y' });
    expect(json(answer)).toMatchObject({ prev: { value: 'x', ttl: '30s' } });
    expect(await get('/v1/kv/a?meta')).not.toHaveProperty('ttl');
    http.replica.timeMs = 60_000;
    http.replica.expire();
    expect((await call(http.port, 'GET', '/v1/kv/a')).status).toBe(200);
  });

  test('takes both in a transaction, and a transaction with a dead lease does nothing', async () => {
    await grant();
    const body =
      '{"then":[{"op":"put","key":"a","value":"x","ttl":"5s"},' +
      '{"op":"put","key":"b","value":"x","lease":"1"}]}';
    await call(http.port, 'POST', '/v1/txn', { body, fields: JSON_FIELDS });
    expect(await get('/v1/kv/a?meta')).toMatchObject({ ttl: '5s' });
    expect(await get('/v1/kv/b?meta')).toMatchObject({ ttl: '10s', lease: '1' });
    const dead = body.replace('"1"', '"7"');
    const answer = await call(http.port, 'POST', '/v1/txn', { body: dead, fields: JSON_FIELDS });
    expect([answer.status, json(answer)]).toMatchObject([
      404,
      { code: 'lease_expired', action: 1 },
    ]);
    expect(await get('/v1/kv/a?meta')).toMatchObject({ version: 1 });
  });

  test('is told to those who watch as expired, and as deleted where it was', async () => {
    await call(http.port, 'PUT', '/v1/kv/a?ttl=1s', { body: 'x' });
    await call(http.port, 'PUT', '/v1/kv/b?ttl=1s', { body: 'x' });
    await call(http.port, 'DELETE', '/v1/kv/b');
    http.replica.timeMs = 1000;
    http.replica.expire();
    const abort = new AbortController();
    const url = `http://127.0.0.1:${http.port}/v1/watch?prefix=&since=2`;
    const watch = await fetch(url, {
      headers: { Accept: 'application/x-ndjson' },
      signal: abort.signal,
    });
    const reader = watch.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (text.split('\n').length < 3) text += (await reader?.read())?.value ?? '';
    abort.abort();
    const events = text
      .split('\n')
      .slice(0, 2)
      .map((line) => JSON.parse(line));
    expect(events).toEqual([
      { event: 'delete', revision: 3, key: 'b' },
      { event: 'expire', revision: 4, key: 'a' },
    ]);
  });
});
