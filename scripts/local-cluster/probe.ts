/** Asks replicas over HTTP, each question with a limit in time. Used by launcher, faults and demo. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

const PROBE_MS = 1000;
const POLL_MS = 50;

const clusterSchema = z.looseObject({
  leader: z.number().nullish(),
  role: z.string(),
  ballot: z.looseObject({ round: z.number(), leader: z.number() }).nullish(),
  ready: z.boolean(),
  reasons: z.array(z.string()),
  members: z.array(
    z.looseObject({
      id: z.number(),
      role: z.string(),
      peerUrl: z.string(),
      clientUrl: z.string(),
      appliedUpTo: z.number(),
      chosenUpTo: z.number(),
      reachable: z.boolean(),
    }),
  ),
});

export type ClusterStatus = z.infer<typeof clusterSchema>;

export async function isReady(clientUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${clientUrl}/readyz`, { signal: AbortSignal.timeout(PROBE_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

export async function clusterStatus(clientUrl: string): Promise<ClusterStatus | undefined> {
  try {
    const signal = AbortSignal.timeout(PROBE_MS);
    const response = await fetch(`${clientUrl}/v1/cluster`, { signal });
    return clusterSchema.parse(await response.json());
  } catch {
    return undefined;
  }
}

/** The peers that a replica says it hears: `own` is its own number. */
export function heardBy(view: ClusterStatus | undefined, own: number): readonly number[] {
  const heard = view?.members.filter(({ id, reachable }) => id !== own && reachable) ?? [];
  return heard.map(({ id }) => id);
}

/** The leader that most of those who answer name; `undefined` where none is named. */
export async function findLeader(clientUrls: readonly string[]): Promise<number | undefined> {
  const answers = await Promise.all(clientUrls.map(clusterStatus));
  const votes = new Map<number, number>();
  for (const answer of answers) {
    const leader = answer?.leader ?? undefined;
    if (leader !== undefined) votes.set(leader, (votes.get(leader) ?? 0) + 1);
  }
  return [...votes].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

/** Polls until `found` is something; `undefined` when the time is up. */
export async function waitFor<T>(
  limitMs: number,
  found: () => Promise<T | undefined | false>,
): Promise<T | undefined> {
  const end = performance.now() + limitMs;
  do {
    const value = await found();
    if (value !== undefined && value !== false) return value;
    await delay(POLL_MS);
  } while (performance.now() < end);
  return undefined;
}
