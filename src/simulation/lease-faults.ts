/**
 * What a lease has to stand besides wrong clocks: connections that close although both ends live,
 * and hand-overs to one that some of the others, or the leader itself, hear late.
 */
import type { ChoiceKind } from './choices.ts';
import type { Draw } from './clock-faults.ts';
import type { Partitions } from './partitions.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';
import type { SimulatedReplica } from './simulated-replica.ts';

export interface LeaseFaultsOptions {
  readonly plan: Plan;
  readonly partitions: Partitions;
  readonly replicas: readonly SimulatedReplica[];
}

/** So many leases, at the most, nothing is heard. */
const SILENT_LEASES = 3;

export function leaseFaults(
  options: LeaseFaultsOptions,
): readonly (readonly [ChoiceKind, number, Draw])[] {
  const { partitions, plan } = options;
  const mostMs = SILENT_LEASES * plan.limits.core.leaseGrantMs;
  const drawClosed: Draw = (random, { id }) => partitions.drawSilence(random, id, mostMs, true);
  return [
    ['closedLinks', plan.closedLinksEveryMs, drawClosed],
    ['lateHandOver', plan.lateHandOverEveryMs, (random) => drawHandOver(options, random, mostMs)],
  ];
}

function drawHandOver(options: LeaseFaultsOptions, random: Random, mostMs: number): () => void {
  const { partitions, replicas } = options;
  const { id } = random.pick(replicas);
  const silence = partitions.drawSilence(random, id, mostMs, false);
  const isForLeader = random.chance(0.7);
  const forMs = random.next() * mostMs;
  return () => {
    const leader = replicas.find(({ host }) => host?.status().role === 'leader');
    if (leader === undefined || leader.id === id) return;
    if (isForLeader) partitions.silence([id, leader.id], forMs);
    else silence();
    leader.host?.transferLeadership(id, () => undefined);
  };
}
