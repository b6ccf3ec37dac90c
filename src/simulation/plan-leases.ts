/**
 * Read leases, in some of the worlds. Drawn from a stream of their own, so that all other worlds are
 * what they would be without them.
 */
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';

/** Of worlds. */
const WITH_LEASES = 0.2;
/** Machines that stand still all the time do nothing else. */
const LEAST_TICKS = 20;

export function withLeases(random: Random, plan: Plan): Plan {
  if (!random.chance(WITH_LEASES)) return plan;
  const { core, tickMs } = plan.limits;
  const leaseDriftPerMille = random.pick([10, 50, 200]);
  const leaseGrantMs = Math.ceil(core.leaderTimeoutTicks * tickMs);
  // A wall clock that is set back while its machine stands still would hide that.
  const isSet = random.chance(0.5);
  const everyMs = random.between(1, 8) * Math.max(leaseGrantMs, LEAST_TICKS * tickMs);
  return {
    ...plan,
    leaseReads: random.pick([0.5, 1]),
    clockDrift: random.pick([0, 0.5, 1]) * (leaseDriftPerMille / 1000),
    clockJumpEveryMs: 0,
    standstillEveryMs: isSet ? 0 : everyMs,
    wallStepEveryMs: isSet ? everyMs : 0,
    limits: { ...plan.limits, core: { ...core, leaseGrantMs, leaseDriftPerMille } },
  };
}
