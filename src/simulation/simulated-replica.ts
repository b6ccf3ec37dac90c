/**
 * One replica of a simulated world: the real host, replica, core and storage code, over a database
 * in memory, the simulated network and virtual time. It can crash, come back, and be stopped for a
 * while.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Membership } from '../paxos/membership.ts';
import type { InitialMember } from '../replica/bootstrap.ts';
import { Host } from '../replica/host.ts';
import { type LogOpened, openAcceptorLog } from '../storage/log-recovery.ts';
import { MemoryDatabase } from '../storage/memory-database.ts';
import { MemoryWitness } from '../storage/memory-witness.ts';
import { openStateStore } from '../storage/state-recovery.ts';
import { check } from './ghost/invariant.ts';
import type { Ghost } from './ghost/ghost.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';
import type { SimulatedNetwork } from './simulated-network.ts';
import { LifeScheduler, type VirtualTime } from './virtual-time.ts';

export interface SimulatedReplicaOptions {
  readonly id: ReplicaId;
  readonly members: readonly InitialMember[];
  readonly plan: Plan;
  readonly random: Random;
  readonly time: VirtualTime;
  readonly network: SimulatedNetwork;
  readonly ghost: Ghost;
}

export class SimulatedReplica {
  readonly id: ReplicaId;
  readonly #options: SimulatedReplicaOptions;
  readonly #incarnation: string;
  readonly #log: MemoryDatabase;
  readonly #state: MemoryDatabase;
  readonly #witness = new MemoryWitness();
  #genesis: Membership | undefined;
  #suspicion: string | undefined;
  #scheduler: LifeScheduler | undefined;
  #boots = 0;
  /** Processor and disk do nothing before these times. */
  #pausedUntilMs = 0;
  #diskUntilMs = 0;
  #isHealed = false;
  host: Host | undefined;

  constructor(options: SimulatedReplicaOptions) {
    this.#options = options;
    this.id = options.id;
    this.#incarnation = options.random.integer(32).toString(16).padStart(32, '0');
    const schedule = (complete: () => void): void => this.#afterDisk(complete);
    this.#log = new MemoryDatabase({ schedule });
    this.#state = new MemoryDatabase({ schedule });
  }

  get isUp(): boolean {
    return this.host !== undefined;
  }

  start(): void {
    const { ghost, id, members, network, plan, random, time } = this.#options;
    this.#boots += 1;
    const scheduler = new LifeScheduler(time, () => this.#stallMs());
    this.#scheduler = scheduler;
    const genesisOf = (): Membership | undefined => this.#genesis;
    const suspicionOf = (): string | undefined => this.#suspicion;
    const host = new Host({
      self: id,
      members,
      quorums: plan.quorums,
      directory: {
        incarnation: this.#incarnation,
        get genesis() {
          return genesisOf();
        },
        storeGenesis: (membership) => this.#storeGenesis(membership),
        get suspicion() {
          return suspicionOf();
        },
        storeSuspicion: (reason) => this.#storeSuspicion(reason),
      },
      openStorage: (membership, done) => this.#openStorage(membership, done),
      onMembership: (membership) => ghost.membership(membership),
      network: network.portOf(id),
      clock: time,
      scheduler,
      limits: plan.limits,
      drawInteger: (bits) => random.integer(bits),
      version: 'simulated',
      observe: (event) => ghost.event(id, event),
      watcher: ghost.watcherOf(id, () => this.host?.replica),
      onFatal: (error) => {
        throw error;
      },
    });
    this.host = host;
    ghost.booted(id, this.#boots);
    network.attach(id, { handlers: host, deliver: (run) => scheduler.after(this.#stallMs(), run) });
    host.start();
  }

  /** The process is killed and the power fails: what was not synced is lost. */
  crash(): void {
    const { network, plan, random, id } = this.#options;
    this.#scheduler?.end();
    this.#scheduler = undefined;
    this.host?.replica?.close();
    this.host = undefined;
    this.#pausedUntilMs = 0;
    this.#diskUntilMs = 0;
    const survives = plan.tornCrashes ? () => random.chance(0.5) : () => false;
    this.#log.crash({ survives });
    this.#state.crash({ survives });
    this.#witness.crash(survives);
    network.detach(id);
  }

  /** The process is asked to end (SIGTERM): it hands over, answers what it owes, then it is gone. */
  close(withinMs: number, done: () => void): void {
    const { host } = this;
    host?.close(withinMs, () => {
      if (this.host !== host) return;
      this.crash();
      done();
    });
  }

  /** The process does nothing for a while, as under SIGSTOP. */
  pause(forMs: number): void {
    this.#pausedUntilMs = this.#options.time.nowMs() + forMs;
  }

  /** The disk answers nothing for a while. */
  hangDisk(forMs: number): void {
    this.#diskUntilMs = this.#options.time.nowMs() + forMs;
  }

  heal(): void {
    this.#isHealed = true;
  }

  #stallMs(): number {
    return Math.max(0, this.#pausedUntilMs - this.#options.time.nowMs());
  }

  /** Completions come in the order of their calls, as from one disk. */
  #afterDisk(complete: () => void): void {
    const { plan, random, time } = this.#options;
    const nowMs = time.nowMs();
    const workMs = this.#isHealed ? 0.5 : 0.05 + random.next() * plan.diskMs;
    this.#diskUntilMs = Math.max(this.#diskUntilMs, nowMs) + workMs;
    time.after(this.#diskUntilMs - nowMs, complete);
  }

  #storeGenesis(
    membership: Membership,
  ): { readonly type: 'stored' } | { readonly type: 'refused'; readonly reason: string } {
    this.#genesis ??= membership;
    if (this.#genesis.clusterId === membership.clusterId) return { type: 'stored' };
    return { type: 'refused', reason: 'another genesis is stored here' };
  }

  /** Every disk of these worlds is honest. */
  #storeSuspicion(reason: string): void {
    this.#suspicion ??= reason;
    check(false, 'I9: no false suspicion', `replica ${this.id}: ${reason}`);
  }

  #openStorage(
    membership: Membership,
    done: Parameters<ConstructorParameters<typeof Host>[0]['openStorage']>[1],
  ): void {
    const { clusterId, epoch } = membership;
    const { ghost, id } = this.#options;
    const identity = { clusterId, replicaId: id, incarnation: this.#incarnation, epoch };
    openStateStore(this.#state, identity, {}, (error, store) => {
      if (error !== undefined || store === undefined) return done(error);
      const opened: LogOpened = (error, log, recovered) => {
        if (error !== undefined || log === undefined || recovered === undefined) return done(error);
        ghost.watchStorage(id, { log, recovered, store });
        done(undefined, { log, recovered, store });
      };
      const witness = this.#witness;
      openAcceptorLog(this.#log, identity, store.durablyApplied, opened, { witness });
    });
  }
}
