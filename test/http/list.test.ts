import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Operation } from '../../src/kv/operation.ts';
import { startHttp, type HttpFixture } from './http-fixture.ts';
import { call, type RawAnswer } from './raw-client.ts';

let http: HttpFixture;

beforeEach(async () => {
  http = await startHttp();
});
afterEach(() => http.server.close());

interface List {
  readonly revision: number;
  readonly items: readonly unknown[];
  readonly prefixes: readonly string[];
  readonly next: string | null;
}

function isList(json: unknown): json is List {
  const names = ['revision', 'items', 'prefixes', 'next'];
  return typeof json === 'object' && json !== null && names.every((name) => name in json);
}

function get(query: string): Promise<RawAnswer> {
  return call(http.port, 'GET', `/v1/kv${query}`);
}

async function list(query: string): Promise<List> {
  const answer = await get(query);
  expect([answer.status, answer.body]).toMatchObject([200, expect.any(String)]);
  const json: unknown = JSON.parse(Buffer.from(answer.body, 'latin1').toString('utf8'));
  if (!isList(json)) throw new Error(`no list: ${answer.body}`);
  return json;
}

function fill(keys: readonly string[]): Promise<unknown> {
  return Promise.all(
    keys.map(
      (key) =>
        new Promise((done) => {
          http.replica.write(putOf(key), { deadlineMs: 1000 }, done);
        }),
    ),
  );
}

function putOf(key: string): Operation {
  const value = Buffer.from(`of ${key}`, 'latin1');
  return { type: 'put', key, value, contentType: 'text/plain', prev: false };
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `k${String(i).padStart(4, '0')}`);
}

test('items come as metadata, in the order of their bytes, or as keys alone', async () => {
  await fill(['b', 'a', 'B', '\xc3\xa9', 'a\0']);
  const { items, prefixes, next, revision } = await list('');
  expect(items).toMatchObject(['B', 'a', 'a\0', 'b', 'é'].map((key) => ({ key })));
  expect(items[1]).toEqual({
    key: 'a',
    value: 'of a',
    encoding: 'utf8',
    contentType: 'text/plain',
    createRevision: 2,
    revision: 2,
    version: 1,
  });
  expect([prefixes, next, revision]).toEqual([[], null, 5]);
  expect((await list('?keys')).items).toEqual(['B', 'a', 'a\0', 'b', 'é']);
});

test('start is inclusive, end exclusive, both within the prefix', async () => {
  await fill(['a', 'p1', 'p2', 'p3', 'q']);
  expect((await list('?keys&start=p1&end=p3')).items).toEqual(['p1', 'p2']);
  expect((await list('?keys&prefix=p')).items).toEqual(['p1', 'p2', 'p3']);
  expect((await list('?keys&prefix=p&start=p2')).items).toEqual(['p2', 'p3']);
  expect((await list('?keys&prefix=p&start=a&end=z')).items).toEqual(['p1', 'p2', 'p3']);
  expect((await list('?keys&prefix=p&start=q')).items).toEqual([]);
  expect((await list('?keys&start=p1&end=p1')).items).toEqual([]);
});

test('pages stay at the revision of the first, whatever is written meanwhile', async () => {
  const keys = numbered(25);
  await fill(keys);
  const seen: unknown[] = [];
  let page = await list('?keys&prefix=k&limit=10');
  seen.push(...page.items);
  await fill(['k0000a', 'k0015a', 'k0020']);
  await call(http.port, 'DELETE', '/v1/kv/k0024');
  while (page.next !== null) {
    page = await list(`?keys&prefix=k&limit=10&cursor=${page.next}`);
    expect(page.revision).toBe(25);
    seen.push(...page.items);
  }
  expect(seen).toEqual(keys);
  expect((await list('?keys&prefix=k')).items.length).toBe(26);
});

test('1,000 items by default, and walked in several pages of the store', async () => {
  await fill(numbered(1001));
  const first = await list('?keys');
  expect(first.items.length).toBe(1000);
  const last = await list(`?keys&cursor=${first.next}`);
  expect([last.items, last.next]).toEqual([['k1000'], null]);
  expect((await list('?keys&limit=1001')).next).toBe(null);
  expect(JSON.parse((await get('?count')).body)).toEqual({ revision: 1001, count: 1001 });
  expect(JSON.parse((await get('?count&prefix=k000')).body)).toMatchObject({ count: 10 });
});

test('a cursor goes with the same other parameters only', async () => {
  await fill(numbered(5));
  const { next } = await list('?keys&limit=2&prefix=k');
  for (const query of ['keys&limit=3&prefix=k', 'limit=2&prefix=k', 'keys&limit=2', 'keys']) {
    const answer = await get(`?${query}&cursor=${next}`);
    expect([answer.status, answer.body]).toMatchObject([
      400,
      expect.stringContaining('invalid_cursor'),
    ]);
  }
  expect((await list(`?prefix=k&cursor=${next}&limit=2&keys`)).items).toEqual(['k0002', 'k0003']);
});

test('a replica that knows no cluster yet cannot tell whose a cursor is: 503, not 400', async () => {
  await fill(numbered(5));
  const { next } = await list('?limit=2');
  http.replica.clusterId = undefined;
  const lists = ['/v1/kv?limit=2', '/v1/history/k0001?limit=2', '/v1/leases?limit=2'];
  for (const target of lists) {
    const answer = await call(http.port, 'GET', `${target}&cursor=${next}`);
    expect([target, answer.status, JSON.parse(answer.body)]).toMatchObject([
      target,
      503,
      { outcome: 'not_applied', retryable: true },
    ]);
  }
});

test('a page below the oldest revision is 410', async () => {
  await fill(numbered(5));
  const { next } = await list('?limit=2');
  http.replica.store.oldestRevision = 6;
  await fill(['x']);
  const answer = await get(`?limit=2&cursor=${next}`);
  expect(answer.status).toBe(410);
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'compacted', oldestRevision: 6 });
});

test('a delimiter folds keys, whole groups at a time', async () => {
  await fill(['a', 'd/1', 'd/2', 'd/x/y', 'e/1', 'f']);
  const all = await list('?keys&delimiter=/');
  expect([all.items, all.prefixes, all.next]).toEqual([['a', 'f'], ['d/', 'e/'], null]);
  const below = await list('?keys&delimiter=/&prefix=d/');
  expect([below.items, below.prefixes]).toEqual([['d/1', 'd/2'], ['d/x/']]);
  const first = await list('?keys&delimiter=/&limit=2');
  expect([first.items, first.prefixes]).toEqual([['a'], ['d/']]);
  const second = await list(`?keys&delimiter=/&limit=2&cursor=${first.next}`);
  expect([second.items, second.prefixes, second.next]).toEqual([['f'], ['e/'], null]);
});

test('a page ends before it is too large, and goes on', async () => {
  await http.server.close();
  http = await startHttp({ listBytes: 300 });
  await fill(numbered(5));
  const first = await list('');
  expect(first.items.length).toBeLessThan(5);
  const second = await list(`?cursor=${first.next}`);
  expect(first.items.length + second.items.length).toBe(5);
});
