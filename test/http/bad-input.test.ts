import { afterAll, beforeAll, expect, test } from 'vitest';
import { cases, runCases } from './bad-input-cases.ts';
import { startHttp, type HttpFixture } from './http-fixture.ts';

let http: HttpFixture;

beforeAll(async () => {
  http = await startHttp();
});
afterAll(() => http.server.close());

test('bad input is refused by name, uses no slot, and the replica serves on', async () => {
  expect(cases.length).toBeGreaterThanOrEqual(300);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  const failures = await runCases(http.port, () => http.replica.writes);
  expect(failures).toEqual([]);
  expect(http.replica.transfers).toEqual([]);
});

test('the table can fail: a case with another status, code or slot is reported', async () => {
  const wrong = [
    { name: 'status', bytes: 'GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n', status: 400 },
    { name: 'code', bytes: 'GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n', status: 404, code: 'x' },
    {
      name: 'slot',
      bytes: 'PUT /v1/kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
      status: 201,
    },
  ];
  const failures = await runCases(http.port, () => http.replica.writes, wrong);
  expect(failures.map((failure) => failure.split(':')[0])).toEqual(['status', 'code', 'slot']);
});
