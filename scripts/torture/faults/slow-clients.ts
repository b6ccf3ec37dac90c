/** N29: thousands of connections that are held, at both ports; others are not to notice. */
import { request } from 'undici';
import type { Fault, FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import { HeldConnections, type Holding, HOLDINGS, openFilesLimit } from './hold-connections.ts';
import { expectLeadership, lastsUnderWatch } from './leadership.ts';
import { namesOf } from './targets.ts';
import { becomeWhole, drawPeriodMs, expectAlone } from './wholeness.ts';

const MOST_HELD: Readonly<Record<Holding, number>> = {
  idle: 4_000,
  slowHeaders: 1_000,
  slowBody: 1_000,
  slowRead: 200,
};
const MOST_AT_PEER_PORT = 1_000;
/** Of the files that this process may have open, so many are left to others. */
const SHARE = 0.4;
const LEAST_MS = 4_000;
const PROBE_EVERY_MS = 500;
/** For an answer that is usually there in a few ms, on a slow machine. */
const PROBE_LIMIT_MS = 10_000;

export const SLOW_CLIENTS: Fault = {
  name: 'slow-clients',
  id: 'N29',
  title: 'Thousands of connections that say or take nothing, or a byte a second',
  episode: holdConnections,
};

async function holdConnections(context: FaultContext): Promise<void> {
  const { cluster, random } = context;
  const replica = random.pick(cluster.members());
  const holding = random.pick(HOLDINGS);
  const bound = Math.floor(openFilesLimit() * SHARE);
  const count = Math.min(bound, random.between(MOST_HELD[holding] / 4, MOST_HELD[holding]));
  const atPeers = Math.min(bound, random.between(0, MOST_AT_PEER_PORT));
  const text = `${count} ${holding} and ${atPeers} at the peer port of ${namesOf([replica.id])}`;
  const end = context.begin(text, [replica.id]);
  const { clientPort, host = '127.0.0.1', peerPort } = replica.plan;
  const held = new HeldConnections();
  held.open({ host, port: clientPort }, holding, count);
  held.open({ host, port: peerPort }, random.pick(['idle', 'slowHeaders']), atPeers);
  const ms = LEAST_MS + drawPeriodMs(random);
  const [report] = await Promise.all([lastsUnderWatch(context, ms), probe(context, replica, ms)]);
  end(`${held.count} of them were still open`);
  held.close();
  expectLeadership(context, 'held connections', report, true);
  await becomeWhole(context);
}

/** As a client that comes anew each time: it is served although others hold the port. */
async function probe(context: FaultContext, replica: TortureReplica, ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (performance.now() < until && !context.isOver()) {
    const finding = await askOnce(replica);
    expectAlone(context, 'others are served while connections are held', finding);
    await context.lasts(PROBE_EVERY_MS);
  }
}

async function askOnce({ clientUrl, id }: TortureReplica): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(PROBE_LIMIT_MS);
    const answer = await request(`${clientUrl}/livez`, { signal, reset: true });
    await answer.body.dump();
    return answer.statusCode === 200 ? undefined : `replica ${id}: ${answer.statusCode}`;
  } catch (error) {
    return `replica ${id}: ${String(error)}`;
  }
}
