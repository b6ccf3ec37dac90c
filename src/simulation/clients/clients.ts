/**
 * The clients of a simulated world: what they ask, each in its own way, and what the world itself
 * asks to see whether it makes progress.
 */
import type { Operation } from '../../kv/operation.ts';
import type { Slot } from '../../paxos/command.ts';
import type { WriteOutcome } from '../../replica/api.ts';
import type { Choices } from '../choices.ts';
import type { Ghost } from '../ghost/ghost.ts';
import type { Plan } from '../plan.ts';
import type { Probes } from '../probes.ts';
import { Random, type RandomStreams } from '../random.ts';
import type { SimulatedReplica } from '../simulated-replica.ts';
import type { Trace } from '../trace.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { Calls } from './calls.ts';
import { Ages } from './ages.ts';
import { Client } from './client.ts';
import { markedContent } from './content.ts';
import { LeaseClient } from './lease-client.ts';
import { LeaseLevel } from './lease-level.ts';
import { Watcher } from './watchers.ts';

/** The world itself, as a client. */
const WORLD = 0;
const WORLD_DEADLINE_TICKS = 200;
const WORLD_BYTES = 3;

export interface ClientsOptions {
  readonly plan: Plan;
  readonly replicas: readonly SimulatedReplica[];
  readonly random: Random;
  readonly streams: RandomStreams;
  readonly time: VirtualTime;
  readonly ghost: Ghost;
  readonly choices: Choices;
  readonly trace: Trace;
  readonly probes: Probes;
}

export class Clients {
  readonly #options: ClientsOptions;
  readonly #calls: Calls;
  readonly #clients: readonly Client[];
  readonly #watchers: readonly Watcher[];
  readonly #leaseClients: readonly LeaseClient[];

  constructor(options: ClientsOptions) {
    this.#options = options;
    const { choices, ghost, plan, probes, random, replicas, streams, time, trace } = options;
    const keys = Array.from({ length: plan.keys }, (_, index) => `k${index + 1}`);
    this.#calls = new Calls({ ghost, trace, probes, keys, ages: new Ages(time, plan) });
    const shared = { replicas, keys, time, choices, calls: this.#calls };
    this.#clients = Array.from({ length: plan.clients }, (_, index) => {
      const own = new Random(random.integer(32));
      const { deadlineMs, leaseReads, thinkMs } = plan;
      const number = index + 1;
      const leases = new LeaseLevel(streams.of(`lease reads ${number}`), leaseReads);
      return new Client({ ...shared, number, random: own, thinkMs, deadlineMs, leases });
    });
    const holders = new Map<string, string>();
    this.#leaseClients = Array.from({ length: plan.leaseClients }, (_, index) => {
      const own = streams.of(`lease client ${index + 1}`);
      const { deadlineMs, thinkMs, ttlsMs } = plan;
      const times = { thinkMs, deadlineMs, ttlsMs };
      const number = plan.clients + index + 1;
      return new LeaseClient({ ...shared, ...times, number, random: own, probes, holders });
    });
    this.#watchers = Array.from({ length: plan.watchers }, (_, index) => {
      const own = streams.of(`watcher ${index + 1}`);
      const { log } = ghost;
      const { thinkMs } = plan;
      return new Watcher({ ...shared, number: index + 1, random: own, thinkMs, probes, log });
    });
  }

  start(): void {
    for (const client of [...this.#clients, ...this.#leaseClients]) client.think();
    for (const watcher of this.#watchers) watcher.start();
  }

  stop(): void {
    for (const client of [...this.#clients, ...this.#leaseClients]) client.stop();
    for (const watcher of this.#watchers) watcher.settle();
  }

  slotApplied(slot: Slot): void {
    this.#calls.slotApplied(slot);
  }

  get toldSoFar(): string {
    return this.#watchers.map(({ standing }) => standing).join('; ');
  }

  /** Those who watch know all that their replicas have applied. */
  get areTold(): boolean {
    return this.#watchers.every((watcher) => watcher.isLevel);
  }

  /** Requests without an answer so far. */
  get open(): number {
    return this.#calls.open;
  }

  get operations(): number {
    return this.#calls.count;
  }

  get applied(): number {
    return this.#calls.applied;
  }

  get reads(): number {
    return this.#calls.granted;
  }

  /** A write of the world's own. */
  write(at: SimulatedReplica, done: (outcome: WriteOutcome) => void): void {
    const deadlineMs = WORLD_DEADLINE_TICKS * this.#options.plan.limits.tickMs;
    this.#calls.write({ client: WORLD, at, deadlineMs }, plainPut, done);
  }

  /** At the end: I12 of every store, I14 and I16 of every client. Whether I16 was decided. */
  checkAll(): boolean {
    const { ghost, replicas } = this.#options;
    for (const { host, id } of replicas) {
      const store = host?.replica?.store;
      if (store !== undefined) ghost.inspect(id, store);
    }
    return this.#calls.checkAll();
  }
}

function plainPut(number: number): Operation {
  return { type: 'put', key: 'k1', ...markedContent(number, WORLD_BYTES), prev: false };
}
