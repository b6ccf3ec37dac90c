/** Lists as `application/x-ndjson`: all of it, one item a line, and never an end that is none. */
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { waitFor } from '../../scripts/bench/wait.ts';
import { startHttp, type HttpFixture } from './http-fixture.ts';
import { call } from './raw-client.ts';

const LONG_BYTES = 65_536;

let http: HttpFixture;

beforeEach(async () => {
  http = await startHttp({ listStreams: 2 });
});
afterEach(() => http.server.close());

function open(query = ''): Promise<IncomingMessage> {
  const headers = { Accept: 'application/x-ndjson' };
  return new Promise((resolve, reject) => {
    get({ port: http.port, path: `/v1/kv${query}`, headers }, resolve).on('error', reject);
  });
}

async function fill(count: number, bytes = 1): Promise<readonly string[]> {
  const keys = Array.from({ length: count }, (_, at) => `k${`${at}`.padStart(4, '0')}`);
  for (const key of keys) {
    await call(http.port, 'PUT', `/v1/kv/${key}`, { body: 'v'.repeat(bytes) });
  }
  return keys;
}

async function linesOf(query = ''): Promise<readonly unknown[]> {
  const lines = (await text(await open(query))).split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line): unknown => JSON.parse(line));
}

test('is everything that there is, at one revision', async () => {
  const keys = await fill(600);
  const answer = await open();
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([
    200,
    'application/x-ndjson',
  ]);
  expect(answer.headers['synod-revision']).toBe('600');
  const items = (await text(answer)).trimEnd().split('\n');
  expect(items.map((line) => JSON.parse(line).key)).toEqual(keys);
  expect(JSON.parse(items[0] ?? '')).toMatchObject({ value: 'v', revision: 1 });
});

test('takes a range, keys alone, a limit and an older revision', async () => {
  await fill(5);
  expect(await linesOf('?keys&start=k0003')).toEqual(['k0003', 'k0004']);
  expect(await linesOf('?keys&limit=1')).toEqual(['k0000']);
  expect(await linesOf('?keys&revision=2')).toEqual(['k0000', 'k0001']);
  expect(await linesOf('?prefix=x').catch(() => 'nothing')).toEqual([]);
});

test('is refused with a problem where its revision is gone before it began', async () => {
  await fill(3);
  http.replica.store.oldestRevision = 3;
  const answer = await open('?revision=2');
  expect([answer.statusCode, JSON.parse(await text(answer)).code]).toEqual([410, 'compacted']);
});

test('is cut off where its revision goes while it is read', async () => {
  await fill(300, LONG_BYTES);
  const answer = await open();
  http.replica.store.oldestRevision = 301;
  await call(http.port, 'PUT', '/v1/kv/x', { body: '' });
  await expect(text(answer)).rejects.toThrow('aborted');
});

test('waits for a client that does not read, and is let go with it', async () => {
  await fill(300, LONG_BYTES);
  const slow = [await open(), await open()];
  const refused = await open();
  expect([refused.statusCode, JSON.parse(await text(refused)).code]).toEqual([503, 'overloaded']);
  for (const answer of slow) answer.destroy();
  const isServed = async (): Promise<true | undefined> => {
    const answer = await open('?limit=1');
    const lines = await text(answer);
    return answer.statusCode === 200 && lines.endsWith('}\n') ? true : undefined;
  };
  await waitFor(isServed, { what: 'a list', limitMs: 5000 });
});
