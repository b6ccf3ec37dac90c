/** Changes what the links do, and waits until the cluster has taken notice. */
import type { Faults } from '../local-cluster/faults.ts';
import { clusterStatus, waitFor } from '../local-cluster/probe.ts';
import { changeLinks } from './link-change.ts';
import { putLinksIn } from './links-in.ts';
import type { LinkWish } from './wish.ts';

const SETTLE_MS = 8_000;

/** Tells what was done, line by line. */
export async function faultLinks(
  faults: Faults,
  wish: LinkWish,
  leader: number | undefined,
  tell: (line: string) => void,
): Promise<void> {
  const ids = [...(await faults.clientUrls()).keys()];
  // What is asked for is checked first: a mistake changes nothing.
  changeLinks([], wish, ids, leader);
  for (const line of await putLinksIn(faults)) tell(line);
  const before = (await faults.links())?.links ?? [];
  const { table, text } = changeLinks(before, wish, ids, leader);
  await faults.setLinks(table);
  tell(`${text}${leader === undefined ? '' : `; replica ${leader} led`}`);
  if (wish.type === 'partition' || wish.type === 'isolate') await tellWhatHolds(faults, tell);
}

/** A partition has come to hold when every replica either knows a leader that it hears, or none. */
async function tellWhatHolds(faults: Faults, tell: (line: string) => void): Promise<void> {
  const running = (await faults.replicas()).filter(({ state }) => state === 'running');
  const sides = await waitFor(SETTLE_MS, async () => {
    const views = await Promise.all(
      running.map(async ({ id, clientUrl }) => ({ id, view: await clusterStatus(clientUrl) })),
    );
    const serving = views.filter(({ view }) => view?.ready === true);
    const leaders = new Set(serving.map(({ view }) => view?.leader));
    const out = views.filter(({ view }) => view?.ready !== true);
    const isSettled = leaders.size <= 1 && out.length > 0;
    return isSettled && { leader: [...leaders][0], serving, out };
  });
  if (sides === undefined) return;
  const name = (side: readonly { readonly id: number }[]) => side.map(({ id }) => id).join(', ');
  const { leader, serving, out } = sides;
  if (serving.length > 0) tell(`replica ${name(serving)} serves, and ${leader} leads`);
  tell(`replica ${name(out)} hears no leader, and refuses`);
}
