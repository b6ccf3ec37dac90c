/** Which directed links are cut: for a while, or for ever at the end. */
import { unreachable } from '../paxos/assert.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { LastFault } from './plan.ts';
import type { Random } from './random.ts';

export type Link = readonly [from: ReplicaId, to: ReplicaId];

/** Isolate one, split in two, cut one way, a chain, or cut nothing. */
export function drawCuts(random: Random, ids: readonly ReplicaId[]): Link[] {
  const one = random.pick(ids);
  switch (random.between(0, 5)) {
    case 0:
      return lastingCuts('isolated', ids, one);
    case 1:
      return linksOf(ids).filter(([from, to]) => from <= ids.length / 2 !== to <= ids.length / 2);
    case 2:
      return lastingCuts('mute', ids, one);
    case 3:
      return lastingCuts('deaf', ids, one);
    case 4:
      return lastingCuts('chain', ids, one);
    default:
      return [];
  }
}

/** What a fault of `one` cuts; a chain has no victim. */
export function lastingCuts(fault: LastFault, ids: readonly ReplicaId[], one: ReplicaId): Link[] {
  const links = linksOf(ids);
  switch (fault) {
    case 'nothing':
    case 'hungDisk':
      return [];
    case 'isolated':
      return links.filter(([from, to]) => from === one || to === one);
    case 'mute':
      return links.filter(([from]) => from === one);
    case 'deaf':
      return links.filter(([, to]) => to === one);
    case 'chain':
      return links.filter(([from, to]) => Math.abs(from - to) > 1);
    default:
      return unreachable(fault);
  }
}

function linksOf(ids: readonly ReplicaId[]): Link[] {
  return ids.flatMap((from) => ids.filter((to) => to !== from).map((to): Link => [from, to]));
}
