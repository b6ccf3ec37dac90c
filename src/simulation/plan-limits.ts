/** How the knobs of the replicas stand: extreme values too. */
import { DEFAULT_CORE_LIMITS } from '../paxos/core-limits.ts';
import { DEFAULT_REPLICA_LIMITS, type ReplicaLimits } from '../replica/limits.ts';
import type { Random } from './random.ts';

const TICK_MS = 10;

/** Heartbeats, and how many ticks of silence make a replica campaign. */
const TIMEOUTS = [
  [1, 6],
  [1, 6],
  [2, 10],
  [5, 15],
  [5, 15],
  [5, 30],
  [1, 1],
  [1, 2],
  [5, 6],
] as const;

/** `pace`: how many times slower than usual. */
export function drawLimits(random: Random, pace: number): ReplicaLimits {
  const [heartbeatTicks, leaderTimeoutTicks] = random.pick(TIMEOUTS);
  return {
    ...DEFAULT_REPLICA_LIMITS,
    core: {
      ...DEFAULT_CORE_LIMITS,
      heartbeatTicks,
      leaderTimeoutTicks,
      retransmitTicks: random.pick([1, 2, 10]),
      proposalWindow: random.pick([1, 2, 8, 64]),
      openSlots: random.pick([4, 1024]),
      promisePartBytes: random.pick([1, 1, 100, 1024 * 1024]),
    },
    tickMs: TICK_MS * pace,
    slotBytes: random.pick([1, 200, 1024 * 1024]),
    pendingRequests: random.pick([2, 10_000]),
    diskTimeoutMs: random.pick([100, 1_000]) * pace,
    noLeaderMs: random.pick([300, 1_000]) * pace,
    requestSweepMs: 50 * pace,
    statusMs: random.pick([20, 200]) * pace,
    readRetryMs: 150 * pace,
    flushBytes: random.pick([1, 500, 1024 * 1024]),
    flushMs: random.pick([10, 100, 1_000]) * pace,
    applyCommands: random.pick([1, 256]),
    changedKeys: random.pick([2, 100_000]),
    catchUpBytes: random.pick([1, 500, 1024 * 1024]),
    pendingReads: random.pick([2, 10_000]),
  };
}
