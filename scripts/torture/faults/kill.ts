/** N1: processes end without a word, at any moment, and are started again at once or later. */
import type { Fault, FaultContext } from '../fault.ts';
import { drawTarget, idsOf, namesOf } from './targets.ts';
import { becomeWhole, drawPeriodMs, revive } from './wholeness.ts';

export const KILL: Fault = {
  name: 'kill',
  id: 'N1',
  title: 'SIGKILL of one, some or all; restart at once or later',
  episode: killAndRestart,
};

async function killAndRestart(context: FaultContext): Promise<void> {
  const struck = await drawTarget(context);
  const isDelayed = context.random.chance(0.5);
  const downMs = isDelayed ? drawPeriodMs(context.random) : 0;
  const end = context.begin(`SIGKILL ${namesOf(idsOf(struck))}`, idsOf(struck));
  await Promise.all(struck.map((replica) => replica.kill()));
  await context.lasts(downMs);
  revive(struck);
  end(`started again after ${downMs} ms`);
  await becomeWhole(context, struck);
}
