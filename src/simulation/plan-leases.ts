/**
 * Read leases, in some of the worlds, and more of what tries them: processes and machines that stand
 * still, connections that close, quick restarts, hand-overs. Drawn from a stream of their own, so
 * that all other worlds are what they would be without them.
 */
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';

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
const LEAST_TICKS = 20;

export function withLeases(random: Random, plan: Plan): Plan {
  if (!random.chance(WITH_LEASES)) return plan;
  const { core, tickMs } = plan.limits;
  const [heartbeatTicks, leaderTimeoutTicks] = random.pick(TIMEOUTS);
  const leaseDriftPerMille = random.pick([10, 50, 200]);
  const leaseGrantMs = Math.ceil(leaderTimeoutTicks * tickMs);
  const spanMs = Math.max(leaseGrantMs, LEAST_TICKS * tickMs);
  const often = (probability: number): number =>
    random.chance(probability) ? random.between(2, 12) * spanMs : 0;
  // A wall clock that is set back while its machine stands still would hide that.
  const isSet = random.chance(0.5);
  const clocksEveryMs = random.between(1, 8) * spanMs;
  const leases = { heartbeatTicks, leaderTimeoutTicks, leaseGrantMs, leaseDriftPerMille };
  return {
    ...plan,
    leaseReads: random.pick([0.5, 1]),
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
