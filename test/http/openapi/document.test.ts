/** `/openapi.json` and `/docs` as they are served, and what ties them to the parsers. */
// oxlint-disable no-thenable -- the name is the API's, and none of these objects is awaited
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KNOWN_FIELDS } from '../../../src/http/fields.ts';
import { ROUTES } from '../../../src/http/routes.ts';
import { lockOf } from '../../../src/kv/lease-draft.ts';
import { transactionCases } from '../bad-input/transaction-cases.ts';
import { startHttp, type HttpFixture } from '../http-fixture.ts';
import { call } from '../raw-client.ts';
import { API, breachOf } from './api-document.ts';
import { arrangeAll, requestOf } from './drives.ts';

let http: HttpFixture;

beforeAll(async () => {
  http = await startHttp();
});
afterAll(() => http.server.close());

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'];

describe('the document', () => {
  test('is OpenAPI 3.1, and the one that answers are held against', async () => {
    const answer = await fetch(`${http.url}/openapi.json`);
    expect(answer.headers.get('content-type')).toBe('application/json');
    const document: unknown = await answer.json();
    expect(document).toEqual(API);
    const validator = new Validator();
    expect(await validator.validate(JSON.parse(JSON.stringify(API)))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  test('is not taken for valid where it is not', async () => {
    const { info: _, ...broken } = API;
    expect(await new Validator().validate({ ...broken })).toMatchObject({ valid: false });
  });

  test('has every path that a target is matched to, and no other', () => {
    const source = readFileSync('src/http/target.ts', 'utf8');
    const paths = [...source.matchAll(/^ {2}\| '([^']+)'/gm)].map(([, path]) => path);
    expect(paths.length).toBeGreaterThan(15);
    expect(new Set(Object.keys(API.paths))).toEqual(new Set(paths));
  });

  test.each(Object.entries(API.paths))('has the methods of %s', async (path, methods) => {
    const documented = Object.keys(methods).map((method) => method.toUpperCase());
    const target = path.replace(/\{\w+\}/, '1');
    for (const method of METHODS.filter((one) => !documented.includes(one))) {
      const answer = await call(http.port, method, target);
      expect([method, answer.status]).toEqual([method, 405]);
      expect(answer.fields.get('allow')?.split(', ').toSorted()).toEqual(documented.toSorted());
    }
  });

  test('names every code of a problem', () => {
    const source = readFileSync('src/http/problem.ts', 'utf8');
    const codes = [...source.matchAll(/^ {2}(\w+): \[\d{3}, /gm)].map(([, code = '']) => code);
    expect(codes.length).toBeGreaterThan(40);
    const text = JSON.stringify(API);
    expect(codes.filter((code) => !text.includes(`"${code}"`))).toEqual([]);
  });

  test('leads nowhere that is not there, and names each operation once', () => {
    const text = JSON.stringify(API);
    const refs = [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)];
    expect(refs.length).toBeGreaterThan(1000);
    const components: Readonly<Record<string, object>> = API.components;
    const lost = refs.filter(
      ([, kind = '', name = '']) => !Object.hasOwn(components[kind] ?? {}, name),
    );
    expect(lost).toEqual([]);
    const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
    expect(ids).toHaveLength(ROUTES.length);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('what a route takes', () => {
  const reading = ROUTES.filter(({ method }) => method !== 'HEAD');

  test.each(reading)('$method $path: these query parameters, and no others', async (route) => {
    const { bytes: _, target } = requestOf(route, { query: '?no-such-parameter' });
    const { example, query } = route.operation;
    const answer = await call(http.port, route.method, target, {
      ...(example.fields === undefined ? {} : { fields: example.fields }),
      ...(example.body === undefined ? {} : { body: example.body }),
    });
    const names = Object.keys(query);
    const documented = API.paths[route.path]?.[route.method.toLowerCase()]?.parameters ?? [];
    const inQuery = documented.flatMap((one) =>
      'in' in one && one.in === 'query' ? one.name : [],
    );
    expect(inQuery).toEqual(names);
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'unknown_parameter',
      detail: `known here: ${names.length === 0 ? 'none' : names.join(', ')}`,
    });
  });

  test('no header field is looked at that is neither described nor refused', async () => {
    const described = new Set(
      ROUTES.flatMap(({ operation }) => operation.fields.map((name) => name.toLowerCase())),
    );
    const known = new Set(KNOWN_FIELDS);
    expect([...described].filter((name) => !known.has(name))).toEqual([]);
    // Of HTTP itself: how a request is framed.
    const framing = ['host', 'content-length', 'transfer-encoding', 'content-encoding', 'expect'];
    const others = KNOWN_FIELDS.filter((name) => !framing.includes(name) && !described.has(name));
    for (const name of others) {
      const answer = await call(http.port, 'PUT', '/v1/kv/a', {
        fields: { [name]: 'x' },
        body: '',
      });
      expect([name, answer.body]).toEqual([name, expect.stringContaining('"not_supported"')]);
    }
  });

  /** Refused for what no schema says: a body that is no JSON, bytes, what two actions do together. */
  const BEYOND = [
    'then twice',
    'half a character in a key',
    'a type too long',
    'list of 10,001',
    'two writes to a key',
    'a write into a deleted range',
    'a deleted range over a write',
  ].map((name) => `transaction: ${name}`);

  test('a transaction that is refused for its shape is refused by the schema too', () => {
    const schema = { $ref: '#/components/schemas/Transaction' };
    const refused = transactionCases().filter(({ code }) => code === 'invalid_json');
    expect(refused.length).toBeGreaterThan(40);
    const taken = refused.filter(({ bytes }) => {
      const body = bytes.slice(bytes.indexOf('\r\n\r\n') + 4);
      return breachOf(schema, JSON.parse(body), 'api') === undefined;
    });
    expect(taken.map(({ name }) => name).toSorted()).toEqual(BEYOND.toSorted());
    const good = {
      if: [{ key: 'a', exists: false }],
      then: [{ op: 'get', key64: 'YQ' }],
      else: [],
    };
    expect(breachOf(schema, good, 'api')).toBeUndefined();
  });
});

describe('the page', () => {
  test('has every route, loads nothing, and runs nothing', async () => {
    const answer = await fetch(`${http.url}/docs`);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; /,
    );
    const html = await answer.text();
    const absent = ROUTES.filter(({ operation }) => !html.includes(`id="${operation.id}"`));
    expect(absent).toEqual([]);
    expect(html).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|\sstyle=|@import|url\(/i);
    const targets = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, to = '']) => to);
    const anchors = new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id = '']) => `#${id}`));
    expect(targets.filter((to) => to !== '/openapi.json' && !anchors.has(to))).toEqual([]);
  });

  /** In an order in which each finds what it needs. */
  const RANKS: Readonly<Record<string, number>> = { PUT: 0, POST: 1, DELETE: 3 };
  const rankOf = ({ method }: (typeof ROUTES)[number]): number => RANKS[method] ?? 2;

  test('its lines of curl do what they say', async () => {
    arrangeAll(http.replica);
    const routes = ROUTES.toSorted((a, b) => rankOf(a) - rankOf(b));
    for (const { method, operation, path } of routes) {
      const samples = API.paths[path]?.[method.toLowerCase()]?.['x-codeSamples'];
      const [{ source }] = samples ?? [{ source: '' }];
      expect(source).toContain('http://127.0.0.1:7600/');
      // What goes on without an end is left when nothing comes for a while.
      const isEndless = 'endless' in operation.example;
      const fence = lockOf(http.replica.store, 'jobs')?.fence ?? 0;
      const line = source
        .replace('http://127.0.0.1:7600', http.url)
        .replace('jobs=1', `jobs=${fence}`);
      const command = isEndless ? line.replace('curl ', 'curl --max-time 0.3 ') : line;
      const ended = await shell(`${command} --silent --show-error --output /dev/null`);
      const timedOut = [28, expect.stringContaining('timed out')];
      expect([command, ...ended]).toEqual([command, ...(isEndless ? timedOut : [0, ''])]);
    }
  });
});

function shell(command: string): Promise<readonly [status: number, errors: string]> {
  return new Promise((resolve) => {
    const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.on('close', (status) => resolve([status ?? -1, errors]));
  });
}
