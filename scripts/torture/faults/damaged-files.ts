/**
 * N17 and N18: files of a replica's data directory are damaged, cut short or gone, while it runs or
 * while it is stopped. It must notice, and mend itself, or say why it cannot: never serve wrong data.
 */
import { cpSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { damage, LIVE_DAMAGES, type DamageOptions } from '../damage/damage.ts';
import type { Fault, FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import { whileStopped } from './disk-episode.ts';
import { drawTarget } from './targets.ts';
import { becomeVoters, drawMinority, stakingVotes } from './votes.ts';
import { becomeWhole, drawPeriodMs } from './wholeness.ts';

const MOST_DAMAGES = 3;

export const DAMAGED_FILES: Fault = {
  name: 'damaged-files',
  id: 'N17',
  title: 'Bits flipped, blocks zeroed, chunks copied or put back in files of a minority',
  episode: stakingVotes((context) =>
    context.random.pick([damageLive, damageStopped, putBack])(context),
  ),
};

export const SHORT_FILES: Fault = {
  name: 'short-files',
  id: 'N18',
  title: 'Files of a minority cut short, or gone',
  episode: stakingVotes(shorten),
};

type Damaging = Omit<DamageOptions, 'random'>;

function strike(context: FaultContext, replica: TortureReplica, options: Damaging): void {
  const { random } = context;
  const said = damage(replica.plan.directory, { ...options, random: () => random.next() });
  context.once(`replica ${replica.id}: ${said}`, [replica.id]);
}

/** Others changed its files: what the shim knew of them is of no use. */
export function strikeStopped(
  context: FaultContext,
  replica: TortureReplica,
  options: Damaging,
): void {
  strike(context, replica, options);
  replica.shim?.forget();
}

/**
 * It may not look there before it starts again. So it is started: else the same could come to another
 * one meanwhile, and what both have forgotten be gone.
 */
async function damageLive(context: FaultContext): Promise<void> {
  const struck = await drawMinority(context);
  for (const replica of struck) {
    replica.markDamaged();
    strike(context, replica, { what: context.random.pick(LIVE_DAMAGES) });
  }
  await context.lasts(drawPeriodMs(context.random));
  await whileStopped(struck, () => undefined);
  await becomeVoters(context, struck);
}

async function damageStopped(context: FaultContext): Promise<void> {
  const struck = await drawMinority(context);
  await whileStopped(struck, (replica) => {
    const times = context.random.between(1, MOST_DAMAGES);
    for (let time = 0; time < times; time += 1) {
      strikeStopped(context, replica, { what: context.random.pick(LIVE_DAMAGES) });
    }
  });
  await becomeVoters(context, struck);
}

/** A chunk is as it was some seconds ago, of a file that is written in place: all others only grow. */
async function putBack(context: FaultContext): Promise<void> {
  const [replica] = await drawTarget(context, ['one', 'leader', 'nonLeader']);
  if (replica === undefined) return;
  const { directory } = replica.plan;
  const olderCopy = join(dirname(directory), 'older-chunks');
  await whileStopped([replica], () => cpSync(directory, olderCopy, { recursive: true }));
  await becomeWhole(context, [replica]);
  await context.lasts(drawPeriodMs(context.random));
  await whileStopped([replica], () => {
    strikeStopped(context, replica, { what: 'old', olderCopy, files: ['witness', 'current'] });
  });
  rmSync(olderCopy, { recursive: true, force: true });
  await becomeVoters(context, [replica]);
}

async function shorten(context: FaultContext): Promise<void> {
  const struck = await drawMinority(context);
  const { random } = context;
  await whileStopped(struck, (replica) => {
    const options: Damaging = random.chance(0.5)
      ? { what: 'truncate', files: ['journal', 'journal', 'table'] }
      : { what: 'delete', files: ['current', 'manifest', 'table', 'witness'] };
    strikeStopped(context, replica, options);
  });
  await becomeVoters(context, struck);
}
