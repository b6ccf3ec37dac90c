/**
 * One simulated world from one seed: first everything goes wrong, then the world heals and must
 * make progress. Throws at the first violation; two runs of a seed are the same.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import { Choices, type KeptChoices } from './choices.ts';
import { Clients } from './clients/clients.ts';
import { drawCuts, lastingCuts } from './cuts.ts';
import { Ghost } from './ghost/ghost.ts';
import { check, violationOf } from './ghost/invariant.ts';
import { drawPlan, type Plan } from './plan.ts';
import { type ProbeName, Probes } from './probes.ts';
import { Random } from './random.ts';
import { SimulatedNetwork } from './simulated-network.ts';
import { SimulatedReplica } from './simulated-replica.ts';
import { Trace } from './trace.ts';
import { Unfinished } from './unfinished.ts';
import { VirtualTime } from './virtual-time.ts';

/** With one thing broken for ever: until the others are at peace, and how long they stay so. */
const SETTLE_MS = 6_000;
const PEACE_MS = 4_000;
const WRITE_EVERY_MS = 100;
/** From healing to a chosen command at every replica, in virtual ms: the bound on progress. */
const RECOVERY_MS = 20_000;
const MAX_EVENTS = 2_000_000;

export interface WorldResult {
  readonly seed: number;
  readonly events: number;
  readonly operations: number;
  readonly applied: number;
  readonly reads: number;
  readonly slots: number;
  readonly leaders: number;
  /** Of everything that happened: two runs of one seed have the same. */
  readonly traceHash: string;
  readonly probes: readonly ProbeName[];
}

export interface WorldOptions {
  readonly seed: number;
  readonly replicas?: number;
  /** At least so many events happen before the world heals. */
  readonly minEvents?: number;
  /** What the seed draws takes the place of what is not given: for smaller versions of a failure. */
  readonly plan?: Partial<Plan>;
  /** For the same: which of the choices that the seed draws are made. */
  readonly kept?: KeptChoices;
  /** Throws `Unfinished` after so many: who looks for a shorter failure need not see the end. */
  readonly untilEvents?: number;
  /** Whether `trace` keeps events; its hash is there in any case. */
  readonly isRecording?: boolean;
}

export class World {
  readonly #random: Random;
  readonly #plan: Plan;
  readonly #time = new VirtualTime();
  readonly #network: SimulatedNetwork;
  readonly #replicas: readonly SimulatedReplica[];
  readonly #clients: Clients;
  readonly #options: WorldOptions;
  readonly choices: Choices;
  readonly trace: Trace;
  readonly probes = new Probes();
  readonly ghost: Ghost;
  #isHealed = false;

  constructor(options: WorldOptions) {
    this.#options = options;
    const random = new Random(options.seed);
    this.#random = random;
    const plan = { ...drawPlan(random, options.replicas), ...options.plan };
    this.#plan = plan;
    const time = this.#time;
    this.choices = new Choices(options.kept);
    this.trace = new Trace({
      isRecording: options.isRecording ?? false,
      nowMs: () => time.nowMs(),
    });
    const ghost = new Ghost(plan.limits, this.trace);
    this.ghost = ghost;
    const network = new SimulatedNetwork(time, random, plan, ghost);
    this.#network = network;
    const members = Array.from({ length: plan.replicas }, (_, index) => ({
      id: index + 1,
      peerUrl: `http://replica-${index + 1}:7601`,
      clientUrl: `http://replica-${index + 1}:7600`,
    }));
    this.#replicas = members.map(
      ({ id }) => new SimulatedReplica({ id, members, plan, random, time, network, ghost }),
    );
    const { clients, keys } = plan;
    this.#clients = new Clients({ replicas: this.#replicas, clients, keys, random, time, ghost });
  }

  get plan(): Plan {
    return this.#plan;
  }

  /** So many have happened so far. */
  get events(): number {
    return this.#time.events;
  }

  run(): WorldResult {
    try {
      return this.#run();
    } catch (error) {
      throw violationOf(error);
    }
  }

  #run(): WorldResult {
    for (const replica of this.#replicas) {
      if (this.#random.chance(0.8)) replica.start();
      else this.#startAfter(this.#random.next() * 2_000, replica);
    }
    this.#clients.start();
    this.#startFaults();
    const { faultyMs } = this.#plan;
    const { minEvents = 1_000 } = this.#options;
    this.#runWhile(() => this.#time.nowMs() < faultyMs || this.#time.events < minEvents);
    this.#heal();
    this.#endure();
    this.#recover();
    this.#clients.checkAll();
    return this.#result();
  }

  #startAfter(delayMs: number, replica: SimulatedReplica): void {
    this.#time.after(delayMs, () => {
      if (!replica.isUp) replica.start();
    });
  }

  #startFaults(): void {
    const { crashEveryMs, hungDiskEveryMs, partitionEveryMs, pauseEveryMs } = this.#plan;
    const { closeEveryMs, transferEveryMs } = this.#plan;
    this.#every(crashEveryMs, () => this.#crashSome());
    this.#every(partitionEveryMs, () => this.#network.cut(drawCuts(this.#random, this.#ids())));
    this.#every(pauseEveryMs, () =>
      this.#random.pick(this.#replicas).pause(this.#random.between(20, 2_000)),
    );
    this.#every(hungDiskEveryMs, () =>
      this.#random.pick(this.#replicas).hangDisk(this.#random.between(100, 3_000)),
    );
    this.#every(closeEveryMs, () => this.#close(this.#random.pick(this.#replicas)));
    this.#every(transferEveryMs, () => {
      const { host } = this.#random.pick(this.#replicas);
      host?.transferLeadership(this.#random.pick(this.#ids()), () => undefined);
    });
  }

  /** A graceful end, and a new life. */
  #close(replica: SimulatedReplica): void {
    replica.close(this.#random.pick([100, 2_000]), () => {
      const awayMs = this.#isHealed ? 0 : this.#random.next() * 1_000;
      this.#startAfter(awayMs, replica);
    });
  }

  #every(meanMs: number, run: () => void): void {
    if (meanMs === 0) return;
    this.#time.after(this.#random.next() * 2 * meanMs, () => {
      if (this.#isHealed) return;
      run();
      this.#every(meanMs, run);
    });
  }

  /** One replica, or all at once, loses its power, and comes back after a while. */
  #crashSome(): void {
    const all = this.#random.chance(0.15);
    const victims = all ? this.#replicas : [this.#random.pick(this.#replicas)];
    for (const replica of victims) {
      if (!replica.isUp) continue;
      this.ghost.note(`crash of replica ${replica.id}`);
      replica.crash();
      this.#startAfter(this.#random.next() * this.#random.pick([5, 500, 3_000]), replica);
    }
  }

  #heal(): void {
    this.ghost.note('the world heals');
    this.#isHealed = true;
    this.#network.heal();
    this.#clients.stop();
    for (const replica of this.#replicas) {
      replica.heal();
      if (!replica.isUp) replica.start();
    }
  }

  /** L1, L3: with one thing broken for ever, the others go on, and their leader stays. */
  #endure(): void {
    const { lastFault } = this.#plan;
    if (lastFault === 'nothing') return;
    const foundedBeforeMs = this.#time.nowMs() + RECOVERY_MS;
    this.#runWhile(() => this.#time.nowMs() < foundedBeforeMs && !this.#isFounded());
    const victim = this.#replicas.find(({ host }) => host?.status().role === 'leader');
    const { id } = victim ?? this.#random.pick(this.#replicas);
    this.ghost.note(`for ever: ${lastFault}, replica ${id}`);
    this.#network.cut(lastingCuts(lastFault, this.#ids(), id));
    if (lastFault === 'hungDisk') this.#replicaOf(id).hangDisk(SETTLE_MS + PEACE_MS);
    const core = this.#replicas.filter((replica) => lastFault === 'chain' || replica.id !== id);
    const settledAtMs = this.#time.nowMs() + SETTLE_MS;
    this.#write(core, SETTLE_MS, () => this.#time.nowMs() >= settledAtMs);
    const { campaigns } = this.ghost;
    const endMs = settledAtMs + PEACE_MS;
    this.#write(core, PEACE_MS, () => this.#time.nowMs() >= endMs);
    check(this.ghost.campaigns === campaigns, 'L3: a leader stays in office', lastFault);
    this.#network.heal();
  }

  /** L1, L2, L5: a write succeeds, every client is answered, every replica has applied the same. */
  #recover(): void {
    const isDone = (): boolean => this.#isLevel() && this.#clients.open === 0;
    const { leaders } = this.ghost;
    this.#write(this.#replicas, RECOVERY_MS, isDone);
    const changes = this.ghost.leaders - leaders;
    // One is due where somebody had lost a campaign with a higher ballot before it was cut off.
    const isPeaceful = this.#plan.lastFault === 'nothing' || changes <= 1;
    check(isPeaceful, 'L3: who comes back unseats nobody', `${changes} changes`);
    check(this.#clients.open === 0, 'L2: every request is answered', `${this.#clients.open} open`);
    check(this.#isLevel(), 'L5: every replica catches up', this.#appliedUpTo().join(', '));
  }

  /** L1: a write succeeds at one of these. Goes on until `isDone`, for `withinMs` at the most. */
  #write(at: readonly SimulatedReplica[], withinMs: number, isDone: () => boolean): void {
    const untilMs = this.#time.nowMs() + withinMs;
    let isWritten = false;
    let isWriting = false;
    const write = (replica: SimulatedReplica): void => {
      isWriting = true;
      this.#clients.write(replica, (outcome) => {
        isWritten ||= outcome.type === 'applied';
      });
      // Another is tried soon: this one may be cut off from the leader that it believes in.
      this.#time.after(WRITE_EVERY_MS, () => {
        isWriting = false;
      });
    };
    this.#runWhile(() => {
      if (this.#time.nowMs() >= untilMs) return false;
      const up = at.filter((replica) => replica.isUp);
      if (!isWritten && !isWriting && up.length > 0) write(this.#random.pick(up));
      return !isWritten || !isDone();
    });
    check(isWritten, 'L1: progress after healing', 'no write succeeded');
  }

  #replicaOf(id: ReplicaId): SimulatedReplica {
    const replica = this.#replicas.find((candidate) => candidate.id === id);
    if (replica === undefined) throw new Error(`no replica ${id}`);
    return replica;
  }

  #isFounded(): boolean {
    return this.#replicas.every(({ host }) => host !== undefined && host.status().epoch > 0);
  }

  #isLevel(): boolean {
    return new Set(this.#appliedUpTo()).size === 1;
  }

  #appliedUpTo(): number[] {
    return this.#replicas.map((replica) => replica.host?.status().appliedUpTo ?? -1);
  }

  #ids(): ReplicaId[] {
    return this.#replicas.map(({ id }) => id);
  }

  #runWhile(isWanted: () => boolean): void {
    const { untilEvents = MAX_EVENTS } = this.#options;
    while (isWanted()) {
      check(this.#time.events < MAX_EVENTS, 'L1: no endless work', `${MAX_EVENTS} events`);
      if (this.#time.events >= untilEvents) throw new Unfinished(`${untilEvents} events`);
      if (!this.#time.step()) return;
    }
  }

  #result(): WorldResult {
    const { operations, applied, reads } = this.#clients;
    return {
      seed: this.#options.seed,
      events: this.#time.events,
      operations,
      applied,
      reads,
      slots: this.ghost.chosen.size,
      leaders: this.ghost.leaders,
      traceHash: this.trace.hash,
      probes: this.probes.names,
    };
  }
}
