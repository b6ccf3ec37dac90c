/**
 * Puts the links in between the replicas of a running cluster, and takes them out again: each member
 * gets another address, by the same order with which an operator moves a replica (docs/operations.md).
 * So a cluster without faults is as fast as ever, and nothing is restarted.
 */
import type { Faults, PeerAddress, ReplicaView } from '../local-cluster/faults.ts';
import { clusterStatus, findLeader, waitFor, type ClusterStatus } from '../local-cluster/probe.ts';
import { names } from './words.ts';

const LEADER_MS = 5_000;
const MOVE_MS = 30_000;
const SEEN_MS = 10_000;
const ORDER_MS = 8_000;
/** What the server answers while nobody leads, or it does not know what became of it. */
const AGAIN = new Set([503, 504]);

/** What is asked of docker takes its time: once is enough. */
interface Site {
  readonly replicas: readonly ReplicaView[];
  readonly addresses: readonly PeerAddress[];
}

type Way = 'direct' | 'link';

/** Nothing where they are in already. Says what was done; throws where it cannot be done now. */
export async function putLinksIn(faults: Faults): Promise<readonly string[]> {
  const site = await siteOf(faults);
  const isOpen = (await faults.links()) !== undefined;
  if (isOpen && (await allSee(site, 'link'))) return [];
  await someLeader(site, 'the links can come in');
  await faults.openLinks();
  await move(site, 'link');
  const missed = await waitUntilSeen(site, 'link');
  return ['the replicas reach each other through links from now on', ...missed];
}

/** Whether a replica that answers has the address of a link for any other. */
export async function areLinksIn(faults: Faults): Promise<boolean> {
  const site = await siteOf(faults);
  const views = await Promise.all(site.replicas.map(({ clientUrl }) => clusterStatus(clientUrl)));
  return views.some((view) => view !== undefined && misplaced(view, site, 'direct').length > 0);
}

/** Throws where they have to stay for now, with the reason; they have no rules any longer. */
export async function takeLinksOut(faults: Faults): Promise<void> {
  const site = await siteOf(faults);
  await someLeader(site, 'the links can go');
  await move(site, 'direct');
  const [missed] = await waitUntilSeen(site, 'direct');
  if (missed !== undefined) throw new Error(missed);
  await faults.closeLinks();
}

async function siteOf(faults: Faults): Promise<Site> {
  return { replicas: await faults.replicas(), addresses: await faults.peerAddresses() };
}

function leaderOf({ replicas }: Site): Promise<number | undefined> {
  return findLeader(replicas.map(({ clientUrl }) => clientUrl));
}

async function someLeader(site: Site, what: string): Promise<void> {
  if ((await waitFor(LEADER_MS, () => leaderOf(site))) !== undefined) return;
  throw new Error(`no replica leads: ${what} only while a majority runs and hears each other`);
}

/** One member after the other, until the leader sees all of them there. */
async function move(site: Site, way: Way): Promise<void> {
  let last = 'nobody leads';
  const isDone = await waitFor(MOVE_MS, async () => {
    const leader = await leaderOf(site);
    const leaderUrl = site.replicas.find(({ id }) => id === leader)?.clientUrl;
    const status = leaderUrl === undefined ? undefined : await clusterStatus(leaderUrl);
    if (leaderUrl === undefined || status === undefined) return false;
    const moves = misplaced(status, site, way);
    for (const next of moves) last = await order(leaderUrl, next);
    return moves.length === 0;
  });
  if (isDone !== true) throw new Error(`the replicas could not be given other addresses: ${last}`);
}

interface Move {
  readonly id: number;
  readonly peerUrl: string;
  readonly clientUrl: string;
}

/** Members that are elsewhere. Who is no member of this cluster any longer, or was never, is left alone. */
function misplaced({ members }: ClusterStatus, { addresses }: Site, way: Way): readonly Move[] {
  return members.flatMap(({ id, peerUrl, clientUrl }) => {
    const to = addresses.find((address) => address.id === id)?.[way];
    return to === undefined || to === peerUrl ? [] : [{ id, peerUrl: to, clientUrl }];
  });
}

async function order(leaderUrl: string, { id, ...address }: Move): Promise<string> {
  const response = await fetch(`${leaderUrl}/v1/cluster/members/${id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(address),
    signal: AbortSignal.timeout(ORDER_MS),
  }).catch((error: unknown) => error);
  if (!(response instanceof Response)) return String(response);
  const text = await response.text();
  if (response.ok || AGAIN.has(response.status)) return text;
  throw new Error(`replica ${id} could not be moved: ${response.status} ${text}`);
}

async function allSee(site: Site, way: Way): Promise<boolean> {
  const running = site.replicas.filter(({ state }) => state === 'running');
  const views = await Promise.all(running.map(({ clientUrl }) => clusterStatus(clientUrl)));
  // One that runs and does not answer may not have heard of it.
  const isSeen = (view: ClusterStatus | undefined): boolean =>
    view !== undefined && misplaced(view, site, way).length === 0;
  return views.length > 0 && views.every(isSeen);
}

/** A replica that has not heard of a change of address goes on as before: that is said. */
async function waitUntilSeen(site: Site, way: Way): Promise<readonly string[]> {
  const isSeen = await waitFor(SEEN_MS, () => allSee(site, way));
  const down = site.replicas.filter(({ state }) => state !== 'running');
  if (isSeen === true && down.length === 0) return [];
  const who = down.length === 0 ? 'some replica' : names(down.map(({ id }) => id));
  return [`the new addresses are not known yet to ${who}: it uses the old ones until it hears`];
}
