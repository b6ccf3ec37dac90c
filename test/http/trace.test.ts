/** `?trace`: the story of a write, along with its answer. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WriteTrace } from '../../src/paxos/write-trace.ts';
import { startHttp, type HttpFixture } from './http-fixture.ts';
import { call, type RawAnswer } from './raw-client.ts';

const TRACE: WriteTrace = {
  slot: 17,
  epoch: 2,
  ballot: { round: 4, leader: 1 },
  commands: 3,
  proposedUs: 120,
  sync: { startedUs: 150, durableUs: 1_250 },
  accepted: [
    { id: 2, atUs: 1_120, heldUs: 600 },
    { id: 1, atUs: 1_300, heldUs: 1_130 },
    { id: 3, atUs: 1_400 },
  ],
  chosenUs: 1_300,
  appliedUs: 1_450,
};

const STORY = {
  slot: 17,
  epoch: 2,
  ballot: { round: 4, leader: 1 },
  commands: 3,
  proposedAtMs: 0.12,
  syncMs: 1.1,
  accepted: [
    { id: 2, atMs: 1.12, heldMs: 0.6, networkMs: 0.4 },
    { id: 1, atMs: 1.3, heldMs: 1.13 },
    { id: 3, atMs: 1.4 },
  ],
  chosenAtMs: 1.3,
  appliedAtMs: 1.45,
};

const TIMING =
  'queue;dur=0.12, sync;dur=1.1, accepted-2;dur=1, accepted-1;dur=1.18, accepted-3;dur=1.28, ' +
  'quorum;dur=1.18, apply;dur=0.15';

let http: HttpFixture;

beforeEach(async () => {
  http = await startHttp();
  http.replica.trace = TRACE;
});
afterEach(() => http.server.close());

interface Wish {
  readonly body?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

function send(method: string, target: string, wish: Wish = {}): Promise<RawAnswer> {
  return call(http.port, method, target, wish);
}

const timingOf = ({ fields }: RawAnswer): string | undefined => fields.get('server-timing');

describe('the story', () => {
  test.each<[string, string, Wish, number]>([
    ['PUT', '/v1/kv/a?trace', { body: 'x' }, 201],
    ['PUT', '/v1/kv/a?prev&trace=true', { body: '\u00e9' }, 201],
    ['DELETE', '/v1/kv/there?trace', {}, 200],
    ['DELETE', '/v1/kv?prefix=the&trace', {}, 200],
    ['POST', '/v1/txn?trace', { body: '{"then":[]}', fields: JSON_TYPE }, 200],
    ['DELETE', '/v1/kv/none?trace', {}, 404],
    ['PUT', '/v1/kv/there?trace', { body: 'x', fields: { 'If-None-Match': '*' } }, 412],
    ['POST', '/v1/kv/there?incr=1&trace', {}, 409],
  ])('of %s %s is in its JSON and its Server-Timing', async (method, target, wish, status) => {
    await send('PUT', '/v1/kv/there', { body: 'old' });
    const told = await send(method, target, wish);
    expect([told.status, timingOf(told)]).toEqual([status, `${TIMING}, total;dur=1.45`]);
    expect(JSON.parse(told.body)).toMatchObject({ trace: STORY });
  });

  test('of an increment is in the Server-Timing alone: its body is the number', async () => {
    const told = await send('POST', '/v1/kv/n?incr=5&trace');
    expect([told.status, told.body, timingOf(told)]).toEqual([
      200,
      '5',
      `${TIMING}, total;dur=1.45`,
    ]);
  });

  test('that a follower tells says how long the way to the leader and back took', async () => {
    http.replica.trace = { ...TRACE, forwarded: { by: 1, waitedUs: 50, roundTripUs: 2_400 } };
    const told = await send('PUT', '/v1/kv/a?trace', { body: 'x' });
    expect(timingOf(told)).toBe(`${TIMING}, forward;dur=1, total;dur=2.45`);
    expect(JSON.parse(told.body)).toMatchObject({
      trace: { ...STORY, forwarded: { by: 1, waitedMs: 0.05, roundTripMs: 2.4 } },
    });
  });

  test('of a write that is not known to be done ends where it is known', async () => {
    const { slot, epoch, ballot, commands, proposedUs } = TRACE;
    http.replica.trace = { slot, epoch, ballot, commands, proposedUs, accepted: [] };
    http.replica.plannedWrites.push({ type: 'unknown', reason: 'deadline' });
    const told = await send('PUT', '/v1/kv/a?trace', { body: 'x' });
    expect([told.status, timingOf(told)]).toEqual([504, 'queue;dur=0.12']);
    expect(JSON.parse(told.body)).toMatchObject({
      code: 'timed_out',
      outcome: 'unknown',
      trace: { slot: 17, accepted: [] },
    });
  });

  test('is null where there is none to tell', async () => {
    http.replica.trace = undefined;
    const told = await send('PUT', '/v1/kv/a?trace', { body: 'x' });
    expect([told.status, timingOf(told)]).toEqual([201, undefined]);
    expect(JSON.parse(told.body)).toMatchObject({ revision: 1, trace: null });
    http.replica.plannedWrites.push({ type: 'notApplied', reason: 'noLeader' });
    const refused = await send('PUT', '/v1/kv/a?trace', { body: 'x' });
    expect([refused.status, refused.fields.get('retry-after')]).toEqual([503, '1']);
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'no_leader', trace: null });
  });

  test.each(['/v1/kv/a', '/v1/kv/a?trace=false'])('is not told of %s', async (target) => {
    const told = await send('PUT', target, { body: 'x' });
    expect([timingOf(told), told.body.includes('trace')]).toEqual([undefined, false]);
  });
});

test('a repetition is the first answer, without a story; its own way is in Server-Timing', async () => {
  const fields = { 'Idempotency-Key': 'one' };
  const first = await send('PUT', '/v1/kv/a?trace', { body: 'x', fields });
  expect(JSON.parse(first.body)).toMatchObject({ trace: STORY });
  const again = await send('PUT', '/v1/kv/a?trace', { body: 'x', fields });
  expect([again.status, again.fields.get('idempotency-replayed')]).toEqual([201, 'true']);
  expect(JSON.parse(again.body)).toEqual({ key: 'a', revision: 1, version: 1, created: true });
  expect(timingOf(again)).toBe(`${TIMING}, total;dur=1.45`);
  const other = await send('PUT', '/v1/kv/a', { body: 'x', fields });
  expect(other.status).toBe(422);
});
