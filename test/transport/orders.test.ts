/** Probes and orders over HTTP: who may ask, what is answered, and what is refused. */
import { afterEach, describe, expect, it } from 'vitest';
import { ORDER } from '../../src/transport/order-messages.ts';
import type {
  MembershipOrder,
  OrderOutcome,
  OrderRequest,
  Probed,
} from '../../src/paxos/orders.ts';
import { PROBE } from '../../src/transport/probe-messages.ts';
import { Malformed } from '../../src/transport/shape.ts';
import { type Cluster, openCluster, Station } from './network-kit.ts';

const NONCE = '9'.repeat(32);
const ADDRESS = { peerUrl: 'http://a:1', clientUrl: 'https://a' };
const PROBED: Probed = {
  incarnation: 'e'.repeat(32),
  version: '0.1.0',
  clusterId: '',
  disk: 'low',
  wallMs: 1_700_000_000_000,
};
const SOME = {
  voters: [1, 2],
  nonVoting: [4],
  quorums: { phase1: 2, phase2: 1 },
  reachable: [1],
  tolerates: 0,
};
const REPORT = { epoch: 7, before: SOME, after: { ...SOME, voters: [1] }, warnings: ['careful'] };
const ORDERS: readonly MembershipOrder[] = [
  { type: 'add', id: 4, address: ADDRESS, role: 'nonVoting' },
  { type: 'remove', id: 65_535 },
  { type: 'promote', id: 1 },
  { type: 'replace', id: 2, by: 2, address: ADDRESS },
  { type: 'move', id: 2, address: ADDRESS },
  { type: 'readmit', id: 2, from: 'a'.repeat(32), to: 'b'.repeat(32) },
  { type: 'quorums', quorums: { phase1: 2, phase2: 3 } },
];
const OUTCOMES: readonly OrderOutcome[] = [
  { type: 'changed', report: REPORT },
  { type: 'planned', report: REPORT },
  { type: 'refused', reason: 'because' },
  { type: 'notApplied', reason: 'noLeader' },
  { type: 'unknown', reason: 'steppedDown' },
];

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function linked(): Promise<Cluster> {
  const cluster = await openCluster(2);
  open.push(cluster);
  return cluster.linked();
}

function give(station: Station, to: number, request: OrderRequest) {
  return new Promise((resolve) => station.network.order(to, request, resolve));
}

function probe(station: Station, id: number, peerUrl: string) {
  return new Promise((resolve) => station.network.probe({ id, peerUrl }, resolve));
}

describe('an order', () => {
  it.each(ORDERS)('arrives as it was given: %j', async (order) => {
    const cluster = await linked();
    const request = { order, dryRun: true, remainingMs: 5_000 };
    const asked: OrderRequest[] = [];
    cluster.station(2).serveOrder = (got, done) => {
      asked.push(got);
      done({ type: 'refused', reason: 'no' });
    };
    expect(await give(cluster.station(1), 2, request)).toEqual({ type: 'refused', reason: 'no' });
    expect(asked).toEqual([request]);
  });

  it.each(OUTCOMES)('comes back as it ended: %j', async (outcome) => {
    const cluster = await linked();
    cluster.station(2).serveOrder = (_request, done) => done(outcome);
    const request: OrderRequest = {
      order: { type: 'remove', id: 1 },
      dryRun: false,
      remainingMs: 1,
    };
    expect(await give(cluster.station(1), 2, request)).toEqual(outcome);
  });

  it('that is refused at length is refused all the same', async () => {
    const cluster = await linked();
    const reason = 'x'.repeat(5_000);
    cluster.station(2).serveOrder = (_request, done) => done({ type: 'refused', reason });
    const request: OrderRequest = {
      order: { type: 'remove', id: 1 },
      dryRun: false,
      remainingMs: 1,
    };
    const refused = { type: 'refused', reason: 'x'.repeat(256) };
    expect(await give(cluster.station(1), 2, request)).toEqual(refused);
  });

  it('to who is no peer is not given', async () => {
    const cluster = await linked();
    const request: OrderRequest = {
      order: { type: 'remove', id: 1 },
      dryRun: false,
      remainingMs: 1,
    };
    expect(await give(cluster.station(1), 9, request)).toEqual({
      type: 'notApplied',
      reason: 'noLeader',
    });
  });
});

describe('a probe', () => {
  it('is answered to a stranger who holds the secret', async () => {
    const cluster = await linked();
    const stranger = new Station(4);
    await stranger.open();
    open.push({ close: () => stranger.network.close() });
    stranger.serveProbe = () => PROBED;
    expect(await probe(cluster.station(1), 4, stranger.url)).toEqual(PROBED);
  });

  it('is not, under another id or another secret', async () => {
    const cluster = await linked();
    const stranger = new Station(4);
    await stranger.open({ secret: Buffer.from('another secret of a length') });
    open.push({ close: () => stranger.network.close() });
    stranger.serveProbe = () => PROBED;
    expect(await probe(cluster.station(1), 4, stranger.url)).toBeUndefined();
    expect(await probe(cluster.station(1), 3, cluster.station(2).url)).toBeUndefined();
    expect(await probe(cluster.station(1), 4, 'no url')).toBeUndefined();
  });
});

function requestWith(change: object): unknown {
  const order = { type: 'remove', id: 3 };
  return { type: 'order', nonce: NONCE, order, dryRun: false, remainingMs: 10, ...change };
}

describe('the bodies', () => {
  it.each([
    ['of an unknown type', { order: { type: 'dance' } }],
    ['of a replica 0', { order: { type: 'remove', id: 0 } }],
    ['with a member too many', { order: { type: 'remove', id: 3, force: true } }],
    ['with a role that is none', { order: { ...ORDERS[0], role: 'voter' } }],
    [
      'with a path in a URL',
      { order: { ...ORDERS[4], address: { ...ADDRESS, peerUrl: 'http://a/b' } } },
    ],
    ['that waits for ever', { remainingMs: 2 ** 40 }],
    ['with a word for a flag', { dryRun: 'yes' }],
    ['without a nonce', { nonce: '' }],
  ])('an order %s', (_, change) => {
    expect(() => ORDER.parseRequest(requestWith({}))).not.toThrow();
    expect(() => ORDER.parseRequest(requestWith(change))).toThrow(Malformed);
  });

  it.each([
    ['to another request', { nonce: '8'.repeat(32) }],
    ['of an unknown type', { outcome: { type: 'maybe' } }],
    ['with an unknown reason', { outcome: { type: 'notApplied', reason: 'tired' } }],
    ['with a reason without end', { outcome: { type: 'refused', reason: 'x'.repeat(10_000) } }],
    ['with half a report', { outcome: { type: 'changed', report: { epoch: 1 } } }],
  ])('an outcome %s', (_, change) => {
    const answer = { type: 'order', nonce: NONCE, outcome: OUTCOMES[2], ...change };
    const asked: OrderRequest = { order: { type: 'remove', id: 1 }, dryRun: false, remainingMs: 1 };
    expect(() => ORDER.parseAnswer(answer, NONCE, asked)).toThrow(Malformed);
  });

  it.each([
    ['to another request', { nonce: '8'.repeat(32) }],
    ['with half an incarnation', { incarnation: 'e' }],
    ['with a disk of no level', { disk: 'soft' }],
    ['with a clock before 1970', { wallMs: -1 }],
    ['with a member too many', { extra: 1 }],
  ])('the answer to a probe %s', (_, change) => {
    const answer = { type: 'probe', nonce: NONCE, ...PROBED };
    expect(PROBE.parseAnswer(answer, NONCE, undefined)).toEqual(PROBED);
    expect(() => PROBE.parseAnswer({ ...answer, ...change }, NONCE, undefined)).toThrow(Malformed);
  });
});
