/** Keys of any bytes: `?key64=` in the place of the path's key, and in what is answered. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startHttp, type HttpFixture } from './http-fixture.ts';
import { call } from './raw-client.ts';

/** No UTF-8, with a 0 and a slash in it. */
const KEY = Buffer.from([0xff, 0x00, 0x2f, 0xfe]);
const KEY64 = KEY.toString('base64url');

let http: HttpFixture;

beforeEach(async () => {
  http = await startHttp();
});
afterEach(() => http.server.close());

async function ask(method: string, target: string, body?: string) {
  const answer = await call(http.port, method, target, body === undefined ? {} : { body });
  return {
    ...answer,
    json: (): unknown => JSON.parse(Buffer.from(answer.body, 'latin1').toString()),
  };
}

test('a key of any bytes is put, read, added to, listed and deleted', async () => {
  const put = await ask('PUT', `/v1/kv?key64=${KEY64}&prev`, '1');
  expect(put.status).toBe(201);
  expect(put.json()).toEqual({ key64: KEY64, revision: 1, version: 1, created: true, prev: null });
  expect((await ask('GET', `/v1/kv?key64=${KEY64}`)).body).toBe('1');
  expect((await ask('HEAD', `/v1/kv?key64=${KEY64}`)).status).toBe(200);
  expect((await ask('POST', `/v1/kv?incr=2&key64=${KEY64}`)).body).toBe('3');
  const meta = await ask('GET', `/v1/kv?meta&key64=${KEY64}&revision=1`);
  expect(meta.json()).toMatchObject({ key64: KEY64, value: '1', revision: 1 });
  expect((await ask('GET', '/v1/kv?keys')).json()).toMatchObject({ items: [{ key64: KEY64 }] });
  const history = await ask('GET', `/v1/history?limit=1&key64=${KEY64}`);
  expect(history.json()).toMatchObject({ items: [{ key64: KEY64, value: '3' }] });
  expect((await ask('DELETE', `/v1/kv?key64=${KEY64}`)).json()).toMatchObject({ deleted: 1 });
  expect((await ask('GET', `/v1/kv?key64=${KEY64}`)).status).toBe(404);
});

test('a key of UTF-8 is the same key either way', async () => {
  await ask('PUT', '/v1/kv/a%C3%A4', 'one');
  const key64 = Buffer.from('a\u00e4').toString('base64url');
  const meta = await ask('GET', `/v1/kv?key64=${key64}&meta`);
  expect(meta.json()).toMatchObject({ key: 'a\u00e4', value: 'one' });
});

test('a follower redirects with it', async () => {
  http.replica.leaderId = 2;
  const fields = { Prefer: 'redirect' };
  const target = `/v1/kv?key64=${KEY64}&meta`;
  const { fields: head, status } = await call(http.port, 'GET', target, { fields });
  expect([status, head.get('location')?.endsWith(target)]).toEqual([307, true]);
});
