/**
 * A helix, once all are well: each of three replicas is harmed in another place. The third is behind,
 * one loses its state, with slots that are in no log any more, and the log of one cannot be read. The
 * state of that one is all that is left of those slots, and so all of them come back by it.
 */
import type { Slot } from '../paxos/command.ts';
import { DEFAULT_LOG_MARGINS } from '../storage/log-margins.ts';
import type { Choices } from './choices.ts';
import type { Clients } from './clients/clients.ts';
import type { Ghost } from './ghost/ghost.ts';
import type { Plan } from './plan.ts';
import type { Probes } from './probes.ts';
import type { RandomStreams } from './random.ts';
import type { SimulatedReplica } from './simulated-replica.ts';
import { appliedBy } from './standing.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface HelixRoom {
  readonly plan: Plan;
  readonly streams: RandomStreams;
  readonly choices: Choices;
  readonly time: VirtualTime;
  readonly replicas: readonly SimulatedReplica[];
  readonly clients: Clients;
  readonly ghost: Ghost;
  readonly probes: Probes;
  readonly runWhile: (isWanted: () => boolean) => void;
  readonly tell: (what: 'fault', text: string) => void;
}

interface Strands {
  readonly withoutLog: SimulatedReplica;
  readonly withoutState: SimulatedReplica;
  readonly behind: SimulatedReplica;
}

/** Of the worlds in which it is possible. */
const HELICES = 0.5;
/** So many that a log cannot be read. */
const FLIPPED_BITS = 40;

/** Who is down now, and is to be healed. */
export function harmEach(room: HelixRoom, withinMs: number): readonly SimulatedReplica[] {
  const random = room.streams.of('helix');
  const [withoutLog, withoutState, behind] = random.shuffle(room.replicas);
  if (!random.chance(HELICES) || !isPossible(room) || !room.choices.makes('helix')) return [];
  if (withoutLog === undefined || withoutState === undefined || behind === undefined) return [];
  const strands = { withoutLog, withoutState, behind };
  const from = appliedBy(behind);
  behind.isHeld = true;
  behind.crash('kill');
  writeUntil(room, strands, { isDone: () => mayHarm(strands, from), withinMs });
  behind.isHeld = false;
  if (!mayHarm(strands, from)) return [behind];
  room.tell('fault', `replica ${withoutLog.id} loses its log, ${withoutState.id} its state`);
  withoutLog.crash('kill');
  for (let bit = 0; bit < FLIPPED_BITS; bit += 1) withoutLog.flipBit('log');
  withoutState.loseState();
  room.probes.reached('faultHelix');
  return [withoutLog, withoutState, behind];
}

/** Three that are well, of which no one is needed more than another, and whose logs end somewhere. */
function isPossible({ ghost, plan, replicas }: HelixRoom): boolean {
  const isSteady = plan.orderEveryMs === 0 && plan.stopEveryMs === 0 && plan.quorums === undefined;
  const isTrimmed = plan.limits.logMargins !== DEFAULT_LOG_MARGINS;
  const areSound = replicas.every(({ isAtRisk, isFounded }) => isFounded && !isAtRisk);
  return (
    replicas.length === 3 &&
    isSteady &&
    isTrimmed &&
    areSound &&
    ghost.epochs.joining().length === 0
  );
}

/** What the log of the one holds no more, the third never had, and the state of the other has on its disk. */
function mayHarm({ withoutLog, withoutState }: Strands, behind: Slot): boolean {
  const lender = withoutLog.host?.replica;
  const loser = withoutState.host?.replica;
  if (lender === undefined || loser === undefined) return false;
  const gone = Math.max(loser.log.floor, loser.store.base);
  return gone > behind && lender.store.durablyApplied >= gone;
}

function writeUntil(
  { clients, plan, runWhile, streams, time }: HelixRoom,
  { withoutLog, withoutState }: Strands,
  { isDone, withinMs }: { readonly isDone: () => boolean; readonly withinMs: number },
): void {
  const random = streams.of('helix writes');
  const untilMs = time.nowMs() + withinMs;
  let isWriting = false;
  runWhile(() => {
    if (time.nowMs() >= untilMs || isDone()) return false;
    if (!isWriting) {
      isWriting = true;
      clients.write(random.pick([withoutLog, withoutState]), () => {
        time.after(plan.limits.tickMs, () => {
          isWriting = false;
        });
      });
    }
    return true;
  });
}
