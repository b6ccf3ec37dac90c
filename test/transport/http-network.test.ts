/** Networks over real sockets: delivery, links that come and go, opening and closing. */
import { Buffer } from 'node:buffer';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { isLoopback } from '../../src/transport/loopback.ts';
import type { PeerMessage } from '../../src/transport/messages.ts';
import { SYSTEM_TIMERS, type Timers } from '../../src/transport/timers.ts';
import {
  accept,
  type Cluster,
  heartbeat,
  incarnationOf,
  membershipOf,
  openCluster,
  Station,
  until,
} from './network-kit.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function linkedCluster(count: number, options = {}): Promise<Cluster> {
  const cluster = await openCluster(count, options);
  open.push(cluster);
  return cluster.linked();
}

function refusesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', () => resolve(true));
  });
}

describe('linked replicas', () => {
  it('hear what was sent to them, whole and in order', async () => {
    const cluster = await linkedCluster(3);
    const { network } = cluster.station(1);
    const sent: PeerMessage[] = [];
    for (let slot = 1; slot <= 500; slot += 1) {
      sent.push(slot % 5 === 0 ? accept(slot, Buffer.alloc(300, slot)) : heartbeat(slot));
    }
    for (const message of sent) {
      expect(network.send(2, message)).toBe(true);
      expect(network.send(3, message)).toBe(true);
    }
    for (const id of [2, 3]) {
      const station = cluster.station(id);
      await until(() => station.heard.length >= sent.length);
      expect(station.messages).toEqual(sent);
      expect(station.heard.every(({ from }) => from === 1)).toBe(true);
    }
    expect(cluster.station(1).heard).toEqual([]);
  });

  it('answer each other on streams of their own', async () => {
    const cluster = await linkedCluster(2);
    const [asker, answerer] = [cluster.station(1), cluster.station(2)];
    answerer.onMessage = ({ from, message }) => void answerer.network.send(from, message);
    asker.network.send(2, heartbeat(9));
    await until(() => asker.heard.length === 1);
    expect(asker.heard).toEqual([{ from: 2, message: heartbeat(9) }]);
  });

  it('take a message of many megabytes, and the small ones after it', async () => {
    const cluster = await linkedCluster(2);
    const bytes = Buffer.alloc(4 * 1024 * 1024, 7);
    cluster.station(1).network.send(2, accept(1, bytes));
    cluster.station(1).network.send(2, heartbeat(1));
    const { heard } = cluster.station(2);
    await until(() => heard.length === 2);
    const large = heard[0]?.message;
    if (large?.type !== 'accept' || large.command.type !== 'batch') throw new Error('not taken');
    expect(bytes.equals(large.command.bytes)).toBe(true);
  });

  it('say so, and nothing is sent to who is not a peer', async () => {
    const cluster = await linkedCluster(2);
    const { network, links, changes } = cluster.station(1);
    await until(() => links.length === 1);
    expect(links).toEqual(['+2']);
    expect(network.isLinked(2)).toBe(true);
    expect(changes.map((c) => [c.peer, c.direction, c.linked])).toEqual(
      expect.arrayContaining([
        [2, 'from', true],
        [2, 'to', true],
      ]),
    );
    for (const id of [1, 3, 0]) {
      expect(network.isLinked(id)).toBe(false);
      expect(network.send(id, heartbeat(1))).toBe(false);
    }
  });

  it('notice at once when a peer closes, and link again when it is back', async () => {
    const cluster = await linkedCluster(2);
    const [first, second] = [cluster.station(1), cluster.station(2)];
    const { port } = second.network;
    await second.network.close();
    await until(() => first.links.includes('-2') && !first.network.isLinked(2), 1_000);
    expect(first.network.send(2, heartbeat(1))).toBe(false);

    await second.open({ port });
    second.network.setMembership(cluster.membership);
    await until(() => first.network.isLinked(2) && second.network.isLinked(1), 3_000);
    expect(first.network.send(2, heartbeat(2))).toBe(true);
    await until(() => second.heard.length === 1);
    expect(first.links).toEqual(['+2', '-2', '+2']);
  });

  it('let go what was sent just before a close', async () => {
    const cluster = await linkedCluster(2);
    const [first, second] = [cluster.station(1), cluster.station(2)];
    for (let slot = 1; slot <= 100; slot += 1) {
      first.network.send(2, accept(slot, Buffer.alloc(10_000)));
    }
    await first.network.close();
    await until(() => second.heard.length === 100);
    await until(() => second.links.includes('-1'));
    expect(second.messages.at(-1)).toMatchObject({ slot: 100 });
  });

  it('forget a member after the change that took it out, and follow one that moved', async () => {
    const cluster = await linkedCluster(3);
    const [one, two, three] = [1, 2, 3].map((id) => cluster.station(id));
    if (one === undefined || two === undefined || three === undefined) throw new Error('no three');
    const moved = new Station(2);
    await moved.open();
    open.push({ close: () => moved.network.close() });
    const membership = membershipOf(
      new Map([
        [1, one.url],
        [2, moved.url],
      ]),
    );
    moved.network.setMembership(membership);
    one.network.setMembership(membership);
    await until(() => one.network.isLinked(2) && moved.network.isLinked(1));
    one.network.send(2, heartbeat(5));
    await until(() => moved.heard.length === 1);
    expect(two.heard).toEqual([]);
    expect(one.network.isLinked(3)).toBe(true);
    one.network.setMembership({ ...membership, epoch: 2 });
    await until(() => one.links.includes('-3'));
    expect(one.network.send(3, heartbeat(5))).toBe(false);
    await until(() => (one.network.refusals.unknownSender ?? 0) > 0);
  });
});

describe('before genesis', () => {
  it('the founder meets its peers, and after it they speak as a cluster', async () => {
    const stations = [new Station(1), new Station(2)];
    for (const station of stations) await station.open();
    open.push(...stations.map(({ network }) => network));
    const [founder, other] = stations;
    if (founder === undefined || other === undefined) throw new Error('no two');
    const peers = stations.map(({ id, url }) => ({ id, peerUrl: url }));
    for (const { network } of stations) network.setPeers(peers);
    await until(() => founder.network.isLinked(2) && other.network.isLinked(1));

    other.network.send(1, { type: 'introduce', incarnation: incarnationOf(2) });
    await until(() => founder.heard.length === 1);
    const membership = membershipOf(new Map(stations.map((s) => [s.id, s.url])));
    founder.network.setMembership(membership);
    founder.network.send(2, { type: 'genesis', membership });
    await until(() => other.heard.length === 1);
    expect(other.messages).toEqual([{ type: 'genesis', membership }]);

    // The founder already speaks as a cluster; the other has not stored the genesis yet.
    founder.network.send(2, heartbeat(1));
    await until(() => other.network.refusals.wrongCluster === 1);
    other.network.setMembership(membership);
    founder.network.send(2, heartbeat(2));
    await until(() => other.heard.length === 2);
    expect(other.messages[1]).toEqual(heartbeat(2));
  });

  it('a founder that came back empty is told that there is a genesis', async () => {
    const cluster = await linkedCluster(2);
    const [founder, other] = [cluster.station(1), cluster.station(2)];
    const { port } = founder.network;
    await founder.network.close();
    await founder.open({ port, life: 2, peers: [{ id: 2, peerUrl: other.url }] });
    await until(() => founder.network.isLinked(2) && other.network.isLinked(1));

    founder.network.send(2, { type: 'introduce', incarnation: incarnationOf(1, 2) });
    await until(() => other.heard.length === 1);
    const refused = { type: 'genesisRefused', clusterId: 'c'.repeat(32), reason: 'held' } as const;
    expect(other.network.send(1, refused)).toBe(true);
    await until(() => founder.heard.length === 1);
    expect(founder.messages).toEqual([refused]);

    // But nothing else passes to that life.
    other.network.send(1, heartbeat(1));
    await until(() => founder.network.refusals.wrongIncarnation === 1);
    expect(founder.heard).toHaveLength(1);
  });
});

describe('opening and closing', () => {
  it('without a secret it listens on loopback only', async () => {
    const station = new Station(1);
    await station.open({ secret: undefined });
    open.push(station.network);
    const hosts = ['127.0.0.1', '127.8.9.1', '::1', 'localhost'];
    expect(hosts.filter(isLoopback)).toEqual(hosts);
    const others = ['0.0.0.0', '::', '10.0.0.1', '127.evil.example', '', 'localhost.example'];
    expect(others.filter(isLoopback)).toEqual([]);
    await expect(new Station(2).open({ secret: undefined, host: '0.0.0.0' })).rejects.toThrow(
      'no secret for the peers',
    );
  });

  it('says that a port is taken', async () => {
    const cluster = await linkedCluster(1);
    const { port } = cluster.station(1).network;
    await expect(new Station(2).open({ port })).rejects.toThrow('EADDRINUSE');
  });

  it('after a close nothing listens, no timer is left, and nobody is called', async () => {
    const timers = new CountedTimers();
    const cluster = await linkedCluster(3, { timers });
    const heard: number[] = [];
    for (const station of cluster.stations) {
      station.onMessage = () => void heard.push(station.id);
      station.links.length = 0;
    }
    // Links that wait to be tried again must end too.
    await cluster.station(3).network.close();
    await until(() => !cluster.station(1).network.isLinked(3));
    await cluster.close();
    expect(timers.pending).toBe(0);
    for (const { network } of cluster.stations) {
      expect(await refusesConnections(network.port)).toBe(true);
      expect(network.send(1, heartbeat(1)) || network.send(2, heartbeat(1))).toBe(false);
    }
    expect(heard).toEqual([]);
  });
});

class CountedTimers implements Timers {
  pending = 0;

  after(delayMs: number, action: () => void): () => void {
    this.pending += 1;
    let isOver = false;
    const finish = () => {
      if (!isOver) this.pending -= 1;
      isOver = true;
    };
    const cancel = SYSTEM_TIMERS.after(delayMs, () => {
      finish();
      action();
    });
    return () => {
      finish();
      cancel();
    };
  }
}
