/** The replicas' own network, with links between. */
import { Buffer } from 'node:buffer';
import { afterEach, expect, it } from 'vitest';
import { Links } from '../../../scripts/links/links.ts';
import {
  accept,
  Cluster,
  heartbeat,
  membershipOf,
  openCluster,
  type Station,
} from '../../transport/network-kit.ts';
import { until } from './link-kit.ts';

const HOST = '127.0.0.1';
const QUICK = { keepAliveMs: 100, handshakeMs: 400, minBackOffMs: 5, maxBackOffMs: 20 };
/** Seven periods without a sign of life. */
const SILENCE_MS = 700;

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function linkedCluster(): Promise<{ cluster: Cluster; links: Links }> {
  const { stations } = await openCluster(3, { limits: QUICK });
  const links = await Links.open({
    host: HOST,
    targets: stations.map(({ id, network }) => ({ id, host: HOST, port: network.port })),
  });
  const urls = new Map(stations.map(({ id }) => [id, `http://${HOST}:${links.portTo(id)}`]));
  const membership = membershipOf(urls);
  const cluster = new Cluster(stations, membership);
  open.push(links, cluster);
  for (const { network } of stations) network.setMembership(membership);
  return { cluster: await cluster.linked(), links };
}

function hears(station: Station, from: number, chosenUpTo: number): boolean {
  return station.heard.some(
    (one) =>
      one.from === from &&
      one.message.type === 'heartbeat' &&
      one.message.chosenUpTo === chosenUpTo,
  );
}

it('carries every message between replicas, and both kinds of requests', async () => {
  const { cluster, links } = await linkedCluster();
  const [one, two] = [cluster.station(1), cluster.station(2)];
  const command = accept(1, Buffer.alloc(1_024, 7));
  one.network.send(2, command);
  two.network.send(1, heartbeat(5));
  await until(() => two.messages.length === 1 && hears(one, 2, 5));
  expect(two.messages).toEqual([command]);
  two.serveChosen = (_request, done) => done({ type: 'trimmed', floor: 7 });
  const answer = await new Promise((resolve) => {
    one.network.fetchChosen(2, { epoch: 1, from: 5, maxBytes: 1_024 }, resolve);
  });
  expect(answer).toEqual({ type: 'trimmed', floor: 7 });
  expect(links.counts()['lost']).toBe(0);
});

it('keeps both streams open in a one-way cut, for longer than silence is borne', async () => {
  const { cluster, links } = await linkedCluster();
  const [one, two] = [cluster.station(1), cluster.station(2)];
  const before = cluster.stations.map(({ changes }) => changes.length);
  links.setRules(1, 2, { cut: true });
  const started = performance.now();
  await until(() => {
    one.network.send(2, heartbeat(1));
    two.network.send(1, heartbeat(1));
    return performance.now() - started > 2 * SILENCE_MS;
  });
  await until(() => hears(one, 2, 1));
  expect(two.messages).toEqual([]);
  expect(cluster.stations.map(({ changes }) => changes.length)).toEqual(before);
  links.heal();
  one.network.send(2, heartbeat(99));
  await until(() => hears(two, 1, 99));
});

it('is noticed by both sides when it is cut both ways, and linked again when healed', async () => {
  const { cluster, links } = await linkedCluster();
  const [one, two] = [cluster.station(1), cluster.station(2)];
  links.setRules(1, 2, { cut: true });
  links.setRules(2, 1, { cut: true });
  await until(() => !one.network.isLinked(2) && !two.network.isLinked(1));
  expect(one.network.isLinked(3)).toBe(true);
  expect(two.network.isLinked(3)).toBe(true);
  links.heal();
  await cluster.linked();
});

it('refuses each message that was damaged, by its MAC or its form', async () => {
  const { cluster, links } = await linkedCluster();
  const [one, two] = [cluster.station(1), cluster.station(2)];
  links.setRules(1, 2, { corruption: 1 });
  const count = 200;
  for (let n = 0; n < count; n += 1) one.network.send(2, heartbeat(n));
  const refused = (): number =>
    Object.values(two.network.refusals).reduce((sum, times) => sum + times, 0);
  await until(() => refused() === count);
  expect(two.messages).toEqual([]);
  expect(one.network.isLinked(2)).toBe(true);
});
