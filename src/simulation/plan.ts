/**
 * What a seed draws: how large the world is, how bad, and how the knobs of the replicas stand.
 * Some worlds have no loss, some no crashes; limits take extreme values.
 */
import type { QuorumSizes } from '../paxos/membership.ts';
import { DEFAULT_REPLICA_LIMITS, type ReplicaLimits } from '../replica/limits.ts';
import type { Random } from './random.ts';

/** What stays broken for ever, while all else heals: the others must go on, in peace. */
export type LastFault = 'nothing' | 'chain' | 'isolated' | 'deaf' | 'mute' | 'hungDisk';

export interface Plan {
  readonly replicas: number;
  /** Undefined: majorities. */
  readonly quorums: QuorumSizes | undefined;
  readonly clients: number;
  readonly keys: number;
  /** Of the unsafe phase, in virtual ms. */
  readonly faultyMs: number;
  readonly loss: number;
  readonly duplication: number;
  /** A repeated message comes up to so much later. */
  readonly duplicateMs: number;
  readonly networkMs: number;
  /** The chance that a message is delayed by up to `slowMs`. */
  readonly slowness: number;
  readonly slowMs: number;
  readonly diskMs: number;
  /** Mean time between faults of a kind; 0: none. */
  readonly crashEveryMs: number;
  readonly partitionEveryMs: number;
  readonly pauseEveryMs: number;
  readonly hungDiskEveryMs: number;
  /** Between two graceful ends, and between two wishes that another one leads. */
  readonly closeEveryMs: number;
  readonly transferEveryMs: number;
  readonly lastFault: LastFault;
  /** Whether a crash may leave part of what was under way on the disk. */
  readonly tornCrashes: boolean;
  readonly limits: ReplicaLimits;
}

export function drawPlan(random: Random, replicas?: number): Plan {
  const often = (probability: number, low: number, high: number): number =>
    random.chance(probability) ? random.between(low, high) : 0;
  const size = replicas ?? random.pick([1, 2, 3, 3, 3, 3, 4, 5, 5]);
  const quorums = random.chance(0.2) ? drawQuorums(random, size) : undefined;
  return {
    replicas: size,
    quorums,
    clients: random.between(1, 6),
    keys: random.between(1, 5),
    faultyMs: random.between(3_000, 9_000),
    loss: random.pick([0, 0, 0.01, 0.05, 0.2, 0.4]),
    duplication: random.pick([0, 0, 0.05, 0.3]),
    duplicateMs: random.pick([5, 500, 5_000]),
    networkMs: random.pick([0, 1, 5, 20]),
    slowness: random.pick([0, 0, 0.02, 0.2]),
    slowMs: random.pick([20, 200, 1_000]),
    diskMs: random.pick([0, 1, 5, 30]),
    crashEveryMs: often(0.7, 200, 3_000),
    partitionEveryMs: often(0.6, 300, 3_000),
    pauseEveryMs: often(0.3, 500, 3_000),
    hungDiskEveryMs: often(0.15, 1_000, 4_000),
    closeEveryMs: often(0.3, 500, 4_000),
    transferEveryMs: often(0.3, 200, 2_000),
    lastFault: size < 3 || quorums !== undefined ? 'nothing' : drawLastFault(random),
    tornCrashes: random.chance(0.5),
    limits: drawLimits(random),
  };
}

/** Any sizes that meet: phase1 + phase2 = voters + 1. */
function drawQuorums(random: Random, voters: number): QuorumSizes {
  const phase1 = random.between(1, voters);
  return { phase1, phase2: voters + 1 - phase1 };
}

function drawLastFault(random: Random): LastFault {
  if (random.chance(0.5)) return 'nothing';
  return random.pick(['chain', 'isolated', 'deaf', 'mute', 'hungDisk']);
}

function drawLimits(random: Random): ReplicaLimits {
  return {
    ...DEFAULT_REPLICA_LIMITS,
    core: {
      heartbeatTicks: random.pick([1, 5, 5]),
      leaderTimeoutTicks: random.pick([6, 15, 30]),
      retransmitTicks: random.pick([2, 10]),
      proposalWindow: random.pick([1, 2, 8, 64]),
      openSlots: random.pick([4, 1024]),
      promisePartBytes: random.pick([1, 100, 1024 * 1024]),
    },
    slotBytes: random.pick([1, 200, 1024 * 1024]),
    pendingRequests: random.pick([2, 10_000]),
    flushBytes: random.pick([1, 500, 1024 * 1024]),
    flushMs: random.pick([10, 100, 1_000]),
    applyCommands: random.pick([1, 256]),
    changedKeys: random.pick([2, 100_000]),
    catchUpBytes: random.pick([1, 500, 1024 * 1024]),
  };
}
