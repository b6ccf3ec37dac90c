/** Which directed links are cut by a partition of each shape. */
import { unreachable } from '../paxos/assert.ts';
import type { ReplicaId } from '../paxos/ballot.ts';

export type Link = readonly [from: ReplicaId, to: ReplicaId];

export const CUT_SHAPES = [
  /** The first neither hears nor is heard. */
  'isolated',
  /** The first is heard, and hears nobody. */
  'sendOnly',
  /** The first hears, and nobody hears it. */
  'receiveOnly',
  /** Two halves that do not hear each other; the second is the larger. */
  'halves',
  /** The first half is heard by the second, and does not hear it. */
  'oneWayHalves',
  /** Two halves of the others, which meet only at the first. */
  'bridge',
  /** Each hears a majority, itself among them, and no two the same one. */
  'majoritiesRing',
  /** Only the first reaches a quorum: the others have a link to it alone. */
  'quorumLoss',
  /** The same, and the second, which may lead, is isolated: only the first can be elected. */
  'constrainedElection',
  /** Each has a link to its neighbours in the order only. */
  'chain',
] as const;

export type CutShape = (typeof CUT_SHAPES)[number];

/** All directed links, by the place of their ends in the order. */
interface Place {
  readonly from: number;
  readonly to: number;
}

/** The links that the shape cuts, where the replicas stand in this order. */
export function cutsOf(shape: CutShape, order: readonly ReplicaId[]): Link[] {
  const isCut = cutRule(shape, order.length);
  const cuts: Link[] = [];
  for (const [from, sender] of order.entries()) {
    for (const [to, receiver] of order.entries()) {
      if (from !== to && isCut({ from, to })) cuts.push([sender, receiver]);
    }
  }
  return cuts;
}

export function linksOf(ids: readonly ReplicaId[]): Link[] {
  return ids.flatMap((from) => ids.filter((to) => to !== from).map((to): Link => [from, to]));
}

function cutRule(shape: CutShape, size: number): (place: Place) => boolean {
  const half = Math.floor(size / 2);
  const bridgeHalf = 1 + Math.floor((size - 1) / 2);
  switch (shape) {
    case 'isolated':
      return ({ from, to }) => from === 0 || to === 0;
    case 'sendOnly':
      return ({ to }) => to === 0;
    case 'receiveOnly':
      return ({ from }) => from === 0;
    case 'halves':
      return ({ from, to }) => from < half !== to < half;
    case 'oneWayHalves':
      return ({ from, to }) => from >= half && to < half;
    case 'bridge':
      return ({ from, to }) => from > 0 && to > 0 && from < bridgeHalf !== to < bridgeHalf;
    case 'majoritiesRing':
      return ({ from, to }) => !isInMajority(from, to, size);
    case 'quorumLoss':
      return ({ from, to }) => from > 0 && to > 0;
    case 'constrainedElection':
      return ({ from, to }) => (from > 0 && to > 0) || from === 1 || to === 1;
    case 'chain':
      return ({ from, to }) => Math.abs(from - to) > 1;
    default:
      return unreachable(shape);
  }
}

/** The majority around `to` on the ring: one half of the others before it, the rest after it. */
function isInMajority(from: number, to: number, size: number): boolean {
  const others = Math.floor(size / 2);
  const before = Math.floor(others / 2);
  const steps = (from - to + before + size) % size;
  return steps <= others;
}
