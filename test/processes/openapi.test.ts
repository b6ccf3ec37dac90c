/** A real cluster's own answers, held against `/openapi.json`: what a replica in memory only imitates. */
// oxlint-disable no-thenable -- the name is the API's, and none of these objects is awaited
import { expect, it } from 'vitest';
import { API, faultsOf } from '../http/openapi/api-document.ts';
import { caughtUp, startCluster } from '../support/cluster.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const ADDRESS = { peerUrl: 'http://127.0.0.1:1', clientUrl: 'http://127.0.0.1:2' };

/** So that the log holds a command of each kind, and a stop. */
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
  ['DELETE', '/v1/kv/a?prev', {}],
  ['DELETE', '/v1/kv?prefix=b', {}],
  ['PUT', '/v1/cluster/quorums', { headers: JSON_TYPE, body: '{"phase1":3,"phase2":1}' }],
];

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
  ['DELETE', '/v1/cluster/members/3?dryRun', {}],
  ['DELETE', '/v1/cluster/members/9', {}],
  [
    'POST',
    '/v1/cluster/members?dryRun',
    { headers: JSON_TYPE, body: JSON.stringify({ id: 4, ...ADDRESS }) },
  ],
  ['POST', '/v1/cluster/leader', { headers: JSON_TYPE, body: '{"to":2}' }],
];

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
  await caughtUp(cluster);
  for (const url of urls) {
    for (const one of OTHERS) faults.push(...(await ask(url, ...one)));
  }
  expect(faults).toEqual([]);
  const all = bodies.join('\n');
  for (const type of ['stop', 'batch', 'noop']) expect(all).toContain(`"type":"${type}"`);
  for (const op of ['put', 'delete', 'deletePrefix', 'incr', 'txn']) {
    expect(all).toContain(`"op":"${op}"`);
  }
  const served = await fetch(`${first}/openapi.json`);
  expect(await served.json()).toMatchObject({
    paths: Object.fromEntries(Object.keys(API.paths).map((path) => [path, expect.anything()])),
  });
});
