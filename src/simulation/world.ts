/**
 * One simulated world from one seed: first everything goes wrong, then the world heals and must
 * make progress. Throws at the first violation; two runs of a seed are the same.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import { memberOf } from './simulated-address.ts';
import { Audits } from './audits.ts';
import { Choices, type KeptChoices } from './choices.ts';
import { Clients } from './clients/clients.ts';
import { Faults } from './faults.ts';
import { Ghost } from './ghost/ghost.ts';
import { check, violationOf } from './ghost/invariant.ts';
import { keepersOfGap } from './gap.ts';
import { Liveness, type LivenessOptions } from './liveness.ts';
import { checkFarReads } from './liveness-of-far-reads.ts';
import { Partitions } from './partitions.ts';
import { drawPlan, neededOf, type Plan } from './plan.ts';
import { withLeases } from './plan-leases.ts';
import { withTurnover } from './plan-turnover.ts';
import { faultsMade } from './probes-of-faults.ts';
import { type ProbeName, Probes } from './probes.ts';
import { RandomStreams } from './random.ts';
import { SimulatedNetwork } from './simulated-network.ts';
import { SimulatedReplica } from './simulated-replica.ts';
import { Trace } from './trace.ts';
import { Unfinished } from './unfinished.ts';
import { VirtualTime } from './virtual-time.ts';

const MAX_EVENTS = 2_000_000;
/** One world of so many is large. */
const LARGE_EVERY = 10;
/** Of worlds: that they heal at a gap in the log, where one is found within so many events more. */
const HEALS_IN_GAP = 0.4;
const GAP_EVENTS = 500;
/** Times go into the trace's hash in such parts of a ms. */
const PARTS_OF_MS = 2 ** 20;

export interface WorldResult {
  readonly seed: number;
  readonly events: number;
  readonly operations: number;
  readonly applied: number;
  readonly reads: number;
  readonly slots: number;
  readonly leaders: number;
  /** Whether the search for an order of all calls (I16) came to an end within its limits. */
  readonly isDecided: boolean;
  /** Of everything that happened: two runs of one seed have the same. */
  readonly traceHash: string;
  readonly probes: readonly ProbeName[];
}

export interface WorldOptions {
  readonly seed: number;
  readonly replicas?: number;
  /** At least so many events happen before the world heals; else what the plan says. */
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
  readonly #plan: Plan;
  readonly #streams: RandomStreams;
  readonly #time: VirtualTime;
  readonly #network: SimulatedNetwork;
  readonly #partitions: Partitions;
  readonly #replicas: readonly SimulatedReplica[];
  readonly #clients: Clients;
  readonly #faults: Faults;
  readonly #audits: Audits;
  readonly #options: WorldOptions;
  readonly choices: Choices;
  readonly trace: Trace;
  readonly probes: Probes;
  readonly ghost: Ghost;

  constructor(options: WorldOptions) {
    this.#options = options;
    const streams = new RandomStreams(options.seed);
    const isLarge = options.seed % LARGE_EVERY === 0;
    const usual = drawPlan(streams.of('plan'), { replicas: options.replicas, isLarge });
    const leased = withLeases(streams.of('leases'), usual);
    const drawn = withTurnover(streams.of('turnover'), leased);
    const plan = { ...drawn, ...options.plan };
    const choices = new Choices(options.kept);
    const isRecording = options.isRecording ?? false;
    const time = new VirtualTime((atMs, order) => trace.note(atMs * PARTS_OF_MS + order));
    const trace = new Trace({ isRecording, nowMs: () => time.nowMs() });
    const probes = new Probes();
    const onApplied = (id: ReplicaId, slot: Slot): void => {
      this.#audits.applied(id, slot);
      this.#clients.slotApplied(slot);
    };
    const ghost = new Ghost({ limits: plan.limits, trace, probes, onApplied });
    const shared = { plan, streams, choices, trace, time, ghost, probes };
    const network = new SimulatedNetwork({ ...shared, watch: ghost });
    const all = Array.from({ length: plan.replicas + plan.strangers }, (_, at) => memberOf(at + 1));
    const founders = all.slice(0, plan.replicas);
    const replicas = all.map((self) => {
      const members = founders.includes(self) ? founders : [...founders, self];
      return new SimulatedReplica({ ...shared, id: self.id, members, network });
    });
    const partitions = new Partitions({ ...shared, ids: all.map(({ id }) => id), network });
    const random = streams.of('clients');
    this.#plan = plan;
    this.#streams = streams;
    this.#time = time;
    this.choices = choices;
    this.trace = trace;
    this.probes = probes;
    this.ghost = ghost;
    this.#network = network;
    this.#replicas = replicas;
    this.#partitions = partitions;
    this.#clients = new Clients({ ...shared, replicas, random });
    this.#audits = new Audits({ random: streams.of('audits'), time, replicas, ghost });
    this.#faults = new Faults({ ...shared, partitions, replicas });
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
    const { minEvents = this.#plan.events } = this.#options;
    this.#tell('phase', 'everything goes wrong');
    this.#faults.start();
    this.#clients.start();
    this.#runWhile(() => this.#time.events < minEvents);
    const keepers = this.#findGap(minEvents);
    this.#faults.end();
    this.#clients.stop();
    this.#audits.end();
    const ending = this.#ending(keepers);
    new Liveness(ending).run();
    checkFarReads(ending);
    const isDecided = this.#clients.checkAll();
    return this.#result(isDecided);
  }

  /** Some worlds go on, for a while, until there is a gap that can be kept open. */
  #findGap(minEvents: number): readonly SimulatedReplica[] {
    if (!this.#streams.of('gap').chance(HEALS_IN_GAP)) return [];
    const { quorums, replicas } = this.#plan;
    const needed = neededOf(replicas, quorums);
    let keepers: readonly SimulatedReplica[] | undefined;
    this.#runWhile(() => {
      keepers = keepersOfGap(this.#replicas, needed);
      return keepers === undefined && this.#time.events < minEvents + GAP_EVENTS;
    });
    return keepers ?? [];
  }

  #ending(keepers: readonly SimulatedReplica[]): LivenessOptions {
    return {
      keepers,
      plan: this.#plan,
      streams: this.#streams,
      choices: this.choices,
      time: this.#time,
      network: this.#network,
      partitions: this.#partitions,
      replicas: this.#replicas,
      clients: this.#clients,
      ghost: this.ghost,
      probes: this.probes,
      runWhile: (isWanted) => this.#runWhile(isWanted),
      tell: (what, text) => this.#tell(what, text),
    };
  }

  #tell(what: 'phase' | 'fault', text: string): void {
    this.ghost.note(text);
    if (this.trace.isRecording) this.trace.record({ type: 'world', what, text });
  }

  #runWhile(isWanted: () => boolean): void {
    const { untilEvents = MAX_EVENTS } = this.#options;
    while (isWanted()) {
      check(this.#time.events < MAX_EVENTS, 'L1: no endless work', `${MAX_EVENTS} events`);
      if (this.#time.events >= untilEvents) throw new Unfinished(`${untilEvents} events`);
      if (!this.#time.step()) return;
    }
  }

  #result(isDecided: boolean): WorldResult {
    const { operations, applied, reads } = this.#clients;
    faultsMade(this.probes, this.choices);
    return {
      seed: this.#options.seed,
      events: this.#time.events,
      operations,
      applied,
      reads,
      slots: this.ghost.chosen.size,
      leaders: this.ghost.leaders,
      isDecided,
      traceHash: this.trace.hash,
      probes: this.probes.names,
    };
  }
}
