/** Which frames may pass between whom, before and after genesis. */
import { describe, expect, it } from 'vitest';
import { Directory } from '../../src/transport/directory.ts';
import { NO_TESTIMONY } from '../../src/transport/network.ts';
import { CLUSTER, incarnationOf, membershipOf } from './network-kit.ts';

const URLS = new Map([1, 2, 3].map((id) => [id, `http://127.0.0.1:${7600 + id}`] as const));
const PEERS = [...URLS].map(([id, peerUrl]) => ({ id, peerUrl }));
const OTHER = 'd'.repeat(32);

/** Replica 2, which has a genesis or has none. */
function directory(hasGenesis: boolean): Directory {
  const mine = new Directory({ replicaId: 2, incarnation: incarnationOf(2) });
  mine.setPeers(PEERS);
  if (hasGenesis) mine.setMembership(membershipOf(URLS));
  return mine;
}

const FRAME = {
  cluster: CLUSTER,
  from: 1,
  fromIncarnation: incarnationOf(1),
  to: 2,
  toIncarnation: incarnationOf(2),
  said: NO_TESTIMONY,
  body: {},
};

const ordinary = ['accept', 'heartbeat', 'forward', 'fetchChosen', 'chosenSlots', '__proto__'];
const bootstrap = ['hello', 'introduce', 'genesis', 'genesisStored', 'genesisRefused'];

describe('with a genesis', () => {
  const mine = directory(true);

  it.each([
    ['nothing changed', {}, undefined, undefined],
    ['another destination', { to: 3 }, 'wrongDestination', 'wrongDestination'],
    ['our own id as the sender', { from: 2 }, 'unknownSender', 'unknownSender'],
    ['a sender that is no member', { from: 4 }, 'unknownSender', 'unknownSender'],
    ['no cluster', { cluster: '' }, 'wrongCluster', undefined],
    ['another cluster', { cluster: OTHER }, 'wrongCluster', undefined],
    [
      'an older life of us',
      { toIncarnation: incarnationOf(2, 0) },
      'wrongIncarnation',
      'wrongIncarnation',
    ],
    [
      'another life of the sender',
      { fromIncarnation: incarnationOf(1, 2) },
      'wrongSenderIncarnation',
      undefined,
    ],
  ])('%s', (_name, change, forOrdinary, forBootstrap) => {
    for (const type of ordinary)
      expect(mine.judge({ ...FRAME, ...change }, type)).toBe(forOrdinary);
    for (const type of bootstrap)
      expect(mine.judge({ ...FRAME, ...change }, type)).toBe(forBootstrap);
  });

  it('only a hello and an introduce need not name our life', () => {
    const frame = { ...FRAME, toIncarnation: '' };
    const passing = [...ordinary, ...bootstrap].filter(
      (type) => mine.judge(frame, type) === undefined,
    );
    expect(passing).toEqual(['hello', 'introduce']);
  });

  it('a member that was taken out is heard until the next change, and then unknown', () => {
    const changed = directory(true);
    const without = membershipOf(new Map([...URLS].filter(([id]) => id !== 1)));
    changed.setMembership(without);
    expect(changed.judge(FRAME, 'heartbeat')).toBeUndefined();
    expect(changed.headerTo(1, 'epochEnded').toIncarnation).toBe(incarnationOf(1));
    changed.setMembership({ ...without, epoch: 2 });
    expect(changed.judge(FRAME, 'heartbeat')).toBe('unknownSender');
    expect(changed.judge(FRAME, 'introduce')).toBe('unknownSender');
  });

  it('answers a founder that came back empty under its new life', () => {
    const empty = incarnationOf(1, 9);
    mine.noteHeard({ ...FRAME, cluster: '', fromIncarnation: empty });
    expect(mine.headerTo(1, 'genesisRefused')).toMatchObject({
      toIncarnation: empty,
      cluster: CLUSTER,
    });
    expect(mine.headerTo(1, 'heartbeat').toIncarnation).toBe(incarnationOf(1));
    expect(mine.headerTo(1, 'introduce').toIncarnation).toBe('');
  });
});

describe('without a genesis', () => {
  const mine = directory(false);

  it('only bootstrap messages pass, whatever their cluster', () => {
    for (const cluster of ['', CLUSTER, OTHER]) {
      for (const type of ordinary)
        expect(mine.judge({ ...FRAME, cluster }, type)).toBe('wrongCluster');
      for (const type of bootstrap) expect(mine.judge({ ...FRAME, cluster }, type)).toBe(undefined);
    }
  });

  it('nothing else is said either', () => {
    expect(mine.headerTo(1, 'introduce')).toMatchObject({ cluster: '', toIncarnation: '' });
    expect(() => mine.headerTo(1, 'heartbeat')).toThrow('not said before genesis');
  });
});
