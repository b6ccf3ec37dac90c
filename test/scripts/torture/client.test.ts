import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { freePorts } from '../../../scripts/bench/ports.ts';
import { ReplicaClient, WrongAnswer } from '../../../scripts/torture/client.ts';
import { Connection } from '../../../scripts/torture/connection.ts';

const GET = { method: 'GET', path: '/v1/kv/a' } as const;
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

test.each([
  [200, { value: 1 }, { type: 'ok', status: 200 }],
  [404, problem('key_not_found', 'not_applied'), { type: 'refused', code: 'key_not_found' }],
  [412, problem('condition_failed', 'not_applied'), { type: 'refused', code: 'condition_failed' }],
  [503, problem('no_leader', 'not_applied'), { type: 'fail', why: '503 no_leader' }],
  [504, problem('timed_out', 'unknown'), { type: 'unknown', why: '504 timed_out' }],
])('an answer says what became of a request: %i', async (status, body, outcome) => {
  const client = await clientOf((response) => answer(response, status, body));
  expect(await client.ask(GET)).toMatchObject(outcome);
});

test.each([
  [400, problem('invalid_json', 'not_applied')],
  [412, problem('condition_failed', 'applied')],
  [404, 'no problem at all'],
])('an answer that should not be ends the run: %i', async (status, body) => {
  const client = await clientOf((response) => answer(response, status, body));
  await expect(client.ask(GET)).rejects.toThrow(WrongAnswer);
});

test('what was never sent did not happen, what was cut off nobody knows', async () => {
  const client = await clientOf((response) => response.socket?.destroy());
  expect(await client.ask({ ...GET, method: 'PUT', body: '1' })).toMatchObject({ type: 'unknown' });
  const [port = 0] = await freePorts(1);
  const nobody = new ReplicaClient(1, `http://127.0.0.1:${port}`);
  closing.push(() => nobody.close());
  expect(await nobody.ask(GET)).toMatchObject({ type: 'fail' });
});

test('where an answer does not come in time nobody knows', async () => {
  const client = await clientOf(() => undefined);
  expect(await client.ask({ ...GET, limitMs: 50 })).toMatchObject({ type: 'unknown' });
});

test('a connection is never another one', async () => {
  let asked = 0;
  const client = await clientOf((response) => {
    asked += 1;
    if (asked === 2) response.socket?.destroy();
    else answer(response, 200, {});
  });
  const connection = new Connection(client);
  closing.push(() => connection.close());
  expect(await connection.ask(GET)).toMatchObject({ type: 'ok' });
  expect(await connection.ask(GET)).toMatchObject({ type: 'unknown' });
  expect((await connection.ask(GET)).type).not.toBe('ok');
  expect(asked).toBe(2);
});

function problem(code: string, outcome: string): object {
  return { code, outcome };
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function clientOf(respond: (response: ServerResponse) => void): Promise<ReplicaClient> {
  const server = createServer((_request, response) => respond(response));
  closing.push(() => closed(server));
  const [port = 0] = await freePorts(1);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const client = new ReplicaClient(1, `http://127.0.0.1:${port}`);
  closing.push(() => client.close());
  return client;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
