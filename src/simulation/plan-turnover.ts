/**
 * In a few of the worlds all replicas but one come back in other incarnations, and that one loses its
 * state (turnover.ts). Drawn from a stream of its own, so that all other worlds are what they would be
 * without it.
 */
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';

export interface TurnoverPlan {
  /** After so long, at a mean, a turnover begins; 0: there is none. */
  readonly turnoverEveryMs: number;
}

export const NO_TURNOVER: TurnoverPlan = { turnoverEveryMs: 0 };

const NO_OTHER_HARM = {
  flippedBitEveryMs: 0,
  lostDiskEveryMs: 0,
  rolledBackDiskEveryMs: 0,
  lostStateEveryMs: 0,
  diskErrorEveryMs: 0,
  hungDiskEveryMs: 0,
  noRoomEveryMs: 0,
  pauseEveryMs: 0,
  crashEveryMs: 0,
  cutEveryMs: 0,
  flapEveryMs: 0,
  closeEveryMs: 0,
  loss: 0,
} as const;

/** Of worlds. */
const WITH_TURNOVER = 0.04;
/** Each replica that comes back takes a second or more; a world of few events ends before. */
const LEAST_EVENTS = 12_000;
const FEW_SLOTS = 5;

export function withTurnover(random: Random, plan: Plan): Plan {
  const isPossible = plan.orderEveryMs === 0 && plan.stopEveryMs === 0 && plan.replicas >= 3;
  const afterMs = random.between(100, 1_000);
  const slots = random.between(0, FEW_SLOTS);
  if (!random.chance(WITH_TURNOVER) || !isPossible) return plan;
  const { limits } = plan;
  const logMargins = { ...limits.logMargins, slots, chainBytes: 0 };
  return {
    ...plan,
    turnoverEveryMs: afterMs,
    quorums: undefined,
    // What else spoils disks would take the turn of one, and what keeps everybody away all the time.
    ...NO_OTHER_HARM,
    events: Math.max(plan.events, LEAST_EVENTS),
    limits: { ...limits, logMargins },
  };
}
