/** N7: links that come and go. */
import { type Link, linksOf } from '../../../src/simulation/cuts.ts';
import type { Random } from '../../../src/simulation/random.ts';
import type { Fault, FaultContext } from '../fault.ts';
import { cut } from './cut-links.ts';
import { runaway, lastsUnderWatch } from './leadership.ts';
import { idsOf } from './targets.ts';
import { becomeWhole, drawPeriodMs, expectAlone } from './wholeness.ts';

const LEAST_MS = 100;
const MOST_MS = 2_000;

export const FLAP: Fault = {
  name: 'flap',
  id: 'N7',
  title: 'Links that come and go every 100 ms to 2 s',
  episode: flapLinks,
};

async function flapLinks(context: FaultContext): Promise<void> {
  const { cluster, links, random } = context;
  const ids = idsOf(cluster.members());
  const flapping = drawFlapping(ids, random);
  const halfMs = random.between(LEAST_MS, MOST_MS) / 2;
  const isTogether = random.chance(0.5);
  const names = flapping.map(([from, to]) => `${from}>${to}`).join(', ');
  const end = context.begin(`every ${2 * halfMs} ms: ${names}`, [...new Set(flapping.flat())]);
  const until = performance.now() + drawPeriodMs(random);
  const isDone = (): boolean => context.isOver() || performance.now() >= until;
  const flap = async (some: readonly Link[]): Promise<void> => {
    while (!isDone()) {
      const mend = cut(links, some);
      await context.lasts(halfMs);
      mend();
      await context.lasts(halfMs);
    }
  };
  const groups = isTogether ? [flapping] : flapping.map((link) => [link]);
  const watched = lastsUnderWatch(context, until - performance.now());
  await Promise.all(groups.map(flap));
  const report = await watched;
  end();
  expectAlone(context, 'ballots do not run away: flapping links', runaway(report));
  await becomeWhole(context);
}

/** One way, both ways, all of one replica, or all there are. */
function drawFlapping(ids: readonly number[], random: Random): readonly Link[] {
  const [one = 0, other = 0] = random.shuffle(ids);
  return random.pick<readonly Link[]>([
    [[one, other]],
    [
      [one, other],
      [other, one],
    ],
    linksOf(ids).filter((link) => link.includes(one)),
    linksOf(ids),
  ]);
}
