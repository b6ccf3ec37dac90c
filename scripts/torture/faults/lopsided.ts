/** N6: partitions that are none: links cut one way, or so that not all hear all. */
import { type CutShape, cutsOf } from '../../../src/simulation/cuts.ts';
import type { Random } from '../../../src/simulation/random.ts';
import type { Fault, FaultContext } from '../fault.ts';
import { cut } from './cut-links.ts';
import { canLead, expectLeadership, lastsUnderWatch } from './leadership.ts';
import { idsOf } from './targets.ts';
import { becomeWhole } from './wholeness.ts';

/** Long enough to see whether a leader stays. */
const LEAST_MS = 11_000;
const MOST_MS = 18_000;
/** Of one member, as while the other one is replaced, there are no links. */
const ALONE_MS = 1_000;

const SHAPES: readonly CutShape[] = [
  'sendOnly',
  'receiveOnly',
  'oneWayHalves',
  'bridge',
  'majoritiesRing',
  'quorumLoss',
  'constrainedElection',
  'chain',
];
/**
 * Of two, as while one of three was removed, a link has only its two ways; of three, the later ones
 * are the chain again, or nobody hears anybody who hears it.
 */
const LEAST_FOR: ReadonlyMap<CutShape, number> = new Map([
  ['sendOnly', 2],
  ['receiveOnly', 2],
  ['bridge', 4],
  ['quorumLoss', 4],
  ['majoritiesRing', 5],
]);

/** What can be told apart among so many. */
export function shapesFor(size: number): readonly CutShape[] {
  return SHAPES.filter((shape) => size >= (LEAST_FOR.get(shape) ?? 3));
}

export const LOPSIDED: Fault = {
  name: 'lopsided',
  id: 'N6',
  title: 'One-way cuts, bridge, ring of majorities, lost quorums, constrained election, chain',
  episode: cutShape,
};

async function cutShape(context: FaultContext): Promise<void> {
  const { cluster, links, random } = context;
  const ids = idsOf(cluster.members());
  const shapes = shapesFor(ids.length);
  if (shapes.length === 0) return context.lasts(ALONE_MS);
  const shape = random.pick(shapes);
  const order = leaderAtPlace(
    random.shuffle(ids),
    (await cluster.leader())?.id,
    placeOf(shape, random),
  );
  const cuts = cutsOf(shape, order);
  const end = context.begin(`${wordsOf(shape)}, in the order ${order.join(', ')}`, order);
  const mend = cut(links, cuts);
  const report = await lastsUnderWatch(context, random.between(LEAST_MS, MOST_MS));
  mend();
  end();
  expectLeadership(context, wordsOf(shape), report, canLead(ids, cuts));
  await becomeWhole(context);
}

/** Where the leader stands makes the difference. `undefined`: anywhere. */
function placeOf(shape: CutShape, random: Random): number | undefined {
  // The one that is isolated is to be the leader: only then somebody else has to be elected.
  if (shape === 'constrainedElection') return 1;
  return random.chance(0.5) ? 0 : undefined;
}

export function leaderAtPlace(
  order: readonly number[],
  leader: number | undefined,
  place: number | undefined,
): readonly number[] {
  if (leader === undefined || place === undefined) return order;
  return order.filter((id) => id !== leader).toSpliced(place, 0, leader);
}

/** `quorumLoss` is `quorum loss`. */
function wordsOf(shape: CutShape): string {
  return shape.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
