/**
 * How a world can be made smaller or calmer, in single steps, to see whether a failure needs what
 * the seed drew. Each step says what it would change next in a plan, or nothing where that is as
 * gentle as it gets: so a step that helped can be asked again.
 */
import { majorities } from '../paxos/membership.ts';
import { DEFAULT_REPLICA_LIMITS } from '../replica/limits.ts';
import type { Plan } from './plan.ts';

export type GentlerStep = (plan: Plan) => Partial<Plan> | undefined;

const LIMIT_NAMES = [
  'tickMs',
  'slotBytes',
  'pendingRequests',
  'diskTimeoutMs',
  'noLeaderMs',
  'requestSweepMs',
  'statusMs',
  'readRetryMs',
  'flushBytes',
  'flushMs',
  'applyCommands',
  'changedKeys',
  'catchUpBytes',
  'trimMs',
  'logMargins',
  'snapshots',
  'scrub',
] as const;

const CORE_LIMIT_NAMES = [
  'heartbeatTicks',
  'leaderTimeoutTicks',
  'retransmitTicks',
  'proposalWindow',
  'openSlots',
  'promisePartBytes',
] as const;

const MEAN_TIMES = [
  'crashEveryMs',
  'cutEveryMs',
  'flapEveryMs',
  'pauseEveryMs',
  'hungDiskEveryMs',
  'noRoomEveryMs',
  'diskErrorEveryMs',
  'clockJumpEveryMs',
  'standstillEveryMs',
  'wallStepEveryMs',
  'closedLinksEveryMs',
  'lateHandOverEveryMs',
  'closeEveryMs',
  'transferEveryMs',
  'flippedBitEveryMs',
  'lostDiskEveryMs',
  'rolledBackDiskEveryMs',
  'lostStateEveryMs',
  'turnoverEveryMs',
  'stopEveryMs',
  'orderEveryMs',
] as const;

type MeanTime = (typeof MEAN_TIMES)[number];

/** Faults do not come sooner than every so many ms: a replica needs time to do something wrong. */
const MIN_MEAN_MS = 20;

const MAX_STATUS_MS = 10_000;

/** The largest steps first. */
export const GENTLER_STEPS: readonly GentlerStep[] = [
  fewerReplicas,
  ({ clients }) => (clients > 1 ? { clients: 1 } : undefined),
  ({ clients }) => (clients > 1 ? { clients: clients - 1 } : undefined),
  ({ keys }) => (keys > 1 ? { keys: 1 } : undefined),
  ({ events }) => (events > 0 ? { events: Math.floor(events / 2) } : undefined),
  ({ events }) => (events > 0 ? { events: Math.floor((events * 7) / 8) } : undefined),
  (plan) => sooner(plan, MEAN_TIMES),
  usualQuorums,
  ({ frozen }) => (frozen > 0 ? { frozen: frozen - 1 } : undefined),
  ({ strangers }) => (strangers > 0 ? { strangers: strangers - 1 } : undefined),
  ({ endsInChain }) => (endsInChain ? { endsInChain: false } : undefined),
  ({ networkMs }) => (networkMs > 0 ? { networkMs: 0 } : undefined),
  ({ unevenLinks }) => (unevenLinks ? { unevenLinks: false } : undefined),
  ({ lostType }) => (lostType === '' ? undefined : { lostType: '' }),
  ({ pullRefusal }) => (pullRefusal > 0 ? { pullRefusal: 0 } : undefined),
  ({ unevenDisks }) => (unevenDisks ? { unevenDisks: false } : undefined),
  ({ flippedStaging }) => (flippedStaging > 0 ? { flippedStaging: 0 } : undefined),
  ({ damagedChunk }) => (damagedChunk > 0 ? { damagedChunk: 0 } : undefined),
  ({ diskMs }) => (diskMs > 0 ? { diskMs: 0 } : undefined),
  ({ tornCrashes }) => (tornCrashes ? { tornCrashes: false } : undefined),
  ...MEAN_TIMES.map(
    (name): GentlerStep =>
      (plan) =>
        sooner(plan, [name]),
  ),
  rarerGossip,
  ({ limits }) => (limits === DEFAULT_REPLICA_LIMITS ? undefined : usualLimits()),
  ...LIMIT_NAMES.map((name) => usualLimit(name)),
  ...CORE_LIMIT_NAMES.map((name) => usualCoreLimit(name)),
];

/** What was drawn for more replicas makes no sense with fewer: quorums, and who is left broken. */
function fewerReplicas({ replicas }: Plan): Partial<Plan> | undefined {
  if (replicas <= 1) return undefined;
  const quorums = majorities(replicas - 1);
  return { replicas: replicas - 1, quorums, frozen: 0, endsInChain: false };
}

function usualQuorums({ quorums, replicas }: Plan): Partial<Plan> | undefined {
  const usual = majorities(replicas);
  const { phase1, phase2 } = quorums ?? usual;
  if (phase1 === usual.phase1 && phase2 === usual.phase2) return undefined;
  return { quorums: usual };
}

/** The same faults after half the time: less happens before the failure. */
function sooner(plan: Plan, names: readonly MeanTime[]): Partial<Plan> | undefined {
  const times: { [Name in MeanTime]?: number } = {};
  for (const name of names) {
    const half = plan[name] / 2;
    if (half >= MIN_MEAN_MS) times[name] = half;
  }
  return Object.keys(times).length === 0 ? undefined : times;
}

function rarerGossip({ limits }: Plan): Partial<Plan> | undefined {
  const statusMs = limits.statusMs * 4;
  return statusMs > MAX_STATUS_MS ? undefined : { limits: { ...limits, statusMs } };
}

function usualLimits(): Partial<Plan> {
  return { limits: DEFAULT_REPLICA_LIMITS };
}

function usualLimit(name: (typeof LIMIT_NAMES)[number]): GentlerStep {
  return ({ limits }) => {
    const usual = DEFAULT_REPLICA_LIMITS[name];
    return limits[name] === usual ? undefined : { limits: { ...limits, [name]: usual } };
  };
}

function usualCoreLimit(name: (typeof CORE_LIMIT_NAMES)[number]): GentlerStep {
  return ({ limits }) => {
    const usual = DEFAULT_REPLICA_LIMITS.core[name];
    if (limits.core[name] === usual) return undefined;
    return { limits: { ...limits, core: { ...limits.core, [name]: usual } } };
  };
}
