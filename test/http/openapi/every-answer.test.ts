/** Every route is brought to give every answer that the document names, and gives no other. */
import { describe, expect, test } from 'vitest';
import { ROUTES, type Route } from '../../../src/http/routes.ts';
import { startHttp } from '../http-fixture.ts';
import { sendRaw } from '../raw-client.ts';
import { API, faultsOf, pathOf, type Seen } from './api-document.ts';
import { type Drive, driveOf, requestOf } from './drives.ts';

const seen = new Set<string>();

function statusesOf({ method, path }: Route): readonly number[] {
  return Object.keys(API.paths[path]?.[method.toLowerCase()]?.responses ?? {}).map(Number);
}

async function drive(route: Route, how: Drive): Promise<readonly string[]> {
  const http = await startHttp(how.limits);
  const { method } = route;
  const options = { isHead: method === 'HEAD' };
  how.prepare?.(http.replica);
  await new Promise((resolve) => setImmediate(resolve));
  if (how.afterIts !== undefined) {
    await sendRaw(http.port, requestOf(route, how, true).bytes, options);
  }
  const { bytes, target } = requestOf(route, how);
  const { body, fields, status } = await sendRaw(http.port, bytes, options);
  seen.add(`${method} ${pathOf(target)} ${status}`);
  await http.server.close();
  const isWhole = fields.get('transfer-encoding') === undefined;
  return faultsOf({ method, target, status, fields, body: isWhole ? body : undefined });
}

describe.concurrent.each(ROUTES)('$method $path', (route) => {
  test('answers as is documented', async () => {
    const statuses = statusesOf(route);
    expect(statuses.length).toBeGreaterThan(4);
    const faults = await Promise.all(
      statuses.map((status) => drive(route, driveOf(route, status))),
    );
    expect(faults.flat()).toEqual([]);
  });
});

test('no answer is documented that never comes', () => {
  const documented = ROUTES.flatMap((route) =>
    statusesOf(route).map((status) => `${route.method} ${route.path} ${status}`),
  );
  expect(documented.length).toBeGreaterThan(300);
  expect(documented.filter((answer) => !seen.has(answer))).toEqual([]);
});

describe('an answer that is not documented is told', () => {
  const fields = new Map([
    ['synod-revision', '7'],
    ['synod-replica', '1'],
    ['request-id', 'b007-1'],
    ['content-type', 'application/json'],
  ]);
  const good = { method: 'GET', target: '/v1/kv?count', status: 200, fields, body: '' };
  const count = { ...good, body: '{"revision":7,"count":1}' };
  const level = ['synod-consistency', 'local'] as const;
  const named = { ...count, fields: new Map([...fields, level]) };
  const problem = { detail: '', outcome: 'not_applied', retryable: false, requestId: 'b007-1' };
  const notFound = {
    ...problem,
    type: 'urn:synod:problem:x',
    title: '',
    status: 404,
    leader: null,
  };

  function refused(code: string): Seen {
    const type = ['content-type', 'application/problem+json'] as const;
    const body = JSON.stringify({ ...notFound, code });
    return { ...good, target: '/v1/kv/a', status: 404, fields: new Map([...fields, type]), body };
  }

  test('but not one that is', () => {
    expect(faultsOf(named)).toEqual([]);
    expect(faultsOf(refused('key_not_found'))).toEqual([]);
  });

  test.each<[string, Seen, string]>([
    ['another status', { ...named, status: 299 }, 'is not documented'],
    ['another route', { ...named, target: '/v1/nowhere' }, 'is not documented'],
    ['another method', { ...named, method: 'PATCH' }, 'is not documented'],
    ['a field that is missing', count, 'it lacks Synod-Consistency'],
    [
      'a field too many',
      { ...named, fields: new Map([...named.fields, ['server', 'x']]) },
      'it has server',
    ],
    [
      'a field that is wrong',
      { ...named, fields: new Map([...named.fields, ['synod-revision', 'x']]) },
      'Synod-Revision',
    ],
    ['a member too many', { ...named, body: '{"revision":7,"count":1,"more":1}' }, 'additional'],
    ['a member of another type', { ...named, body: '{"revision":7,"count":"1"}' }, 'integer'],
    [
      'another type',
      { ...named, fields: new Map([...named.fields, ['content-type', 'text/html']]) },
      'its type is text/html',
    ],
    ['a body that is none', { ...named, target: '/v1/kv/a', status: 304 }, 'it has a body'],
    ['another code', refused('slot_not_found'), 'allowed values'],
  ])('%s', (_, seen, fault) => {
    expect(faultsOf(seen).join()).toContain(fault);
  });

  test.each([
    ['application/x-ndjson', '{"event":"put"}\n'],
    ['text/event-stream', 'event: put\ndata: {"event":"put"}\n\n'],
  ])('in a stream of %s', (type, body) => {
    const stream = new Map([
      ...named.fields,
      ['content-type', type],
      ['cache-control', 'no-store'],
    ]);
    const seen = { ...named, target: '/v1/watch?prefix=', fields: stream, body };
    expect(faultsOf(seen).join()).toContain('required property');
    const bookmark = body.replace('{"event":"put"}', '{"event":"bookmark","revision":7}');
    expect(faultsOf({ ...seen, body: bookmark })).toEqual([]);
  });
});
