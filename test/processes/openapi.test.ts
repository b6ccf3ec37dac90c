/** A real cluster's own answers, held against `/openapi.json`: what a replica in memory only imitates. */
// oxlint-disable no-thenable -- the name is the API's, and none of these objects is awaited
import { expect, it } from 'vitest';
import { API, faultsOf } from '../http/openapi/api-document.ts';
import { waitFor } from '../../scripts/bench/wait.ts';
import { caughtUp, startCluster } from '../support/cluster.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const ADDRESS = { peerUrl: 'http://127.0.0.1:1', clientUrl: 'http://127.0.0.1:2' };

/** So that the log holds a command of each kind. */
const WRITES: readonly (readonly [string, string, RequestInit])[] = [
  ['PUT', '/v1/kv/a?prev', { body: 'one', headers: { 'Idempotency-Key': 'a' } }],
  ['PUT', '/v1/kv?key64=_w', { body: Buffer.from([0xff]) }],
  ['PUT', '/v1/kv/a', { body: 'two', headers: { 'If-Match': '"99", "1"' } }],
  ['POST', '/v1/kv/n?incr=2', {}],
  [
    'POST',
    '/v1/txn',
    {
      headers: JSON_TYPE,
      body: JSON.stringify({
        if: [{ key: 'n', version: 1 }],
        then: [
          { op: 'put', key: 'b', value: 'x' },
          { op: 'incr', key: 'n', incr: 1 },
          { op: 'get', key: 'a' },
          { op: 'list', keys: true },
        ],
      }),
    },
  ],
  ['DELETE', '/v1/kv/a?prev&trace', {}],
  ['DELETE', '/v1/kv?prefix=b', {}],
  ['POST', '/v1/leases?trace', { headers: JSON_TYPE, body: '{"ttl":"60s"}' }],
  ['PUT', '/v1/kv/leased?lease=1', { body: 'x' }],
  ['PUT', '/v1/kv/short?ttl=100ms', { body: 'x' }],
  ['POST', '/v1/leases/1/keepalive', {}],
  ['POST', '/v1/locks/jobs', { headers: JSON_TYPE, body: '{"ttl":"60s"}' }],
  ['POST', '/v1/locks/jobs', { headers: JSON_TYPE, body: '{"ttl":"60s","wait":"1ms"}' }],
  ['POST', '/v1/locks/other?trace', { headers: JSON_TYPE, body: '{"ttl":"60s"}' }],
];

/** Ends an epoch: a page of the log goes no further. */
const STOP = [
  'PUT',
  '/v1/cluster/quorums',
  { headers: JSON_TYPE, body: '{"phase1":3,"phase2":1}' },
] as const;

const OTHERS: readonly (readonly [string, string, RequestInit])[] = [
  ['GET', '/v1/cluster', {}],
  ['GET', '/v1/log?from=1', {}],
  ['GET', '/v1/log/1', {}],
  ['GET', '/v1/limits', {}],
  ['GET', '/livez?verbose', {}],
  ['GET', '/readyz?verbose', {}],
  ['GET', '/v1/kv', {}],
  ['GET', '/v1/kv/a', {}],
  ['GET', '/v1/history/a?consistency=local', {}],
  ['GET', '/v1/kv/leased', {}],
  ['GET', '/v1/leases', {}],
  ['GET', '/v1/leases/1', {}],
  ['GET', '/v1/locks/jobs', {}],
  ['DELETE', '/v1/cluster/members/3?dryRun', {}],
  ['DELETE', '/v1/cluster/members/9', {}],
  [
    'POST',
    '/v1/cluster/members?dryRun',
    { headers: JSON_TYPE, body: JSON.stringify({ id: 4, ...ADDRESS }) },
  ],
  ['POST', '/v1/cluster/leader', { headers: JSON_TYPE, body: '{"to":2}' }],
];

/** Of `/v1/events`, as lines. */
class Reading {
  body = '';
  readonly #answer: Response;
  readonly #abort: AbortController;

  private constructor(answer: Response, abort: AbortController) {
    this.#answer = answer;
    this.#abort = abort;
  }

  static async open(url: string): Promise<Reading> {
    const abort = new AbortController();
    const headers = { Accept: 'application/x-ndjson' };
    const answer = await fetch(`${url}/v1/events`, { headers, signal: abort.signal });
    const reading = new Reading(answer, abort);
    void reading.#read();
    return reading;
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.#answer.body ?? []) {
        this.body += decoder.decode(chunk, { stream: true });
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) throw error;
    }
  }

  /** What is not documented of it. */
  end(): readonly string[] {
    this.#abort.abort();
    const { headers, status } = this.#answer;
    const { body } = this;
    const seen = { method: 'GET', target: '/v1/events', status, fields: new Map(headers), body };
    return faultsOf(seen);
  }
}

it('answers as is documented', async () => {
  const cluster = await startCluster();
  const urls = cluster.replicas.map(({ clientUrl }) => clientUrl);
  const bodies: string[] = [];
  const ask = async (url: string, method: string, target: string, init: RequestInit) => {
    const answer = await fetch(url + target, { ...init, method });
    const body = Buffer.from(await answer.arrayBuffer()).toString('latin1');
    bodies.push(body);
    return faultsOf({
      method,
      target,
      status: answer.status,
      fields: new Map(answer.headers),
      body,
    });
  };
  const [first = ''] = urls;
  const faults: string[] = [];
  for (const write of WRITES) faults.push(...(await ask(first, ...write)));
  const isGone = async () => (await fetch(`${first}/v1/kv/short`)).status === 404 || undefined;
  await waitFor(isGone, { what: 'end of a key', limitMs: 10_000 });
  faults.push(...(await ask(first, ...STOP)));
  await caughtUp(cluster);
  const readings = await Promise.all(urls.map((url) => Reading.open(url)));
  for (const url of urls) {
    for (const one of OTHERS) faults.push(...(await ask(url, ...one)));
  }
  const isTold = () =>
    readings.every(({ body }) => body.includes('"event":"message"')) || undefined;
  await waitFor(isTold, { what: 'message among the events', limitMs: 10_000 });
  for (const reading of readings) faults.push(...reading.end());
  expect(faults).toEqual([]);
  const all = bodies.join('\n');
  for (const type of ['stop', 'batch', 'noop']) expect(all).toContain(`"type":"${type}"`);
  for (const op of [
    'put',
    'delete',
    'deletePrefix',
    'incr',
    'txn',
    'leaseGrant',
    'lockAcquire',
    'expire',
  ]) {
    expect(all).toContain(`"op":"${op}"`);
  }
  const served = await fetch(`${first}/openapi.json`);
  expect(await served.json()).toMatchObject({
    paths: Object.fromEntries(Object.keys(API.paths).map((path) => [path, expect.anything()])),
  });
});
