/** Changes what the links do, and waits until the cluster has taken notice. */
import type { Faults } from '../local-cluster/faults.ts';
import { clusterStatus, waitFor } from '../local-cluster/probe.ts';
import { changeLinks } from './link-change.ts';
import { putLinksIn } from './links-in.ts';
import type { LinkWish } from './wish.ts';
import { names } from './words.ts';

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

/** A partition holds when each replica follows a leader that leads and serves, or knows of none. */
async function tellWhatHolds(faults: Faults, tell: (line: string) => void): Promise<void> {
  const running = (await faults.replicas()).filter(({ state }) => state === 'running');
  const sides = await waitFor(SETTLE_MS, async () => {
    const views = await Promise.all(
      running.map(async ({ id, clientUrl }) => ({ id, view: await clusterStatus(clientUrl) })),
    );
    const serving = views.filter(({ view }) => view?.ready === true);
    const leaders = serving.filter(({ view }) => view?.role === 'leader').map(({ id }) => id);
    const follow = serving.every(({ view }) => leaders.some((id) => id === view?.leader));
    const out = views.filter(({ view }) => view?.ready !== true).map(({ id }) => id);
    return follow && out.length > 0 && { leaders, serving: serving.map(({ id }) => id), out };
  });
  if (sides === undefined) return;
  const { leaders, serving, out } = sides;
  if (serving.length > 0) tell(`it holds: ${leaders.join()} leads, served by ${names(serving)}`);
  tell(`no leader is heard, and nothing decided, by ${names(out)}`);
}
