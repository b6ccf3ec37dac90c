/**
 * What a lease has to stand besides wrong clocks: connections that close although both ends live,
 * and hand-overs to one that others hear late, or by a leader that hears nobody then.
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
/** By then a leader that is to hand over may have called the other one. */
const DEAF_AFTER_MS = 20;

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
  const { partitions, plan, replicas } = options;
  const picked = random.pick(replicas).id;
  // One that has leases off will hold none, whatever its caller believes.
  const id = random.chance(0.7) && plan.leaseless > 0 ? plan.replicas : picked;
  const silence = partitions.drawSilence(random, id, mostMs, false);
  const isDeaf = random.chance(0.7);
  const deafMs = random.next() * mostMs;
  const afterMs = random.next() * DEAF_AFTER_MS;
  return () => {
    const leader = replicas.find(({ host }) => host?.status().role === 'leader');
    if (leader === undefined || leader.id === id) return;
    if (isDeaf) partitions.deafen(leader.id, afterMs, afterMs + deafMs);
    else silence();
    leader.host?.transferLeadership(id, () => undefined);
  };
}
