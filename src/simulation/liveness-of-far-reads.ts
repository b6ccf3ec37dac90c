/**
 * Reads over links that are long, and otherwise well. A confirmation comes later than it is asked for
 * again, and then counts for nothing: a read is answered only where the retries get more patient.
 */
import { check } from './ghost/invariant.ts';
import type { Choices } from './choices.ts';
import type { Plan } from './plan.ts';
import type { Probes } from './probes.ts';
import type { RandomStreams } from './random.ts';
import type { SimulatedNetwork } from './simulated-network.ts';
import type { SimulatedReplica } from './simulated-replica.ts';
import { idsOf, isLeading, isReady } from './standing.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface FarRoom {
  readonly plan: Plan;
  readonly streams: RandomStreams;
  readonly choices: Choices;
  readonly time: VirtualTime;
  readonly network: SimulatedNetwork;
  readonly replicas: readonly SimulatedReplica[];
  readonly probes: Probes;
  readonly runWhile: (isWanted: () => boolean) => void;
  readonly tell: (what: 'fault', text: string) => void;
}

/** Of the worlds in which it is possible. */
const FAR = 0.5;
/** Of the longest retry: there and back it is longer. */
const ONE_WAY = 0.6;
/** Until the patience of both retries has grown so that an answer is in time. */
const ROUND_TRIPS = 40;
/** A heartbeat may be so late: ticks, and its way through a disk. */
const SPARE_TICKS = 2;
const SPARE_MS = 10;

export function checkFarReads(room: FarRoom): void {
  const { network, plan, probes, replicas, runWhile, tell, time } = room;
  const oneWayMs = ONE_WAY * longestRetryMs(plan);
  const random = room.streams.of('far reads');
  if (!random.chance(FAR) || !isPossible(room, oneWayMs) || !room.choices.makes('farLinks')) return;
  tell('fault', `all links take ${Math.round(oneWayMs)} ms`);
  network.lengthen(idsOf(replicas), oneWayMs);
  const withinMs = 2 * ROUND_TRIPS * oneWayMs;
  const untilMs = time.nowMs() + withinMs;
  const waiting = new Set(replicas.map((replica) => replica.id));
  const refused: string[] = [];
  for (const { host, id } of replicas) {
    host?.read({ level: 'linearizable', deadlineMs: 2 * withinMs }, (grant) => {
      waiting.delete(id);
      if (grant.type === 'refused') refused.push(`${id}: ${grant.reason}`);
    });
  }
  runWhile(() => waiting.size > 0 && time.nowMs() < untilMs);
  probes.reached('farReads');
  const problem = [...refused, ...[...waiting].map((id) => `${id}: no answer`)].join(', ');
  check(problem === '', 'L2: a read is answered, however long the links', problem);
}

function longestRetryMs({ limits }: Plan): number {
  return Math.max(limits.core.retransmitTicks * limits.tickMs, limits.readRetryMs);
}

/** All are well, one leads, and stays in office: heartbeats come as often as ever. */
function isPossible({ plan, replicas }: FarRoom, oneWayMs: number): boolean {
  const { clockDrift, limits, orderEveryMs, stopEveryMs } = plan;
  const { core, tickMs } = limits;
  const patienceMs = (core.leaderTimeoutTicks * tickMs) / (1 + clockDrift);
  const heartbeatMs = ((core.heartbeatTicks + SPARE_TICKS) * tickMs) / (1 - clockDrift);
  const silenceMs = heartbeatMs + 2 * oneWayMs + SPARE_MS;
  return (
    silenceMs < patienceMs &&
    orderEveryMs === 0 &&
    stopEveryMs === 0 &&
    replicas.every(isReady) &&
    replicas.some(isLeading)
  );
}
