/** Undoes every fault that was done with these scripts, as far as it can be now. */
import type { Faults } from '../local-cluster/faults.ts';
import { isReady, waitFor } from '../local-cluster/probe.ts';
import { areLinksIn, takeLinksOut } from './links-in.ts';

const READY_MS = 30_000;

/** Tells what was done, line by line. Throws where a replica does not become ready. */
export async function heal(faults: Faults, tell: (line: string) => void): Promise<void> {
  let isOpen = (await faults.links()) !== undefined;
  if (!isOpen && (await areLinksIn(faults))) {
    await faults.openLinks();
    isOpen = true;
  }
  if (isOpen) {
    await faults.setLinks([]);
    tell('all links are whole');
  }
  for (const { id } of await faults.replicas()) {
    const undone = await faults.undoHarm(id);
    if (undone !== undefined) tell(undone);
  }
  for (const { id, state } of await faults.replicas()) {
    if (state === 'running') continue;
    tell(await faults.carryOut(state === 'paused' ? 'resume' : 'restart', id));
  }
  await tellWhenReady(await faults.clientUrls(), tell);
  if (!isOpen) return;
  try {
    await takeLinksOut(faults);
    // Each member that is moved is a membership of its own, which begins with an election.
    await untilReady(await faults.clientUrls());
    tell('the replicas reach each other directly again');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    tell(`the links stay in, and let everything pass, until the next heal: ${why}`);
  }
}

export async function tellWhenReady(
  urls: ReadonlyMap<number, string>,
  tell: (line: string) => void,
): Promise<void> {
  const startedAt = performance.now();
  await untilReady(urls);
  const who = urls.size === 1 ? `replica ${[...urls.keys()].join('')} is` : 'all replicas are';
  tell(`${who} ready, after ${Math.round(performance.now() - startedAt)} ms`);
}

async function untilReady(urls: ReadonlyMap<number, string>): Promise<void> {
  await Promise.all(
    [...urls].map(async ([id, url]) => {
      if ((await waitFor(READY_MS, () => isReady(url))) !== undefined) return;
      throw new Error(`replica ${id} is not ready after ${READY_MS / 1000} s; see ${url}/readyz`);
    }),
  );
}
