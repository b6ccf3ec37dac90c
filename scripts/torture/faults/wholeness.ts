/** How long faults last, and how a cluster is whole again after one. */
import type { Random } from '../../../src/simulation/random.ts';
import { waitFor } from '../../bench/wait.ts';
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

/** Until these are ready, or all is over: then the run itself looks after them. */
export async function becomeWhole(
  context: FaultContext,
  replicas: readonly TortureReplica[] = context.cluster.members(),
): Promise<void> {
  const ask = async (): Promise<true | undefined> => {
    if (context.isOver()) return true;
    const lacking = await lackingOf(replicas);
    return lacking.length === 0 ? true : undefined;
  };
  const what = 'wholeness';
  try {
    await waitFor(ask, { what, limitMs: WHOLE_LIMIT_MS, everyMs: ASK_EVERY_MS });
  } catch {
    const ids = (await lackingOf(replicas)).map(({ id }) => id).join(', ');
    const finding = `not ready ${WHOLE_LIMIT_MS} ms after the fault: ${ids}`;
    expectAlone(context, 'replicas are ready after a fault', finding);
  }
}

async function lackingOf(replicas: readonly TortureReplica[]): Promise<readonly TortureReplica[]> {
  const asked = await Promise.all(
    replicas.map(async (replica) =>
      replica.isMember && !(await replica.isReady()) ? replica : [],
    ),
  );
  return asked.flat();
}

/** For what another fault at the same time could spoil. */
export function expectAlone(
  context: FaultContext,
  what: string,
  finding: string | undefined,
): void {
  if (context.isAlone !== false) context.expect(what, finding);
}
