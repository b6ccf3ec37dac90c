/**
 * How much of their logs the replicas keep, and how they send their state. In half of the worlds
 * the margins are so small that who is away for a moment needs a snapshot.
 */
import { DEFAULT_REPLICA_LIMITS, type ReplicaLimits } from '../replica/limits.ts';
import type { LeaseLimits } from '../kv/lease.ts';
import type { OnceLimits } from '../kv/once.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';

export const UNBOUNDED = 1_000_000_000;
const FEW_BYTES = 2_000;

/** What is held for who pulls the state: in some worlds nothing is, and he may have to pull again. */
function heldBytesOf(slots: number): number {
  if (slots < 3) return 0;
  return slots === 3 ? FEW_BYTES : UNBOUNDED;
}

/** In half of the worlds there is so little of it that readers and watchers fall out of it. */
export function drawHistory(random: Random, pace: number): Plan['history'] {
  const isLittle = random.chance(0.5);
  const little = {
    historyMs: random.pick([300 * pace, 3_000 * pace, UNBOUNDED]),
    historyRevisions: random.pick([1, 5, 50, UNBOUNDED]),
    historyBytes: random.pick([100, 2_000, UNBOUNDED, UNBOUNDED]),
  };
  const all = { historyMs: UNBOUNDED, historyRevisions: UNBOUNDED, historyBytes: UNBOUNDED };
  return isLittle ? little : all;
}

/** How long answers are kept, and how many: with so few, all that are due go at once. */
export function drawOnce(random: Random, pace: number): OnceLimits {
  return {
    keepMs: random.pick([300 * pace, 3_000 * pace, UNBOUNDED]),
    entries: random.pick([3, UNBOUNDED, UNBOUNDED]),
    bytes: UNBOUNDED,
  };
}

/** In half of the worlds nobody uses any; in some of the others there are few to be had. */
export function drawLeases(
  random: Random,
  pace: number,
): Pick<Plan, 'leaseClients' | 'ttlsMs'> & { readonly limits: LeaseLimits } {
  const short = random.pick([5, 30]) * pace;
  const long = random.pick([100, 500, 3_000]) * pace;
  return {
    leaseClients: random.pick([0, 0, 0, 1, 2, 3]),
    ttlsMs: [short, long, Math.ceil((short + long) / 2)].map(Math.ceil),
    limits: { leases: random.pick([3, UNBOUNDED, UNBOUNDED]), waiters: random.pick([1, 2, 100]) },
  };
}

/** `pace`: how many times slower than usual. */
export function drawCompaction(
  random: Random,
  pace: number,
): Pick<ReplicaLimits, 'trimMs' | 'logMargins' | 'snapshots' | 'scrub'> {
  const isTiny = random.chance(0.5);
  const slots = random.pick([0, 1, 3, 10, 30]);
  const margins = {
    slots,
    heldBytes: heldBytesOf(slots),
    bytes: random.pick([300, UNBOUNDED, UNBOUNDED]),
    ageMs: random.pick([200 * pace, UNBOUNDED, UNBOUNDED]),
    chainBytes: random.pick([0, 0, 500]),
  };
  return {
    trimMs: random.pick([10, 50, 300]) * pace,
    logMargins: isTiny ? margins : DEFAULT_REPLICA_LIMITS.logMargins,
    snapshots: {
      chunkBytes: random.pick([1, 300, 1024 * 1024]),
      bytesPerSecond: random.pick([50_000, UNBOUNDED]),
      sent: random.pick([1, 2]),
      idleMs: random.pick([50, 1_000, 5_000]) * pace,
      retryMs: random.pick([10, 100]) * pace,
      tries: random.pick([1, 2, 5]),
    },
    scrub: drawScrub(random, pace),
  };
}

function drawScrub(random: Random, pace: number): ReplicaLimits['scrub'] {
  const waitMs = random.pick([0, 50, 500]) * pace;
  const pauseMs = random.pick([500 * pace, UNBOUNDED]);
  const pieceBytes = random.pick([1, 1_000, 256 * 1024]);
  return { waitMs, leastPauseMs: pauseMs, mostPauseMs: pauseMs, pieceBytes };
}
