/** `GET /metrics`, in the text format of Prometheus. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startHttp, type HttpFixture } from './http-fixture.ts';
import { call } from './raw-client.ts';

let http: HttpFixture;

beforeEach(async () => {
  http = await startHttp();
});
afterEach(() => http.server.close());

async function metrics(): Promise<ReadonlyMap<string, number>> {
  const answer = await call(http.port, 'GET', '/metrics');
  expect(answer.status).toBe(200);
  expect(answer.fields.get('content-type')).toContain('text/plain; version=0.0.4');
  const lines = answer.body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

test('tells where the replica stands, and what its clients were answered', async () => {
  await call(http.port, 'PUT', '/v1/kv/a', { body: 'x' });
  await call(http.port, 'GET', '/v1/kv/none');
  await call(http.port, 'GET', '/v1/kv/none');
  const told = await metrics();
  expect(told.get('synod_leader')).toBe(1);
  expect(told.get('synod_revision')).toBe(1);
  expect(told.get('synod_http_answers_total{status="201"}')).toBe(1);
  expect(told.get('synod_http_answers_total{status="404"}')).toBe(2);
  expect(told.get('synod_member_reachable{member="3"}')).toBe(1);
  expect(told.get('synod_peer_refusals_total{reason="badMac"}')).toBe(3);
  expect(told.get('synod_peer_refusals_total{reason="wrongCluster"}')).toBe(1);
  expect(told.get('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
});

test('what only grows is a counter, and is not counted again from one look to the next', async () => {
  await call(http.port, 'PUT', '/v1/kv/a', { body: 'x' });
  await metrics();
  const { body } = await call(http.port, 'GET', '/metrics');
  const typed = [...body.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]);
  expect(typed.length).toBeGreaterThan(0);
  for (const [name, type] of typed) {
    expect([name, type]).toEqual([name, name?.endsWith('_total') ? 'counter' : 'gauge']);
  }
  expect(body).toContain('synod_http_answers_total{status="201"} 1\n');
});

test('follows the replica from one look to the next', async () => {
  expect((await metrics()).get('synod_ready')).toBe(1);
  http.replica.ready = false;
  http.replica.leaderId = 2;
  const told = await metrics();
  expect([told.get('synod_ready'), told.get('synod_leader')]).toEqual([0, 0]);
});
