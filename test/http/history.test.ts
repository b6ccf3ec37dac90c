/** `GET /v1/history/{key}`: what a key was, the newest first. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startHttp, type HttpFixture } from './http-fixture.ts';
import { call } from './raw-client.ts';

let http: HttpFixture;

beforeEach(async () => {
  http = await startHttp();
  await call(http.port, 'PUT', '/v1/kv/a', { body: 'one' });
  await call(http.port, 'PUT', '/v1/kv/b', { body: 'other' });
  await call(http.port, 'PUT', '/v1/kv/a', { body: 'two' });
  await call(http.port, 'DELETE', '/v1/kv/a');
  await call(http.port, 'PUT', '/v1/kv/a', { body: 'three' });
});
afterEach(() => http.server.close());

interface Page {
  readonly revision: number;
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly next: string | null;
}

async function history(target: string): Promise<Page> {
  const answer = await call(http.port, 'GET', `/v1/history/${target}`);
  expect([answer.status, answer.fields.get('content-type')]).toEqual([200, 'application/json']);
  return JSON.parse(answer.body);
}

describe('the history of a key', () => {
  test('has each item that it was, and where it was deleted', async () => {
    const { items, next, revision } = await history('a');
    expect([revision, next]).toEqual([5, null]);
    expect(items.map((item) => [item['revision'], item['value'], item['deleted']])).toEqual([
      [5, 'three', undefined],
      [4, undefined, true],
      [3, 'two', undefined],
      [1, 'one', undefined],
    ]);
    expect(items[1]).toEqual({ revision: 4, deleted: true });
    expect(items[2]).toMatchObject({ key: 'a', createRevision: 1, version: 2, encoding: 'utf8' });
  });

  test('comes in pages of one revision', async () => {
    const first = await history('a?limit=2');
    await call(http.port, 'PUT', '/v1/kv/a', { body: 'four' });
    const second = await history(`a?limit=2&cursor=${first.next}`);
    expect([first, second].map(({ revision }) => revision)).toEqual([5, 5]);
    expect([...first.items, ...second.items].map((item) => item['revision'])).toEqual([5, 4, 3, 1]);
    expect(second.next).toBe(null);
  });

  test('has cursors that go with the same request alone', async () => {
    const { next } = await history('a?limit=2');
    for (const target of [`b?limit=2&cursor=${next}`, `a?limit=3&cursor=${next}`, 'a?cursor=x']) {
      const { status, body } = await call(http.port, 'GET', `/v1/history/${target}`);
      expect([status, JSON.parse(body).code]).toEqual([400, 'invalid_cursor']);
    }
  });

  test('is not found where nothing of it is kept', async () => {
    expect((await call(http.port, 'GET', '/v1/history/none')).status).toBe(404);
  });
});
