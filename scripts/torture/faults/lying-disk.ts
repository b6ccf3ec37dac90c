/**
 * N16: the power fails. Of a minority the disk had said that it synced, and had not; or all disks were
 * honest, and the power fails for any number of replicas at once. No acknowledged write may be lost.
 */
import type { Fault, FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import type { CutOptions } from '../shim/power-cut.ts';
import { shimOf, underRule, UNDER_SHIM, whileStopped } from './disk-episode.ts';
import { drawTarget, idsOf, namesOf } from './targets.ts';
import { becomeVoters, drawMinority, stakingVotes } from './votes.ts';
import { becomeWhole, drawPeriodMs, revive } from './wholeness.ts';

const MODES = ['all', 'random', 'torn'] as const;

export const LYING_DISK: Fault = {
  name: 'lying-disk',
  id: 'N16',
  title: 'Power cuts: of any number with honest disks, of a minority whose disks lied',
  ...UNDER_SHIM,
  episode: (context) => (context.random.chance(0.5) ? stakingVotes(lie) : cutHonest)(context),
};

/** One of its kinds alone, which a server that syncs stands, and one that does not sync must not. */
export const POWER_CUT_OF_ALL: Fault = {
  name: 'power-cut-of-all',
  id: 'N16',
  title: 'Power cuts of all, with honest disks',
  ...UNDER_SHIM,
  episode: (context) => cutHonest(context, context.cluster.members()),
};

/** A negative control, and none of the faults: acknowledged writes must be lost, and seen to be. */
export const LYING_DISKS: Fault = {
  name: 'lying-disks',
  id: 'N16',
  title: 'Power cuts of all, whose disks all lied',
  ...UNDER_SHIM,
  episode: lieEverywhere,
};

async function lie(context: FaultContext): Promise<void> {
  const struck = await drawMinority(context);
  const ids = idsOf(struck);
  const end = context.begin(`syncs of ${namesOf(ids)} do nothing`, ids);
  await underRule(struck, { on: ['sync'], action: { type: 'lie' } }, async () => {
    await context.lasts(drawPeriodMs(context.random));
    await cut(context, struck);
  });
  end();
  await becomeVoters(context, struck);
}

/** From a start on: then nobody remembers what another one has forgotten. */
async function lieEverywhere(context: FaultContext): Promise<void> {
  const all = context.cluster.members();
  const ids = idsOf(all);
  const end = context.begin(`syncs of ${namesOf(ids)} do nothing`, ids);
  const { random } = context;
  await Promise.all(all.map((replica) => replica.kill()));
  await underRule(all, { on: ['sync'], action: { type: 'lie' } }, async () => {
    revive(all);
    await becomeWhole(context, all);
    await context.lasts(drawPeriodMs(random));
    await whileStopped(all, (replica) => cutPower(context, replica, 'all'));
  });
  end();
  await becomeWhole(context, all);
}

async function cutHonest(context: FaultContext, meant?: readonly TortureReplica[]): Promise<void> {
  const struck = meant ?? (await drawTarget(context));
  await context.lasts(drawPeriodMs(context.random));
  await cut(context, struck);
  await becomeVoters(context, struck);
}

function cut(context: FaultContext, struck: readonly TortureReplica[]): Promise<void> {
  return whileStopped(struck, (replica) => cutPower(context, replica));
}

/** Of one that was killed. */
export function cutPower(
  context: FaultContext,
  replica: TortureReplica,
  mode: CutOptions['mode'] = context.random.pick(MODES),
): void {
  const { random } = context;
  const lost = shimOf(replica).cutPower({ mode, random: () => random.next() });
  context.once(`power cut of replica ${replica.id} (${mode}): ${lost}`, [replica.id]);
}
