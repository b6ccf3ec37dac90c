/** An operator who gives orders of the membership, at any replica, whatever goes wrong meanwhile. */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { MembershipOrder } from '../paxos/orders.ts';
import type { ProbeName } from './probes.ts';
import type { Random } from './random.ts';
import { addressOf } from './simulated-address.ts';

/** Of orders: that they are only explained. */
const DRY_RUNS = 0.1;

/** A suspect wants to be let in again by itself. */
export type OperatorOrder = Exclude<MembershipOrder, { readonly type: 'readmit' }>;

export interface DrawnOrder {
  readonly order: OperatorOrder;
  readonly dryRun: boolean;
}

/**
 * Of ids from the first founder on; replica 1 always belongs. Many of the orders make no sense, and
 * are refused: most of them, where nobody has joined yet.
 */
export function drawOrder(random: Random, ids: readonly ReplicaId[]): DrawnOrder {
  const others = ids.filter((id) => id !== 1);
  const id = random.pick(others.length === 0 ? ids : others);
  const newest = Math.max(...ids);
  const by = random.chance(0.7) ? newest : random.pick(ids);
  const role = random.chance(0.7) ? ('joining' as const) : ('nonVoting' as const);
  const quorums = { phase1: random.between(1, 3), phase2: random.between(1, 3) };
  const orders: readonly OperatorOrder[] = [
    { type: 'add', id, address: addressOf(id), role },
    { type: 'add', id: newest, address: addressOf(newest), role },
    { type: 'remove', id: id === 1 ? by : id },
    { type: 'promote', id: by },
    { type: 'replace', id: id === 1 ? by : id, by, address: addressOf(by) },
    { type: 'quorums', quorums },
    { type: 'move', id, address: addressOf(id + 100 * random.between(0, 1)) },
  ];
  const order = random.pick(orders);
  const isOfFirst = (order.type === 'remove' || order.type === 'replace') && order.id === 1;
  return { order, dryRun: isOfFirst || random.chance(DRY_RUNS) };
}

/** What is reached where it is carried out. */
export const ORDERED = {
  add: 'orderedAdd',
  remove: 'orderedRemove',
  promote: 'orderedPromote',
  replace: 'orderedReplace',
  move: 'orderedMove',
  quorums: 'orderedQuorums',
} as const satisfies Record<OperatorOrder['type'], ProbeName>;
