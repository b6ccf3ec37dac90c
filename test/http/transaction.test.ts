/** `POST /v1/txn` and `POST /v1/kv/{key}?incr=`: what they take, and what they answer. */
// oxlint-disable no-thenable -- the name is the API's, and none of these objects is awaited
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startHttp, type HttpFixture } from './http-fixture.ts';
import { call, type RawAnswer } from './raw-client.ts';

let http: HttpFixture;

beforeEach(async () => {
  http = await startHttp();
});
afterEach(() => http.server.close());

function transact(body: object | string, type = 'application/json'): Promise<RawAnswer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const bytes = Buffer.from(text).toString('latin1');
  return call(http.port, 'POST', '/v1/txn', { body: bytes, fields: { 'Content-Type': type } });
}

function put(key: string, body: string): Promise<RawAnswer> {
  return call(http.port, 'PUT', `/v1/kv/${key}`, { body });
}

function get(path: string): Promise<RawAnswer> {
  return call(http.port, 'GET', path, {});
}

function json(answer: RawAnswer): unknown {
  return JSON.parse(Buffer.from(answer.body, 'latin1').toString('utf8'));
}

function many(length: number, make: (at: number) => object): readonly object[] {
  return Array.from({ length }, (_, at) => make(at));
}

function add(query: string, fields: Record<string, string> = {}): Promise<RawAnswer> {
  return call(http.port, 'POST', `/v1/kv/n?${query}`, { fields });
}

describe('a transaction', () => {
  test('does what stands under then, at one revision, and tells what came of each action', async () => {
    await put('n', '5');
    await put('logs/1', 'x');
    const answer = await transact({
      if: [
        { key: 'n', exists: true },
        { key: 'n', value: '5' },
        { key: 'absent', revision: 0 },
        { key: 'n', version: 0, op: '>' },
        { key: 'absent', exists: true, op: '!=' },
      ],
      then: [
        { op: 'put', key: 'k\u00e9y', value: '\u00e9', contentType: 'text/plain' },
        { op: 'put', key: 'b', value: '/w==', encoding: 'base64' },
        { op: 'incr', key: 'n', incr: -6 },
        { op: 'delete', key: 'absent' },
        { op: 'deletePrefix', prefix: 'logs/' },
        { op: 'get', key: 'n' },
        { op: 'get', key: 'absent' },
        { op: 'list', prefix: 'k' },
        { op: 'list', keys: true, limit: 2 },
      ],
    });
    expect(answer.status).toBe(200);
    expect(answer.fields.get('synod-revision')).toBe('3');
    const number = { key: 'n', value: '-1', encoding: 'utf8', createRevision: 1, revision: 3 };
    const key = { key: 'k\u00e9y', value: '\u00e9', contentType: 'text/plain', revision: 3 };
    expect(json(answer)).toMatchObject({
      succeeded: true,
      revision: 3,
      results: [
        { key: 'k\u00e9y', revision: 3, version: 1, created: true },
        { key: 'b', revision: 3, version: 1, created: true },
        { key: 'n', value: -1, revision: 3, version: 2, created: false },
        { deleted: 0 },
        { deleted: 1 },
        number,
        null,
        { items: [key], more: false },
        { items: ['b', 'k\u00e9y'], more: true },
      ],
    });
    expect((await get('/v1/kv/b')).body).toBe('\xff');
  });

  test('with a guard that fails does what stands under else', async () => {
    const answer = await transact({
      if: [{ key: 'a', exists: true }],
      then: [],
      else: [{ op: 'put', key: 'a', value: '1' }],
    });
    expect(json(answer)).toMatchObject({ succeeded: false, revision: 1, results: [{ key: 'a' }] });
    const empty = await transact({ if: [{ key: 'a', value: '2' }], then: [], else: [] });
    expect([empty.status, json(empty)]).toEqual([
      200,
      { succeeded: false, revision: 1, results: [] },
    ]);
  });

  test('is refused with all guards that fail where there is no else', async () => {
    await put('a', '1');
    const guards = [
      { key: 'a', value: '2' },
      { key: 'a', exists: true },
      { key: 'a', version: 2 },
    ];
    const answer = await transact({ if: guards, then: [{ op: 'delete', key: 'a' }] });
    expect(answer.status).toBe(412);
    expect(json(answer)).toMatchObject({
      code: 'guards_failed',
      failed: [0, 2],
      outcome: 'not_applied',
    });
    expect((await get('/v1/kv/a')).status).toBe(200);
  });

  test('is refused as a whole where something is to be added to no number', async () => {
    await put('a', 'x');
    const then = [
      { op: 'put', key: 'b', value: '1' },
      { op: 'incr', key: 'a', incr: 1 },
    ];
    const answer = await transact({ then });
    expect([answer.status, json(answer)]).toEqual([
      409,
      expect.objectContaining({ code: 'not_a_number', action: 1, outcome: 'not_applied' }),
    ]);
    expect((await get('/v1/kv/b')).status).toBe(404);
  });

  test('takes keys that are no UTF-8, and shows them', async () => {
    const key64 = Buffer.from([0xff, 0x00]).toString('base64url');
    const then = [
      { op: 'put', key64, value: '1' },
      { op: 'list', keys: true },
    ];
    expect(json(await transact({ then }))).toMatchObject({
      results: [{ key64 }, { items: [{ key64 }] }],
    });
  });

  const put1 = { op: 'put', key: 'a', value: '1' };
  test.each([
    ['two writes to one key', { then: [put1, { op: 'delete', key: 'a' }] }, 'then[1]'],
    ['two in a range', { then: [put1, { op: 'deletePrefix', prefix: '' }] }, 'then[1]'],
    ['one in a range before', { then: [{ op: 'deletePrefix', prefix: 'a' }, put1] }, 'then[1]'],
    [
      'ranges within each other',
      {
        then: [
          { op: 'deletePrefix', prefix: 'ab' },
          { op: 'deletePrefix', prefix: 'a' },
        ],
      },
      'then[1]',
    ],
    ['the same in else', { then: [], else: [put1, put1] }, 'else[1]'],
    ['nothing to do', { if: [] }, '"then" is missing'],
    ['another member', { then: [], otherwise: [] }, 'known: then, if, else'],
    ['no list', { then: {} }, '"then" is a list'],
    ['no action', { then: ['put'] }, 'then[0] is an object'],
    ['an unknown action', { then: [{ op: 'cas', key: 'a' }] }, 'then[0] has no "op"'],
    ['a member of another action', { then: [{ ...put1, prefix: 'a' }] }, 'not known there'],
    ['no key', { then: [{ op: 'get' }] }, 'has no "key"'],
    ['an empty key', { then: [{ op: 'get', key: '' }] }, 'has an empty "key"'],
    ['two keys', { then: [{ op: 'get', key: 'a', key64: 'YQ' }] }, 'has both'],
    ['a key that is no base64url', { then: [{ op: 'get', key64: 'Y+Q=' }] }, 'base64url'],
    ['no value', { then: [{ op: 'put', key: 'a' }] }, 'has no "value"'],
    ['a number for a value', { then: [{ op: 'put', key: 'a', value: 1 }] }, 'is no string'],
    ['an unknown encoding', { then: [{ ...put1, encoding: 'hex' }] }, '"encoding"'],
    ['no base64', { then: [{ ...put1, value: 'a', encoding: 'base64' }] }, 'no base64'],
    ['no media type', { then: [{ ...put1, contentType: 'text' }] }, 'no media type'],
    ['no number to add', { then: [{ op: 'incr', key: 'a' }] }, 'has no "incr"'],
    ['half a number', { then: [{ op: 'incr', key: 'a', incr: 0.5 }] }, 'no whole number'],
    ['a list of nothing', { then: [{ op: 'list', limit: 0 }] }, 'no whole number'],
    ['no prefix', { then: [{ op: 'deletePrefix' }] }, 'has no "prefix"'],
    ['a guard on nothing', { if: [{ key: 'a' }], then: [] }, 'if[0] has one of'],
    ['a guard on two things', { if: [{ key: 'a', version: 1, value: '' }], then: [] }, 'one of'],
    ['an unknown comparison', { if: [{ key: 'a', version: 1, op: '>=' }], then: [] }, '"op"'],
    ['what exists, compared', { if: [{ key: 'a', exists: true, op: '<' }], then: [] }, '"exists"'],
    ['a negative revision', { if: [{ key: 'a', revision: -1 }], then: [] }, 'whole number'],
    ['exists in quotes', { if: [{ key: 'a', exists: 'true' }], then: [] }, 'true or false'],
  ])('is refused: %s', async (_, body, detail) => {
    const answer = await transact(body);
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('"invalid_json"')]);
    expect(JSON.parse(answer.body)).toMatchObject({ detail: expect.stringContaining(detail) });
    expect(http.replica.writes).toBe(0);
  });

  test('is refused beyond its limits, with their names', async () => {
    const refusals: readonly (readonly [object, number, string])[] = [
      [{ then: many(1001, (at) => ({ op: 'get', key: `${at}` })) }, 413, 'transactionParts'],
      [{ then: many(17, () => ({ op: 'list' })) }, 413, 'transactionRanges'],
      [{ then: [{ op: 'get', key: 'k'.repeat(1025) }] }, 400, 'keyBytes'],
      [{ then: [{ op: 'put', key: 'a', value: 'v'.repeat(1_048_577) }] }, 413, 'valueBytes'],
      [{ then: [{ op: 'put', key: 'a', value: 'v'.repeat(4_194_304) }] }, 413, 'transactionBytes'],
    ];
    for (const [body, status, limit] of refusals) {
      const answer = await transact(body);
      expect([answer.status, JSON.parse(answer.body)]).toEqual([
        status,
        expect.objectContaining({ limit }),
      ]);
    }
    const most = many(1000, (at) => ({ op: 'get', key: `${at}` }));
    expect((await transact({ then: most })).status).toBe(200);
  });

  test('is JSON, and has no other conditions', async () => {
    expect((await transact('{"then":[]}', 'text/plain')).status).toBe(415);
    const fields = { 'Content-Type': 'application/json', 'If-Match': '*' };
    const answer = await call(http.port, 'POST', '/v1/txn', { body: '{"then":[]}', fields });
    expect([answer.status, answer.body]).toEqual([
      400,
      expect.stringContaining('invalid_condition'),
    ]);
  });
});

describe('an increment', () => {
  test('answers with the sum alone', async () => {
    const first = await add('incr=5');
    expect([first.status, first.body, first.fields.get('etag')]).toEqual([200, '5', '"1"']);
    expect((await add('incr=-7')).body).toBe('-2');
    expect((await get('/v1/kv/n')).body).toBe('-2');
  });

  test('is refused where there is no number, and under a condition that fails', async () => {
    await put('n', 'x');
    const answer = await add('incr=1');
    expect([answer.status, json(answer)]).toEqual([
      409,
      expect.objectContaining({ code: 'not_a_number', outcome: 'not_applied' }),
    ]);
    const stale = await add('incr=1', { 'If-Match': '"7"' });
    expect([stale.status, stale.fields.get('etag')]).toEqual([412, '"1"']);
  });

  test.each([
    '',
    'incr',
    'incr=',
    'incr=x',
    'incr=1.5',
    'incr=01',
    'incr=9007199254740992',
    'incr=1&prev',
  ])('is refused: %s', async (query) => {
    const answer = await add(query);
    expect([answer.status, http.replica.writes]).toEqual([400, 0]);
  });
});
