/**
 * One after the other the disks of all but one are rolled back, each once the one before votes again:
 * so all of its peers come back in other incarnations while that one goes on with what it has. Then
 * it loses its state, and has to have it from peers of which it knows none by its first record.
 */
import type { Incarnation } from '../paxos/membership.ts';
import type { Plan } from './plan.ts';
import type { Probes } from './probes.ts';
import type { SimulatedReplica } from './simulated-replica.ts';
import { needsState } from './standing.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface TurnoverOptions {
  readonly plan: Plan;
  readonly time: VirtualTime;
  readonly probes: Probes;
  readonly replicas: readonly SimulatedReplica[];
  /** The one that goes on. */
  readonly last: SimulatedReplica;
  readonly isOver: () => boolean;
  readonly maySpoil: (replica: SimulatedReplica) => boolean;
  readonly rollBack: (replica: SimulatedReplica) => void;
}

const LOOK_MS = 50;
/** A log that holds nothing yet is not rolled back; one that was is not struck again. */
const TRY_TICKS = 20;

export class Turnover {
  readonly #options: TurnoverOptions;
  readonly #first: ReadonlyMap<SimulatedReplica, Incarnation>;
  #againAtMs = 0;
  #isStarted = false;

  constructor(options: TurnoverOptions) {
    this.#options = options;
    const peers = options.replicas.filter((replica) => replica !== options.last);
    this.#first = new Map(peers.map((peer) => [peer, peer.directory.incarnation]));
  }

  /** Once; again, it does nothing. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#look();
  }

  #look(): void {
    const { isOver, last, maySpoil, time } = this.#options;
    if (isOver()) return;
    const next = [...this.#first].find(
      ([peer, incarnation]) => peer.directory.incarnation === incarnation,
    )?.[0];
    if (next === undefined && maySpoil(last) && needsState(last)) return this.#finish();
    if (next !== undefined) this.#strike(next);
    time.after(LOOK_MS, () => this.#look());
  }

  #strike(next: SimulatedReplica): void {
    const { maySpoil, plan, rollBack, time } = this.#options;
    if (time.nowMs() < this.#againAtMs || !maySpoil(next)) return;
    this.#againAtMs = time.nowMs() + TRY_TICKS * plan.limits.tickMs;
    rollBack(next);
  }

  #finish(): void {
    const { last, probes } = this.#options;
    last.loseState();
    probes.reached('faultTurnover');
    last.start();
  }
}
