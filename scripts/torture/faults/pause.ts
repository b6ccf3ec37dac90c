/** N3: processes stand still, for longer than any lease and election, and go on as if nothing had been. */
import type { Fault, FaultContext } from '../fault.ts';
import { drawTarget, idsOf, namesOf } from './targets.ts';
import { becomeWhole, drawScaledMs } from './wholeness.ts';

const LEAST_MS = 50;
const MOST_MS = 60_000;

export const PAUSE: Fault = {
  name: 'pause',
  id: 'N3',
  title: 'SIGSTOP for 50 ms to 60 s, then SIGCONT',
  episode: pauseAndResume,
};

async function pauseAndResume(context: FaultContext): Promise<void> {
  // The leader and another one are the two cases that matter; the rest is there to be thorough.
  const struck = await drawTarget(context, [
    'leader',
    'leader',
    'nonLeader',
    'leaderAndOne',
    'minority',
    'majority',
    'all',
  ]);
  const pauseMs = drawScaledMs(context.random, LEAST_MS, MOST_MS);
  const end = context.begin(`SIGSTOP ${namesOf(idsOf(struck))} for ${pauseMs} ms`, idsOf(struck));
  for (const replica of struck) replica.pause();
  await context.lasts(pauseMs);
  for (const replica of struck) replica.resume();
  end();
  await becomeWhole(context, struck);
}
