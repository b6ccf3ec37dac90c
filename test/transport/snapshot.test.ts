/** The pull of a snapshot over HTTP: what is asked, what is answered, what is refused. */
import { afterEach, describe, expect, it } from 'vitest';
import type { SnapshotAnswer, SnapshotRequest } from '../../src/transport/network.ts';
import { Malformed } from '../../src/transport/shape.ts';
import { SNAPSHOT } from '../../src/transport/snapshot-messages.ts';
import { type Cluster, openCluster, type Station } from './network-kit.ts';

const NONCE = '9'.repeat(32);
const ID = '7'.repeat(32);
const REQUEST: SnapshotRequest = {
  epoch: 1,
  above: 40,
  id: ID,
  index: 3,
  after: Buffer.from('some key'),
  maxBytes: 1_000,
};
const CHUNK: SnapshotAnswer = {
  type: 'snapshotChunk',
  id: ID,
  slot: 90,
  index: 3,
  records: Buffer.from('records'),
  digest: 'ab'.repeat(32),
  totals: undefined,
};

const open: Cluster[] = [];
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
});

async function linkedPair(): Promise<readonly [Station, Station]> {
  const cluster = await openCluster(2);
  open.push(cluster);
  await cluster.linked();
  return [cluster.station(1), cluster.station(2)];
}

function pull(station: Station, request = REQUEST): Promise<SnapshotAnswer | undefined> {
  return new Promise((resolve) => station.network.fetchSnapshot(2, request, resolve));
}

describe('a chunk of a snapshot', () => {
  it.each<[string, SnapshotAnswer]>([
    ['as it was sent', CHUNK],
    ['the last one, with its totals', { ...CHUNK, totals: { records: 12, bytes: 3_456 } }],
    ['that the sender no longer has', { type: 'snapshotGone' }],
    ['of a sender that is behind', { type: 'snapshotBehind', appliedUpTo: 40 }],
  ])('%s', async (_, given) => {
    const [receiver, sender] = await linkedPair();
    const asked: unknown[] = [];
    sender.serveSnapshot = (from, wanted, done) => {
      asked.push({ from, request: wanted });
      done(given);
    };
    expect(await pull(receiver)).toEqual(given);
    expect(asked).toEqual([{ from: 1, request: REQUEST }]);
  });

  it('is not there where the sender serves none', async () => {
    const [receiver] = await linkedPair();
    expect(await pull(receiver)).toBeUndefined();
  });

  it('may be as long as the longest value', async () => {
    const [receiver, sender] = await linkedPair();
    const records = Buffer.alloc(5_000_000, 'x');
    sender.serveSnapshot = (_from, _request, done) => done({ ...CHUNK, records });
    const part = await pull(receiver);
    const got = part?.type === 'snapshotChunk' ? part.records : new Uint8Array(0);
    expect(records.equals(got)).toBe(true);
  });
});

function request(change: object): unknown {
  return { ...JSON.parse(SNAPSHOT.encodeRequest(NONCE, REQUEST)), ...change };
}

function answer(change: object): unknown {
  return { ...JSON.parse(SNAPSHOT.encodeAnswer(NONCE, CHUNK, 1_000_000)), ...change };
}

describe('what is not as described', () => {
  it('is taken where it is', () => {
    expect(SNAPSHOT.parseRequest(request({}))).toEqual({ nonce: NONCE, request: REQUEST });
    expect(SNAPSHOT.parseAnswer(answer({}), NONCE, REQUEST)).toEqual(CHUNK);
  });

  it.each([
    ['of another type', { type: 'fetchChosen' }],
    ['without a nonce', { nonce: undefined }],
    ['of epoch 0', { epoch: 0 }],
    ['above -1', { above: -1 }],
    ['with a path for an id', { id: '../../etc' }],
    ['of a new snapshot in the middle', { id: '' }],
    ['without the key before', { after: '' }],
    ['with a key before the first chunk', { index: 0 }],
    ['with a long key', { after: Buffer.alloc(5_000).toString('base64') }],
    ['of no bytes', { maxBytes: 0 }],
    ['of too many bytes', { maxBytes: 2 ** 40 }],
    ['with a member too many', { extra: 1 }],
  ])('a request %s', (_, change) => {
    expect(() => SNAPSHOT.parseRequest(request(change))).toThrow(Malformed);
  });

  it.each([
    ['of another type', { type: 'chosenSlots' }],
    ['to another request', { nonce: '8'.repeat(32) }],
    ['of another snapshot', { id: '6'.repeat(32) }],
    ['of another chunk', { index: 4 }],
    ['at a slot that is not ahead', { slot: 40 }],
    ['with a short digest', { digest: 'ab' }],
    ['with records that are not base64', { records: '?' }],
    ['with too many records', { records: Buffer.alloc(6_000_003).toString('base64') }],
    ['with totals of nothing', { totals: { records: 0, bytes: 0 } }],
    ['with a member too many', { extra: 1 }],
  ])('an answer %s', (_, change) => {
    expect(() => SNAPSHOT.parseAnswer(answer(change), NONCE, REQUEST)).toThrow(Malformed);
  });

  it('a sender that says it is behind, and is not', () => {
    const behind = { type: 'snapshotBehind', nonce: NONCE, appliedUpTo: 41 };
    expect(() => SNAPSHOT.parseAnswer(behind, NONCE, REQUEST)).toThrow(Malformed);
  });
});
