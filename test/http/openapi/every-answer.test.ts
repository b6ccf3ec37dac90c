/** Every route is brought to give every answer that the document names, and gives no other. */
import { describe, expect, test } from 'vitest';
import { ROUTES, type Route } from '../../../src/http/routes.ts';
import { startHttp } from '../http-fixture.ts';
import { sendRaw } from '../raw-client.ts';
import { API, faultsOf, pathOf } from './api-document.ts';
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
