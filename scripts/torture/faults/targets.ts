/** Whom a fault strikes. */
import type { Random } from '../../../src/simulation/random.ts';
import { unreachable } from '../../../src/kv/unreachable.ts';
import type { FaultContext } from '../fault.ts';
import type { TortureReplica } from '../replica.ts';

export const TARGETS = [
  'one',
  /** As many as may be lost. */
  'minority',
  /** The fewest without which nothing is decided. */
  'majority',
  'all',
  'leader',
  'leaderAndOne',
  'nonLeader',
] as const;

export type Target = (typeof TARGETS)[number];

export interface Crowd {
  readonly ids: readonly number[];
  /** `undefined` where nobody leads now: then anybody is taken. */
  readonly leader: number | undefined;
}

/** In ascending order, and never nobody. */
export function pickTarget(target: Target, crowd: Crowd, random: Random): readonly number[] {
  const { ids } = crowd;
  const leader = crowd.leader ?? random.pick(ids);
  const others = random.shuffle(ids.filter((id) => id !== leader));
  return ascending(chosenOf(target, { ids: random.shuffle(ids), leader, others }));
}

interface Shuffled {
  readonly ids: readonly number[];
  readonly leader: number;
  readonly others: readonly number[];
}

function chosenOf(target: Target, { ids, leader, others }: Shuffled): readonly number[] {
  const minority = Math.floor((ids.length - 1) / 2);
  switch (target) {
    case 'one':
      return ids.slice(0, 1);
    case 'minority':
      return ids.slice(0, Math.max(1, minority));
    case 'majority':
      return ids.slice(0, ids.length - minority);
    case 'all':
      return ids;
    case 'leader':
      return [leader];
    case 'leaderAndOne':
      return [leader, ...others.slice(0, 1)];
    case 'nonLeader':
      return others.length === 0 ? [leader] : others.slice(0, 1);
    default:
      return unreachable(target);
  }
}

function ascending(ids: readonly number[]): readonly number[] {
  return ids.toSorted((a, b) => a - b);
}

/** Of those that are members now; who leads is asked of them. */
export async function drawTarget(
  context: FaultContext,
  targets: readonly Target[] = TARGETS,
): Promise<readonly TortureReplica[]> {
  const { cluster, random } = context;
  const target = random.pick(targets);
  const leader = (await cluster.leader())?.id;
  const ids = cluster.members().map(({ id }) => id);
  return pickTarget(target, { ids, leader }, random).map((id) => cluster.replica(id));
}

export function idsOf(replicas: readonly TortureReplica[]): readonly number[] {
  return replicas.map(({ id }) => id);
}

/** For people: `replicas 1, 3`. */
export function namesOf(ids: readonly number[]): string {
  return `${ids.length === 1 ? 'replica' : 'replicas'} ${ids.join(', ')}`;
}
