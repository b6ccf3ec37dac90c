/** Changes what the links do, and waits until the cluster has taken notice. */
import type { LinkTable } from '../links/link-table.ts';
import type { Faults } from '../local-cluster/faults.ts';
import { clusterStatus, findLeader, heardBy, waitFor } from '../local-cluster/probe.ts';
import { changeLinks } from './link-change.ts';
import { holdingOf, type Stand } from './holding.ts';
import { putLinksIn } from './links-in.ts';
import type { LinkWish } from './wish.ts';
import { names } from './words.ts';

const LEADER_MS = 5_000;
const SETTLE_MS = 8_000;

/** Tells what was done, line by line. */
export async function faultLinks(
  faults: Faults,
  wish: LinkWish,
  tell: (line: string) => void,
): Promise<void> {
  const urls = await faults.clientUrls();
  const change = async (before: LinkTable) => {
    const leader = await leaderFor(wish, [...urls.values()]);
    return { leader, ...changeLinks(before, wish, [...urls.keys()], leader) };
  };
  // A mistake changes nothing. With the links in, another one may lead.
  await change([]);
  for (const line of await putLinksIn(faults)) tell(line);
  const { leader, table, text } = await change((await faults.links())?.links ?? []);
  await faults.setLinks(table);
  tell(`${text}${leader === undefined ? '' : `; replica ${leader} led`}`);
  if (wish.type === 'partition' || wish.type === 'isolate')
    await tellWhatHolds(faults, table, tell);
}

/** Waits for one only where it is needed. */
function leaderFor(wish: LinkWish, urls: readonly string[]): Promise<number | undefined> {
  const isNeeded = JSON.stringify(wish).includes('"leader"');
  return waitFor(isNeeded ? LEADER_MS : 1, () => findLeader(urls));
}

async function tellWhatHolds(
  faults: Faults,
  table: LinkTable,
  tell: (line: string) => void,
): Promise<void> {
  const urls = await faults.clientUrls();
  const holding = await waitFor(SETTLE_MS, async () => {
    const stands = await Promise.all([...urls].map(([id, url]) => standOf(id, url)));
    const holds = holdingOf(stands, table);
    return holds !== undefined && holds.out.length > 0 && holds;
  });
  if (holding === undefined) return tell('the replicas have not settled yet');
  const { leader, serving, out } = holding;
  if (leader !== undefined)
    tell(`it holds: replica ${leader} leads; clients are served by ${names(serving)}`);
  tell(`no leader is heard, and nothing decided, by ${names(out)}`);
}

async function standOf(id: number, url: string): Promise<Stand> {
  const view = await clusterStatus(url);
  const leader = view?.leader ?? undefined;
  const leads = view?.role === 'leader';
  return { id, ready: view?.ready === true, leads, leader, hears: heardBy(view, id) };
}
