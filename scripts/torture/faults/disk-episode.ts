/** What faults of disks and clocks have in common: whom they strike, and when all is well again. */
import { waitFor } from '../../bench/wait.ts';
import type { FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import { shimMissing } from '../shim/build.ts';
import type { DiskRule } from '../shim/rule.ts';
import type { SetRule, Shim } from '../shim/shim.ts';
import { idsOf } from './targets.ts';
import { becomeWhole, expectAlone, revive } from './wholeness.ts';

/** From its being ready until a suspect that was let in again has a vote, on a slow machine. */
const VOTERS_LIMIT_MS = 60_000;
const ASK_EVERY_MS = 100;

/** Of a fault that can only be made under the shim. */
export const UNDER_SHIM = { needs: { shim: true }, missing: shimMissing } as const;

export function shimOf(replica: TortureReplica): Shim {
  if (replica.shim === undefined) throw new Error(`replica ${replica.id} runs without the shim`);
  return replica.shim;
}

/** One rule for each; all of them are removed, also where what happens meanwhile throws. */
export async function underRule(
  replicas: readonly TortureReplica[],
  rule: DiskRule,
  meanwhile: (rules: readonly SetRule[]) => Promise<void>,
): Promise<void> {
  const rules = replicas.map((replica) => shimOf(replica).add(rule));
  try {
    await meanwhile(rules);
  } finally {
    for (const each of rules) each.remove();
  }
}

/**
 * They are killed, the thing is done to each, and they are started; those that are members still. One
 * that another fault has started meanwhile is spared.
 */
export async function whileStopped(
  replicas: readonly TortureReplica[],
  meanwhile: (replica: TortureReplica) => void,
): Promise<void> {
  await Promise.all(replicas.map((replica) => replica.kill()));
  try {
    for (const replica of replicas) if (!replica.isRunning()) meanwhile(replica);
  } finally {
    revive(replicas);
  }
}

/**
 * Until they are ready and nobody is a suspect or not yet a voter again, or all is over. The next
 * episode may take another one's vote: two without one are a majority of three.
 */
export async function becomeVoters(
  context: FaultContext,
  replicas: readonly TortureReplica[],
): Promise<void> {
  revive(replicas);
  await becomeWhole(context, replicas);
  const ask = async (): Promise<true | undefined> => {
    if (context.isOver()) return true;
    return (await votelessOf(context)).length === 0 ? true : undefined;
  };
  try {
    await waitFor(ask, { what: 'votes', limitMs: VOTERS_LIMIT_MS, everyMs: ASK_EVERY_MS });
  } catch {
    const ids = (await votelessOf(context)).join(', ');
    const finding = `no voters ${VOTERS_LIMIT_MS} ms after they were ready: ${ids}`;
    expectAlone(context, 'who lost its vote has it again', finding);
  }
}

/** As any of the members sees it. */
async function votelessOf({ cluster }: FaultContext): Promise<readonly number[]> {
  const ids = idsOf(cluster.members());
  const statuses = [...(await cluster.statuses()).values()];
  return ids.filter(
    (id) =>
      statuses.length < ids.length ||
      statuses.some(({ members }) => members.find((one) => one.id === id)?.role !== 'voter'),
  );
}
