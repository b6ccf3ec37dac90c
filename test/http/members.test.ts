/** The routes that change the membership: what they take, and how each outcome is answered. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChangeReport, MembershipOrder, OrderOutcome } from '../../src/paxos/orders.ts';
import { type HttpFixture, startHttp } from './http-fixture.ts';
import { call } from './raw-client.ts';

const ADDRESS = { peerUrl: 'http://10.0.0.4:7601', clientUrl: 'https://kv.example' };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const REPORT: ChangeReport = {
  epoch: 2,
  before: {
    voters: [1, 2, 3],
    nonVoting: [],
    quorums: { phase1: 2, phase2: 2 },
    reachable: [1, 2, 3],
    tolerates: 1,
  },
  after: {
    voters: [1, 2],
    nonVoting: [],
    quorums: { phase1: 2, phase2: 2 },
    reachable: [1, 2],
    tolerates: 0,
  },
  warnings: ['no voter may be lost then'],
};

let http: HttpFixture;

beforeAll(async () => {
  http = await startHttp();
});
beforeEach(() => {
  http.replica.orders.length = 0;
  http.replica.orderOutcome = { type: 'changed', report: REPORT };
});
afterAll(() => http.server.close());

function order(method: string, path: string, body?: object): ReturnType<typeof call> {
  const text = body === undefined ? {} : { body: JSON.stringify(body), fields: JSON_TYPE };
  return call(http.port, method, `/v1/cluster/${path}`, text);
}

describe('an order', () => {
  test.each<[string, string, string, object | undefined, number, MembershipOrder]>([
    [
      'adds a replica that becomes a voter',
      'POST',
      'members',
      { id: 4, ...ADDRESS },
      202,
      { type: 'add', id: 4, address: ADDRESS, role: 'joining' },
    ],
    [
      'adds one that stays without a vote',
      'POST',
      'members',
      { id: 4, ...ADDRESS, role: 'nonVoting' },
      202,
      { type: 'add', id: 4, address: ADDRESS, role: 'nonVoting' },
    ],
    ['removes', 'DELETE', 'members/3', undefined, 200, { type: 'remove', id: 3 }],
    ['promotes', 'POST', 'members/3/promote', undefined, 200, { type: 'promote', id: 3 }],
    [
      'replaces',
      'POST',
      'members/3/replace',
      { id: 4, ...ADDRESS },
      202,
      { type: 'replace', id: 3, by: 4, address: ADDRESS },
    ],
    ['moves', 'PUT', 'members/3', ADDRESS, 200, { type: 'move', id: 3, address: ADDRESS }],
    [
      'sets quorums',
      'PUT',
      'quorums',
      { phase1: 3, phase2: 2 },
      200,
      { type: 'quorums', quorums: { phase1: 3, phase2: 2 } },
    ],
  ])('%s', async (_, method, path, body, status, expected) => {
    const answer = await order(method, path, body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toEqual({ dryRun: false, ...REPORT });
    expect(http.replica.orders).toEqual([{ order: expected, dryRun: false }]);
  });

  test('is only explained with ?dryRun', async () => {
    http.replica.orderOutcome = { type: 'planned', report: REPORT };
    const answer = await order('DELETE', 'members/3?dryRun');
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { dryRun: true, ...REPORT }]);
    expect(http.replica.orders).toEqual([{ order: { type: 'remove', id: 3 }, dryRun: true }]);
  });

  test.each<[OrderOutcome, number, string, string]>([
    [{ type: 'refused', reason: 'because' }, 409, 'membership_refused', 'not_applied'],
    [{ type: 'notApplied', reason: 'noLeader' }, 503, 'no_leader', 'not_applied'],
    [{ type: 'unknown', reason: 'deadline' }, 504, 'timed_out', 'unknown'],
    [{ type: 'unknown', reason: 'leaderLost' }, 504, 'leader_lost', 'unknown'],
  ])('that ends as %j is answered with %i', async (outcome, status, code, applied) => {
    http.replica.orderOutcome = outcome;
    const answer = await order('DELETE', 'members/3');
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ code, outcome: applied });
  });
});

describe('what is no order', () => {
  test.each<[string, string, string, object | undefined, number, string]>([
    ['an id of 0', 'DELETE', 'members/0', undefined, 400, 'invalid_parameter'],
    ['an id that is a word', 'DELETE', 'members/three', undefined, 400, 'invalid_parameter'],
    ['an id of 2^16', 'DELETE', 'members/65536', undefined, 400, 'invalid_parameter'],
    [
      'a parameter that is unknown',
      'DELETE',
      'members/3?force',
      undefined,
      400,
      'unknown_parameter',
    ],
    ['a flag with a word', 'DELETE', 'members/3?dryRun=no', undefined, 400, 'invalid_parameter'],
    ['a body where none belongs', 'DELETE', 'members/3', {}, 400, 'invalid_body'],
    ['no address', 'POST', 'members', { id: 4 }, 400, 'invalid_json'],
    ['a member too many', 'POST', 'members', { id: 4, ...ADDRESS, x: 1 }, 400, 'invalid_json'],
    ['an id as text', 'POST', 'members', { id: '4', ...ADDRESS }, 400, 'invalid_json'],
    [
      'an unknown role',
      'POST',
      'members',
      { id: 4, ...ADDRESS, role: 'boss' },
      400,
      'invalid_json',
    ],
    [
      'a peer URL with TLS',
      'PUT',
      'members/3',
      { ...ADDRESS, peerUrl: 'https://a' },
      400,
      'invalid_json',
    ],
    [
      'a URL with a path',
      'PUT',
      'members/3',
      { ...ADDRESS, clientUrl: 'http://a/b' },
      400,
      'invalid_json',
    ],
    ['a quorum of nobody', 'PUT', 'quorums', { phase1: 0, phase2: 3 }, 400, 'invalid_json'],
    ['half of the quorums', 'PUT', 'quorums', { phase1: 2 }, 400, 'invalid_json'],
    ['another method', 'POST', 'members/3', undefined, 405, 'method_not_allowed'],
    ['another verb', 'POST', 'members/3/demote', undefined, 404, 'route_not_found'],
  ])('%s', async (_, method, path, body, status, code) => {
    const answer = await order(method, path, body);
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([status, code]);
    expect(http.replica.orders).toEqual([]);
  });
});
