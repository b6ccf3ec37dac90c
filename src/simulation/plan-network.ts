/** How bad the network of a world is. */
import type { PeerMessage } from '../transport/messages.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';

/** What may be lost most of the time, as where something on the way does not like its size or shape. */
const LOST_TYPES = [
  'campaignChecked',
  'prepare',
  'promise',
  'promise',
  'promise',
  'promise',
  'accept',
  'accepted',
  'rejected',
  'heartbeat',
  'leaderConfirmed',
  'readIndexed',
  'forwarded',
  'status',
] as const satisfies readonly PeerMessage['type'][];

type Network = Pick<
  Plan,
  | 'loss'
  | 'lostType'
  | 'duplication'
  | 'duplicates'
  | 'duplicateMs'
  | 'networkMs'
  | 'slowness'
  | 'slowMs'
  | 'unevenLinks'
  | 'pullRefusal'
>;

export function drawNetwork(random: Random, pace: number): Network {
  return {
    loss: random.pick([0, 0, 0.01, 0.05, 0.2, 0.4]),
    lostType: random.chance(0.25) ? random.pick(LOST_TYPES) : '',
    duplication: random.pick([0, 0, 0.05, 0.3]),
    duplicates: random.pick([1, 1, 2, 5]),
    duplicateMs: random.pick([5, 500, 5_000, 60_000]),
    networkMs: random.pick([0, 1, 5, 20]) * Math.min(pace, 2),
    slowness: random.pick([0, 0, 0.02, 0.2]),
    slowMs: random.pick([20, 200, 1_000]) * pace,
    unevenLinks: random.chance(0.3),
    pullRefusal: random.pick([0, 0, 0.3, 0.8]),
  };
}
