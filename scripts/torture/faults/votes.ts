/**
 * Faults after which a replica may have forgotten votes. Until it is let in again it has none, and
 * where a majority has none nothing goes on for ever: so at most a minority of a cluster is struck so
 * at any time, whatever faults there are.
 */
import { waitFor } from '../../bench/wait.ts';
import type { TortureCluster } from '../cluster.ts';
import type { Fault, FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import { drawTarget, idsOf, type Target } from './targets.ts';
import { becomeWhole, expectAlone, revive } from './wholeness.ts';

/** From its being ready until a suspect that was let in again has a vote, on a slow machine. */
const VOTERS_LIMIT_MS = 60_000;
const ASK_EVERY_MS = 100;
/** One of two is no minority. */
const FEWEST_VOTERS = 3;
const BUSY_MS = 1_000;

const atStake = new WeakSet<TortureCluster>();

/** Whether votes of one may be forgotten now: then no other should be taken from it. */
export function votesAreAtStake(cluster: TortureCluster): boolean {
  return atStake.has(cluster);
}

/** A target that may forget. */
export const MINORITIES: readonly Target[] = ['one', 'minority', 'leader', 'nonLeader'];

export function drawMinority(context: FaultContext): Promise<readonly TortureReplica[]> {
  return drawTarget(context, MINORITIES);
}

/** An episode that is left out where another one goes on, or not all members have a vote. */
export function stakingVotes(episode: Fault['episode']): Fault['episode'] {
  return async (context) => {
    const { cluster } = context;
    if (atStake.has(cluster)) return context.lasts(BUSY_MS);
    atStake.add(cluster);
    try {
      await (isSafe(context, await votelessOf(context))
        ? episode(context)
        : context.lasts(BUSY_MS));
    } finally {
      atStake.delete(cluster);
    }
  };
}

function isSafe({ cluster }: FaultContext, voteless: readonly number[]): boolean {
  return voteless.length === 0 && cluster.members().length >= FEWEST_VOTERS;
}

/** Until they are ready, and all members have a vote as any of them sees it, or all is over. */
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

async function votelessOf({ cluster }: FaultContext): Promise<readonly number[]> {
  const ids = idsOf(cluster.members());
  const statuses = [...(await cluster.statuses()).values()];
  return ids.filter(
    (id) =>
      statuses.length < ids.length ||
      statuses.some(({ members }) => members.find((one) => one.id === id)?.role !== 'voter'),
  );
}
