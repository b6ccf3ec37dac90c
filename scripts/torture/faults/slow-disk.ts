/** N22: syncs that take 10 to 1000 times as long, or never come back. */
import { waitFor } from '../../bench/wait.ts';
import type { Fault, FaultContext } from '../fault.ts';
import { underRule, UNDER_SHIM } from './disk-episode.ts';
import { drawTarget, idsOf, namesOf } from './targets.ts';
import { becomeWhole, drawPeriodMs, drawScaledMs, expectAlone } from './wholeness.ts';

/** A sync takes about a ms where it is quick. */
const LEAST_MS = 10;
const MOST_MS = 1_000;
/** A disk that is silent for 1 s is given up; an election; and a machine that is slow. */
const LOSES_OFFICE_MS = 10_000;

export const SLOW_DISK: Fault = {
  name: 'slow-disk',
  id: 'N22',
  title: 'Syncs 10 to 1000 times slower, or that hang',
  ...UNDER_SHIM,
  episode: (context) => context.random.pick([slowDown, hang, hangLeader])(context),
};

async function slowDown(context: FaultContext): Promise<void> {
  const struck = await drawTarget(context);
  const ms = drawScaledMs(context.random, LEAST_MS, MOST_MS);
  const ids = idsOf(struck);
  const end = context.begin(`each sync of ${namesOf(ids)} takes ${ms} ms more`, ids);
  await underRule(struck, { on: ['sync'], action: { type: 'sleep', ms } }, () =>
    context.lasts(drawPeriodMs(context.random)),
  );
  end();
  await becomeWhole(context, struck);
}

async function hang(context: FaultContext): Promise<void> {
  const struck = await drawTarget(context);
  const ids = idsOf(struck);
  const end = context.begin(`syncs of ${namesOf(ids)} hang`, ids);
  await underRule(struck, { on: ['sync'], action: { type: 'hang' } }, () =>
    context.lasts(drawPeriodMs(context.random)),
  );
  end();
  await becomeWhole(context, struck);
}

/** Others must lead within a bound. */
async function hangLeader(context: FaultContext): Promise<void> {
  const { cluster } = context;
  const leader = await cluster.leader();
  if (leader === undefined) return;
  const { id } = leader;
  const end = context.begin(`writes and syncs of replica ${id}, which leads, hang`, [id]);
  await underRule([leader], { on: ['write', 'sync'], action: { type: 'hang' } }, async () => {
    const began = performance.now();
    const hasLost = async (): Promise<true | undefined> => {
      const now = await cluster.leader();
      return context.isOver() || (now !== undefined && now.id !== id) || undefined;
    };
    const finding = await waitFor(hasLost, { what: 'end', limitMs: LOSES_OFFICE_MS })
      .then(() => undefined)
      .catch(() => `replica ${id} still leads ${LOSES_OFFICE_MS} ms after its disk hung`);
    expectAlone(context, 'a leader whose disk hangs leads no longer', finding);
    const tookMs = Math.round(performance.now() - began);
    if (finding === undefined) context.once(`another one leads after ${tookMs} ms`, [id]);
    await context.lasts(drawPeriodMs(context.random));
  });
  end();
  await becomeWhole(context, [leader]);
}
