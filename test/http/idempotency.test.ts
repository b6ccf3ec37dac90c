/** `Idempotency-Key`: a write takes effect once, and a repetition gets the first answer again. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startHttp, type HttpFixture } from './http-fixture.ts';
import { call, type RawAnswer } from './raw-client.ts';

let http: HttpFixture;

beforeEach(async () => {
  http = await startHttp();
});
afterEach(() => http.server.close());

interface Wish {
  readonly method?: string;
  readonly target?: string;
  readonly body?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

function send(key: string | undefined, wish: Wish = {}): Promise<RawAnswer> {
  const { body, method = 'POST', target = '/v1/kv/n?incr=1' } = wish;
  const keyed = key === undefined ? {} : { 'Idempotency-Key': key };
  const fields = { ...keyed, ...wish.fields };
  return call(http.port, method, target, body === undefined ? { fields } : { fields, body });
}

/** What a repetition has of its own. */
const OWN = ['request-id', 'synod-revision', 'synod-replica', 'idempotency-replayed', 'date'];

function fieldsOf({ fields }: RawAnswer): readonly (readonly [string, string])[] {
  return [...fields].filter(([name]) => !OWN.includes(name));
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const transaction = (parts: string): Wish => ({
  target: '/v1/txn',
  body: parts,
  fields: JSON_TYPE,
});

describe('a write with a key', () => {
  test.each<[string, Wish, number]>([
    ['a put', { method: 'PUT', target: '/v1/kv/a?prev', body: 'x' }, 201],
    ['an increment', {}, 200],
    ['a delete', { method: 'DELETE', target: '/v1/kv/there?prev' }, 200],
    ['a delete of nothing', { method: 'DELETE', target: '/v1/kv/none' }, 404],
    ['a delete of a range', { method: 'DELETE', target: '/v1/kv?prefix=the' }, 200],
    ['a transaction', transaction('{"then":[{"op":"get","key":"there"}]}'), 200],
    ['a guard that fails', transaction('{"if":[{"key":"there","exists":false}],"then":[]}'), 412],
    [
      'a condition that fails',
      { method: 'PUT', target: '/v1/kv/there', body: 'x', fields: { 'If-None-Match': '*' } },
      412,
    ],
    ['what is no number', { target: '/v1/kv/there?incr=1' }, 409],
  ])('%s is answered the same again', async (_, wish, status) => {
    await send(undefined, { method: 'PUT', target: '/v1/kv/there', body: 'old' });
    const first = await send('key-1', wish);
    expect([first.status, first.fields.has('idempotency-replayed')]).toEqual([status, false]);
    const { revision } = http.replica.store;
    await send(undefined, { method: 'PUT', target: '/v1/kv/other', body: 'x' });
    const again = await send('key-1', wish);
    expect(again.status).toBe(status);
    expect(again.fields.get('idempotency-replayed')).toBe('true');
    expect(again.fields.get('synod-revision')).toBe(`${revision + 1}`);
    expect(fieldsOf(again)).toEqual(fieldsOf(first));
    const bodies = [first, again].map(({ body }) => body.replace(/"requestId":"[^"]*"/, ''));
    expect(bodies[1]).toBe(bodies[0]);
  });

  test('takes effect once', async () => {
    for (let left = 5; left > 0; left -= 1) expect((await send('k')).body).toBe('1');
    expect((await send('other')).body).toBe('2');
    expect((await send(undefined)).body).toBe('3');
  });

  test.each<[string, Wish]>([
    ['method', { method: 'PUT', body: 'x', target: '/v1/kv/n' }],
    ['path', { target: '/v1/kv/m?incr=1' }],
    ['query', { target: '/v1/kv/n?incr=2' }],
    ['condition', { fields: { 'If-Match': '"1"' } }],
    [
      'content type',
      { method: 'POST', target: '/v1/kv/n?incr=1', fields: { 'Content-Type': 'a/b' } },
    ],
  ])('is refused with another %s', async (_, wish) => {
    await send('k');
    const { revision } = http.replica.store;
    const { body, status } = await send('k', wish);
    expect([status, JSON.parse(body).code]).toEqual([422, 'idempotency_mismatch']);
    expect(http.replica.store.revision).toBe(revision);
  });

  test('is refused with another body', async () => {
    const wish = { method: 'PUT', target: '/v1/kv/a' };
    await send('k', { ...wish, body: 'one' });
    expect((await send('k', { ...wish, body: 'two' })).status).toBe(422);
    expect((await send('k', { ...wish, body: 'one' })).status).toBe(201);
  });

  test('is refused where no more answers can be kept, and may be sent again', async () => {
    http.replica.onceLimits = { ...http.replica.onceLimits, entries: 1 };
    await send('a');
    const { body, fields, status } = await send('b');
    expect([status, fields.get('retry-after')]).toEqual([503, '1']);
    expect(JSON.parse(body)).toMatchObject({
      code: 'idempotency_full',
      outcome: 'not_applied',
      retryable: true,
    });
    http.replica.timeMs = 600_001;
    expect((await send('b')).body).toBe('2');
  });

  test('says so where its answer was too long to be kept', async () => {
    const value = 'v'.repeat(70_000);
    await send(undefined, { method: 'PUT', target: '/v1/kv/a', body: value });
    const wish = { method: 'PUT', target: '/v1/kv/a?prev', body: 'x' };
    expect(JSON.parse((await send('k', wish)).body)).toMatchObject({ prev: { value } });
    const again = await send('k', wish);
    expect([again.status, JSON.parse(again.body)]).toEqual([200, { revision: 2, truncated: true }]);
  });

  test('is in no list', async () => {
    await send('k');
    const { body } = await call(http.port, 'GET', '/v1/kv?keys');
    expect(JSON.parse(body).items).toEqual(['n']);
  });
});
