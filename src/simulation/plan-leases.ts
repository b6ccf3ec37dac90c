/**
 * Read leases, in some of the worlds, and more of what tries them: processes and machines that stand
 * still, connections that close, quick restarts, hand-overs. Drawn from a stream of their own, so
 * that all other worlds are what they would be without them.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { ReplicaLimits } from '../replica/limits.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';

export interface LeasePlan {
  /** Of reads that are not local: by a lease, where one is held. */
  readonly leaseReads: number;
  /** So many replicas, the last ones, have leases off, as while that is changed one by one. */
  readonly leaseless: number;
  /** A machine stands still, its monotonic clock with it; a wall clock is set. */
  readonly standstillEveryMs: number;
  readonly wallStepEveryMs: number;
  /** See lease-faults.ts. */
  readonly closedLinksEveryMs: number;
  readonly lateHandOverEveryMs: number;
}

export const NO_LEASES: LeasePlan = {
  leaseReads: 0,
  leaseless: 0,
  standstillEveryMs: 0,
  wallStepEveryMs: 0,
  closedLinksEveryMs: 0,
  lateHandOverEveryMs: 0,
};

/** Of worlds. */
const WITH_LEASES = 0.2;
/** Heartbeats, and how many ticks of silence make a replica campaign: a lease lasts about as long. */
const TIMEOUTS = [
  [1, 6],
  [5, 15],
  [5, 30],
  [1, 30],
] as const;
/** Machines that stand still all the time do nothing else. */
const LEAST_TICKS = 10;

export function withLeases(random: Random, plan: Plan): Plan {
  if (!random.chance(WITH_LEASES)) return plan;
  const { core, tickMs } = plan.limits;
  const [heartbeatTicks, leaderTimeoutTicks] = random.pick(TIMEOUTS);
  const leaseDriftPerMille = random.pick([10, 50, 200]);
  const leaseGrantMs = Math.ceil(leaderTimeoutTicks * tickMs);
  const spanMs = Math.max(leaseGrantMs, LEAST_TICKS * tickMs);
  const often = (probability: number): number =>
    random.chance(probability) ? random.between(1, 6) * spanMs : 0;
  // A wall clock that is set back while its machine stands still would hide that.
  const isSet = random.chance(0.5);
  const clocksEveryMs = random.between(1, 6) * spanMs;
  const leases = { heartbeatTicks, leaderTimeoutTicks, leaseGrantMs, leaseDriftPerMille };
  return {
    ...plan,
    clients: random.between(2, 6),
    thinkMs: random.pick([plan.thinkMs, 2 * tickMs]),
    leaseReads: random.pick([0.5, 1]),
    leaseless: plan.replicas > 2 ? random.pick([0, 1]) : 0,
    clockDrift: random.pick([0, 0.5, 1]) * (leaseDriftPerMille / 1000),
    clockJumpEveryMs: 0,
    standstillEveryMs: isSet ? 0 : clocksEveryMs,
    wallStepEveryMs: isSet ? clocksEveryMs : 0,
    closedLinksEveryMs: often(0.5),
    lateHandOverEveryMs: often(0.5),
    pauseEveryMs: often(0.5),
    pauseMs: random.pick([1, 3, 10]) * spanMs,
    awayMs: random.chance(0.5) ? plan.awayMs : tickMs,
    limits: { ...plan.limits, core: { ...core, ...leases } },
  };
}

/** Of one replica. */
export function limitsOf({ leaseless, limits, replicas }: Plan, id: ReplicaId): ReplicaLimits {
  if (leaseless === 0 || id <= replicas - leaseless) return limits;
  return { ...limits, core: { ...limits.core, leaseGrantMs: 0 } };
}
