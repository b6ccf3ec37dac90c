/** How long faults last, and how a cluster is whole again after one. */
import type { Random } from '../../../src/simulation/random.ts';
import { waitFor } from '../../bench/wait.ts';
import type { TortureCluster } from '../cluster.ts';
import type { FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';

const LEAST_PERIOD_MS = 1_000;
const MOST_PERIOD_MS = 15_000;
/** From the end of a fault until each replica is ready, on a slow machine, with all that it missed. */
export const WHOLE_LIMIT_MS = 120_000;
const ASK_EVERY_MS = 100;

export function drawPeriodMs(random: Random): number {
  return random.between(LEAST_PERIOD_MS, MOST_PERIOD_MS);
}

/** Drawn so that each doubling is as likely as any other: short ones are not rare. */
export function drawScaledMs(random: Random, leastMs: number, mostMs: number): number {
  return Math.round(leastMs * (mostMs / leastMs) ** random.next());
}

/** Starts and resumes those that are still members: another fault may have removed one meanwhile. */
export function revive(replicas: readonly TortureReplica[]): void {
  for (const replica of replicas.filter(({ isMember }) => isMember)) {
    replica.resume();
    replica.start();
  }
}

/**
 * Until these are ready, and have applied what anybody had applied when this began: whoever starts
 * says for a moment that it is ready, before it hears how far the others are. Or until all is over:
 * then the run itself looks after them.
 */
export async function becomeWhole(
  context: FaultContext,
  replicas: readonly TortureReplica[] = context.cluster.members(),
): Promise<void> {
  const { cluster } = context;
  const statuses = [...(await cluster.statuses()).values()];
  const target = Math.max(0, ...statuses.map(({ appliedUpTo }) => appliedUpTo));
  const ask = async (): Promise<true | undefined> => {
    const isWhole = context.isOver() || (await lackingOf(cluster, replicas, target)).length === 0;
    return isWhole || undefined;
  };
  const limit = { what: 'wholeness', limitMs: WHOLE_LIMIT_MS, everyMs: ASK_EVERY_MS };
  const isWhole = await waitFor(ask, limit).catch(() => false);
  const ids = isWhole ? [] : (await lackingOf(cluster, replicas, target)).map(({ id }) => id);
  const finding = `not ready ${WHOLE_LIMIT_MS} ms after the fault: ${ids.join(', ')}`;
  expectAlone(context, 'replicas are ready after a fault', isWhole ? undefined : finding);
}

/** Of those that are members still. */
async function lackingOf(
  cluster: TortureCluster,
  replicas: readonly TortureReplica[],
  target: number,
): Promise<readonly TortureReplica[]> {
  const statuses = await cluster.statuses();
  const asked = await Promise.all(
    replicas.map(async (replica) => {
      const appliedUpTo = statuses.get(replica.id)?.appliedUpTo ?? 0;
      const isWell = appliedUpTo >= target && (await replica.isReady());
      return replica.isMember && !isWell ? replica : [];
    }),
  );
  return asked.flat();
}

/** For what another fault at the same time could spoil. */
export function expectAlone(
  context: Pick<FaultContext, 'expect' | 'isAlone'>,
  what: string,
  finding: string | undefined,
): void {
  if (context.isAlone !== false) context.expect(what, finding);
}
