/** N5: groups of replicas that do not hear each other, at once or one after the other. */
import { type Link, linksOf } from '../../../src/simulation/cuts.ts';
import type { Fault, FaultContext } from '../fault.ts';
import { cut, recut } from './cut-links.ts';
import { drawTarget, idsOf, namesOf } from './targets.ts';
import { becomeWhole, drawPeriodMs } from './wholeness.ts';

const SWIZZLE_CHANCE = 0.25;

export const PARTITION: Fault = {
  name: 'partition',
  id: 'N5',
  title: 'Clean partitions: one alone, a minority, a majority, halves; one by one',
  episode: (context) =>
    context.random.chance(SWIZZLE_CHANCE) ? swizzle(context) : separate(context),
};

/** Those in `group` from all others, both ways. */
export function cutsAround(group: readonly number[], ids: readonly number[]): readonly Link[] {
  const inside = new Set(group);
  return linksOf(ids).filter(([from, to]) => inside.has(from) !== inside.has(to));
}

/** Each of `alone` from everybody. */
export function cutsOfEach(alone: readonly number[], ids: readonly number[]): readonly Link[] {
  return linksOf(ids).filter(([from, to]) => alone.includes(from) || alone.includes(to));
}

async function separate(context: FaultContext): Promise<void> {
  const { cluster, links, random } = context;
  const ids = idsOf(cluster.members());
  const struck = await drawTarget(context, [
    'one',
    'leader',
    'leaderAndOne',
    'minority',
    'majority',
  ]);
  const group = idsOf(struck);
  const end = context.begin(`${namesOf(group)} apart from the others`, group);
  const mend = cut(links, cutsAround(group, ids));
  await context.lasts(drawPeriodMs(random));
  mend();
  end();
  await becomeWhole(context);
}

/** One after the other is isolated, and they come back in another order. */
async function swizzle(context: FaultContext): Promise<void> {
  const { cluster, links, random } = context;
  const ids = idsOf(cluster.members());
  const leaving = random.shuffle(ids).slice(0, random.between(1, ids.length));
  const coming = random.shuffle(leaving);
  const stepMs = drawPeriodMs(random) / (2 * leaving.length);
  const order = `${leaving.join(', ')}; back: ${coming.join(', ')}`;
  const end = context.begin(`isolated one by one: ${order}`, leaving);
  const steps = [
    ...leaving.map((_, at) => leaving.slice(0, at + 1)),
    ...coming.map((_, at) => coming.slice(at + 1)),
  ];
  let before: readonly Link[] = [];
  for (const alone of steps) {
    const after = cutsOfEach(alone, ids);
    recut(links, before, after);
    before = after;
    if (alone.length > 0) await context.lasts(stepMs);
  }
  end();
  await becomeWhole(context);
}
