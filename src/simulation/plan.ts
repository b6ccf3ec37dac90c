/**
 * What a seed draws: how large the world is, how bad, and how the knobs of the replicas stand.
 * Some worlds have no loss, some no crashes. A world has a pace: how many times slower than usual
 * its ticks, clients, faults and timeouts are. A slow one lasts minutes, so that very late copies
 * of messages arrive, and costs no more than a quick one that lasts seconds.
 */
import type { QuorumSizes } from '../paxos/membership.ts';
import type { ReplicaLimits } from '../replica/limits.ts';
import type { StateOptions } from '../storage/state-recovery.ts';
import { drawCompaction, drawHistory, drawLeases, drawOnce, UNBOUNDED } from './plan-compaction.ts';
import { type LeasePlan, NO_LEASES } from './plan-leases.ts';
import { NO_TURNOVER, type TurnoverPlan } from './plan-turnover.ts';
import { drawLimits } from './plan-limits.ts';
import { drawNetwork } from './plan-network.ts';
import type { Random } from './random.ts';

export interface Plan extends LeasePlan, TurnoverPlan {
  readonly replicas: number;
  /** Undefined: majorities. */
  readonly quorums: QuorumSizes | undefined;
  readonly clients: number;
  readonly keys: number;
  /** Clients that watch. */
  readonly watchers: number;
  /** Clients of leases and locks, and the times to live that they ask for. */
  readonly leaseClients: number;
  readonly ttlsMs: readonly number[];
  /** A client thinks for half as long on average, and waits so long for an answer. */
  readonly thinkMs: number;
  readonly deadlineMs: number;
  /** The world heals after so many events. */
  readonly events: number;
  readonly loss: number;
  /** Messages of one type that are lost most of the time; '': none is. */
  readonly lostType: string;
  readonly duplication: number;
  /** A repeated message comes up to so many times more, each up to so much later. */
  readonly duplicates: number;
  readonly duplicateMs: number;
  readonly networkMs: number;
  /** The chance that a message is delayed by up to `slowMs`. */
  readonly slowness: number;
  readonly slowMs: number;
  /** The chance that a pull of chosen slots is refused, so that another peer is asked. */
  readonly pullRefusal: number;
  /** Whether each directed link has a share of its own of all that. */
  readonly unevenLinks: boolean;
  readonly diskMs: number;
  /** The chance that the disk takes up to `slowDiskMs` longer. */
  readonly diskSlowness: number;
  readonly slowDiskMs: number;
  /** Whether each disk has a share of its own of all that. */
  readonly unevenDisks: boolean;
  /** Mean time between faults of a kind; 0: none. */
  readonly crashEveryMs: number;
  readonly cutEveryMs: number;
  readonly flapEveryMs: number;
  readonly pauseEveryMs: number;
  readonly hungDiskEveryMs: number;
  readonly diskErrorEveryMs: number;
  /** A disk is nearly full for a while: it says so, and works. */
  readonly noRoomEveryMs: number;
  readonly noRoomMs: number;
  readonly clockJumpEveryMs: number;
  /** Between two graceful ends, and between two wishes that another one leads. */
  readonly closeEveryMs: number;
  readonly transferEveryMs: number;
  /** What spoils a disk for good; not more disks than a minority, see `Faults`. */
  readonly flippedBitEveryMs: number;
  readonly lostDiskEveryMs: number;
  readonly rolledBackDiskEveryMs: number;
  /** The directory of a state is lost, with slots that the log has let go of. */
  readonly lostStateEveryMs: number;
  /** The chance that what is left of a transfer is damaged when it goes on. */
  readonly flippedStaging: number;
  /** The chance that a chunk of a snapshot is not what its sender meant to send. */
  readonly damagedChunk: number;
  /** Between two changes of who votes; with them no disk is spoiled, and all heal at the end. */
  readonly stopEveryMs: number;
  /** Between two orders of an operator, in the same worlds. */
  readonly orderEveryMs: number;
  /** So many replicas are no members at first, and may be added. */
  readonly strangers: number;
  /** How long a replica stays away after a crash; a launcher starts one that ended by itself. */
  readonly awayMs: number;
  readonly launcherMs: number;
  readonly pauseMs: number;
  /** Each clock runs by up to so much too slow or too fast. */
  readonly clockDrift: number;
  /** Whether a crash may leave part of what was under way on the disk. */
  readonly tornCrashes: boolean;
  /** How many replicas, of those that are not needed for a quorum, stay broken while others heal. */
  readonly frozen: number;
  /** Whether the links of the healed ones are those of a chain then. */
  readonly endsInChain: boolean;
  readonly limits: ReplicaLimits;
  /** How much of what was superseded is kept. */
  readonly history: Required<Pick<StateOptions, 'historyMs' | 'historyRevisions' | 'historyBytes'>>;
  /** Whether messages travel as the bytes of real frames. */
  readonly framed: boolean;
}

/** Of which kind a world is, before anything is drawn. */
export interface PlanOptions {
  readonly replicas?: number | undefined;
  /** At least 20,000 events. */
  readonly isLarge?: boolean;
}

const LARGE_EVENTS = 20_000;
/** The end of the faulty phase, in events. */
const SMALL_EVENTS = [1_000, 1_000, 1_500, 2_000, 3_000, 5_000] as const;
const PACES = [0.5, 1, 1, 1, 1, 2, 5, 10, 40] as const;

export function drawPlan(random: Random, options: PlanOptions = {}): Plan {
  const size = options.replicas ?? random.pick([1, 2, 3, 3, 3, 3, 4, 5, 5]);
  const quorums = random.chance(0.2) ? drawQuorums(random, size) : undefined;
  const pace = random.pick(PACES);
  const small = random.pick(SMALL_EVENTS) + random.between(0, 500);
  const plan = {
    replicas: size,
    quorums,
    clients: random.between(1, 6),
    keys: random.between(1, 5),
    thinkMs: random.pick([20, 40, 40, 100]) * pace,
    deadlineMs: random.pick([200, 1_000, 2_000]) * Math.min(pace, 10),
    events: options.isLarge === true ? LARGE_EVENTS : small,
    ...drawNetwork(random, pace),
    ...drawDisk(random, pace),
    ...drawFaults(random, pace),
    ...drawEnd(random, size, quorums),
    limits: drawLimits(random, pace),
    framed: random.chance(0.1),
    ...NO_LEASES,
    ...NO_TURNOVER,
    stopEveryMs: 0,
    orderEveryMs: 0,
    strangers: 0,
    damagedChunk: 0,
    watchers: 0,
    leaseClients: 0,
    ttlsMs: [],
    history: { historyMs: UNBOUNDED, historyRevisions: UNBOUNDED, historyBytes: UNBOUNDED },
  };
  // Drawn last, so that they shift nothing.
  const compacting = {
    ...plan,
    limits: { ...plan.limits, ...drawCompaction(random, pace) },
    lostStateEveryMs: random.chance(0.15) ? random.between(500, 3_000) * pace : 0,
    flippedStaging: random.pick([0, 0.5]),
  };
  const stopping = random.chance(0.2) ? drawStops(random, pace) : {};
  const damagedChunk = random.chance(0.15) ? 0.05 : 0;
  const watchers = random.pick([0, 1, 2, 3]);
  const history = drawHistory(random, pace);
  const watchesPerTurn = random.pick([1, 64]);
  const once = drawOnce(random, pace);
  const leases = drawLeases(random, pace);
  const limits = { ...compacting.limits, watchesPerTurn, once, leases: leases.limits };
  const { leaseClients, ttlsMs } = leases;
  const clients = { watchers, leaseClients, ttlsMs };
  return { ...compacting, ...stopping, ...clients, damagedChunk, history, limits };
}

/** Of whom a quorum is needed changes all the time: nobody can say who may be spared. */
function drawStops(random: Random, pace: number): Partial<Plan> {
  return {
    stopEveryMs: random.chance(0.5) ? random.between(100, 1_500) * pace : 0,
    orderEveryMs: random.between(30, 500) * pace,
    strangers: random.pick([0, 1, 2]),
    flippedBitEveryMs: 0,
    lostDiskEveryMs: 0,
    lostStateEveryMs: 0,
    rolledBackDiskEveryMs: 0,
    diskErrorEveryMs: 0,
    frozen: 0,
    endsInChain: false,
  };
}

/** Any sizes that meet: phase1 + phase2 = voters + 1. */
function drawQuorums(random: Random, voters: number): QuorumSizes {
  const phase1 = random.between(1, voters);
  return { phase1, phase2: voters + 1 - phase1 };
}

type Disk = Pick<Plan, 'diskMs' | 'diskSlowness' | 'slowDiskMs' | 'unevenDisks' | 'tornCrashes'>;

function drawDisk(random: Random, pace: number): Disk {
  return {
    diskMs: random.pick([0, 1, 5, 30]),
    diskSlowness: random.pick([0, 0, 0.01, 0.1]),
    slowDiskMs: random.pick([20, 100, 500]) * pace,
    unevenDisks: random.chance(0.3),
    tornCrashes: random.chance(0.5),
  };
}

type Faults = Omit<
  Pick<Plan, Extract<keyof Plan, `${string}EveryMs`>>,
  'lostStateEveryMs' | 'stopEveryMs' | 'orderEveryMs' | keyof LeasePlan | keyof TurnoverPlan
> &
  Pick<Plan, 'awayMs' | 'launcherMs' | 'pauseMs' | 'clockDrift' | 'noRoomMs'>;

function drawFaults(random: Random, pace: number): Faults {
  const often = (probability: number, low: number, high: number): number =>
    random.chance(probability) ? random.between(low, high) * pace : 0;
  return {
    crashEveryMs: often(0.7, 200, 3_000),
    cutEveryMs: often(0.6, 300, 3_000),
    flapEveryMs: often(0.2, 1_000, 4_000),
    pauseEveryMs: often(0.3, 500, 3_000),
    hungDiskEveryMs: often(0.15, 1_000, 4_000),
    diskErrorEveryMs: often(0.15, 1_000, 4_000),
    clockJumpEveryMs: often(0.15, 500, 4_000),
    closeEveryMs: often(0.3, 500, 4_000),
    transferEveryMs: often(0.3, 200, 2_000),
    flippedBitEveryMs: often(0.15, 500, 3_000),
    lostDiskEveryMs: often(0.08, 1_000, 4_000),
    rolledBackDiskEveryMs: often(0.15, 300, 2_000),
    noRoomEveryMs: often(0.15, 300, 2_000),
    noRoomMs: random.pick([500, 5_000]) * pace,
    awayMs: random.pick([5, 500, 3_000]) * pace,
    launcherMs: random.pick([10, 100, 1_000]),
    pauseMs: Math.min(60_000, random.pick([50, 300, 2_000, 60_000]) * Math.min(pace, 5)),
    clockDrift: random.pick([0, 0, 0.01, 0.2]),
  };
}

/** How it ends: who heals first, and who is not needed for that. */
function drawEnd(
  random: Random,
  voters: number,
  quorums: QuorumSizes | undefined,
): Pick<Plan, 'frozen' | 'endsInChain'> {
  const needed = neededOf(voters, quorums);
  const some = random.between(0, voters - needed);
  const frozen = random.chance(0.5) ? voters - needed : some;
  const endsInChain = random.chance(0.15) && quorums === undefined && voters >= 3;
  return { frozen, endsInChain };
}

/** So many replicas can choose something and elect somebody, whichever they are. */
export function neededOf(voters: number, quorums: QuorumSizes | undefined): number {
  if (quorums === undefined) return Math.floor(voters / 2) + 1;
  return Math.max(quorums.phase1, quorums.phase2);
}
