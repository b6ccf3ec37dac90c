/** How faults of disks and clocks are begun and ended. */
import type { TortureReplica } from '../replica.ts';
import { shimMissing } from '../shim/build.ts';
import type { DiskRule } from '../shim/rule.ts';
import type { SetRule, Shim } from '../shim/shim.ts';
import { revive } from './wholeness.ts';

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
export function whileStopped(
  replicas: readonly TortureReplica[],
  meanwhile: (replica: TortureReplica) => void,
): Promise<void> {
  return whileAllStopped(replicas, () => {
    for (const replica of replicas) if (!replica.isRunning()) meanwhile(replica);
  });
}

/** The same, with all of them at once. */
export async function whileAllStopped(
  replicas: readonly TortureReplica[],
  meanwhile: () => void | Promise<void>,
): Promise<void> {
  await Promise.all(replicas.map((replica) => replica.kill()));
  try {
    await meanwhile();
  } finally {
    revive(replicas);
  }
}
