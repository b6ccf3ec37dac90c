/** N2: SIGTERM. A replica hands over, answers what is under way, and ends with status 0. */
import type { Fault, FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';
import { drawTarget, idsOf, namesOf } from './targets.ts';
import { becomeWhole, drawPeriodMs, expectAlone, revive } from './wholeness.ts';

const ROLLING_CHANCE = 0.5;
const DISK = /not closed within|ENOSPC|No space left|EIO|Input\/output error|disk is full/;
const ROLE = /"role":"([a-z]+)"/g;

export const STOP: Fault = {
  name: 'stop',
  id: 'N2',
  title: 'SIGTERM and start again: of some at once, or of one after the other',
  episode: (context) => (context.random.chance(ROLLING_CHANCE) ? roll(context) : stopSome(context)),
};

async function stopSome(context: FaultContext): Promise<void> {
  const { cluster, random } = context;
  const struck = await drawTarget(context);
  const downMs = random.chance(0.5) ? drawPeriodMs(random) : 0;
  const old = await cluster.leader();
  const end = context.begin(`SIGTERM ${namesOf(idsOf(struck))}`, idsOf(struck));
  await Promise.all(struck.map((replica) => stop(context, replica)));
  const isEnough = struck.length <= (cluster.members().length - 1) / 2;
  if (isEnough && old !== undefined && struck.includes(old)) expectHandOver(context, old);
  await context.lasts(downMs);
  revive(struck);
  end(`started again after ${downMs} ms`);
  await becomeWhole(context, struck);
}

/** As in an upgrade: each one is ready before the next one goes, and the leader is the last. */
async function roll(context: FaultContext): Promise<void> {
  const { cluster, random } = context;
  const leader = await cluster.leader();
  const others = random.shuffle(cluster.members().filter((replica) => replica !== leader));
  const order = leader === undefined ? others : [...others, leader];
  const end = context.begin(`rolling restart: ${idsOf(order).join(', ')}`, idsOf(order));
  for (const replica of order) {
    if (context.isOver()) break;
    await stop(context, replica);
    revive([replica]);
    await becomeWhole(context, [replica]);
  }
  end();
}

async function stop(context: FaultContext, replica: TortureReplica): Promise<void> {
  const seen = replica.wholeLog().length;
  const how = await replica.stop();
  // Where another fault had ended it already, there is nothing to say.
  if (how === undefined) return;
  const isExcused = context.isAlone === false && isOfAnother(how, replica.wholeLog().slice(seen));
  const finding = how === 0 || isExcused ? undefined : `replica ${replica.id} ended with ${how}`;
  context.expect('SIGTERM ends a replica with status 0', finding);
}

/**
 * Whether another fault at the same time explains how it ended: a signal, of that fault or before it
 * could hear ours; or a disk that hung or failed, as it says itself.
 */
export function isOfAnother(how: number | string, said: string): boolean {
  return typeof how === 'string' || DISK.test(said);
}

function expectHandOver(context: FaultContext, replica: TortureReplica): void {
  const finding = ledToTheEnd(replica.wholeLog())
    ? `replica ${replica.id} led to its end`
    : undefined;
  expectAlone(context, 'a leader that is told to end hands over', finding);
}

/** By a replica's own log: the last role that it had, before its process ended. */
export function ledToTheEnd(log: string): boolean {
  return [...log.matchAll(ROLE)].at(-1)?.[1] === 'leader';
}
