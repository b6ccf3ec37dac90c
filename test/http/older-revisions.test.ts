/** Reads and lists at an older revision. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startHttp, type HttpFixture } from './http-fixture.ts';
import { call, type RawAnswer } from './raw-client.ts';

let http: HttpFixture;

beforeEach(async () => {
  http = await startHttp();
  await call(http.port, 'PUT', '/v1/kv/a', { body: 'one' });
  await call(http.port, 'PUT', '/v1/kv/b', { body: 'x' });
  await call(http.port, 'PUT', '/v1/kv/a', { body: 'two' });
  await call(http.port, 'DELETE', '/v1/kv/a', {});
});
afterEach(() => http.server.close());

function get(path: string): Promise<RawAnswer> {
  return call(http.port, 'GET', path, {});
}

describe('a key at an older revision', () => {
  test.each([
    [1, 200, /^one$/],
    [2, 200, /^one$/],
    [3, 200, /^two$/],
    [4, 404, /"key_not_found"/],
  ])('%i', async (revision, status, body) => {
    const answer = await get(`/v1/kv/a?revision=${revision}`);
    expect([answer.status, answer.fields.get('synod-revision')]).toEqual([status, `${revision}`]);
    expect(answer.body).toMatch(body);
  });

  test('has the tag, and the metadata, that it had', async () => {
    const answer = await get('/v1/kv/a?revision=2&meta');
    expect(answer.fields.get('etag')).toBe('"1"');
    expect(JSON.parse(answer.body)).toMatchObject({ value: 'one', revision: 1, version: 1 });
  });

  test('that is gone, or not there yet, is refused', async () => {
    http.replica.store.oldestRevision = 3;
    const gone = await get('/v1/kv/a?revision=2');
    expect([gone.status, JSON.parse(gone.body)]).toEqual([
      410,
      expect.objectContaining({ code: 'compacted', oldestRevision: 3 }),
    ]);
    const future = await get('/v1/kv/a?revision=5');
    expect([future.status, JSON.parse(future.body)]).toEqual([
      400,
      expect.objectContaining({ code: 'future_revision' }),
    ]);
    expect((await get('/v1/kv/a?revision=0')).status).toBe(400);
  });

  test('is waited for by a local read', async () => {
    await get('/v1/kv/a?revision=3&consistency=local');
    expect(http.replica.readOptions.at(-1)).toMatchObject({ level: 'local', minRevision: 3 });
  });
});

describe('a list at an older revision', () => {
  test('shows what there was, page by page', async () => {
    const first = JSON.parse((await get('/v1/kv?revision=3&limit=1')).body);
    expect(first).toMatchObject({ revision: 3, items: [{ key: 'a', value: 'two' }] });
    const rest = await get(`/v1/kv?revision=3&limit=1&cursor=${first.next}`);
    expect(JSON.parse(rest.body)).toMatchObject({ revision: 3, items: [{ key: 'b' }], next: null });
    expect(JSON.parse((await get('/v1/kv?revision=3&count')).body)).toEqual({
      revision: 3,
      count: 2,
    });
    const other = await get(`/v1/kv?revision=2&limit=1&cursor=${first.next}`);
    expect([other.status, JSON.parse(other.body).code]).toEqual([400, 'invalid_cursor']);
  });

  test('that is not there yet is refused', async () => {
    const answer = await get('/v1/kv?revision=9');
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([400, 'future_revision']);
  });
});
