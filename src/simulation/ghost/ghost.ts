/**
 * What an all-knowing observer holds against the replicas, at every message, every step of a core
 * and every completed write. The replicas never see it. Numbers are those of the invariants in
 * docs/testing.md. What it knows of them stands in the files beside this one, a subject each.
 */
import type { Ballot, ReplicaId } from '../../paxos/ballot.ts';
import type { Command, Proposal, Slot } from '../../paxos/command.ts';
import type { Membership } from '../../paxos/membership.ts';
import type { OpenedStorage } from '../../replica/host-options.ts';
import { DEFAULT_REPLICA_LIMITS, type ReplicaLimits } from '../../replica/limits.ts';
import type { ReplicaEvent, StepWatcher } from '../../replica/ports.ts';
import type { Replica } from '../../replica/replica.ts';
import type { StateStore } from '../../storage/state-store.ts';
import type { PeerMessage } from '../../transport/messages.ts';
import { ReplicaProbes } from '../probes-of-replicas.ts';
import { StepProbes } from '../probes-of-steps.ts';
import { Probes } from '../probes.ts';
import type { Trace } from '../trace.ts';
import { Acceptors } from './acceptors.ts';
import { Campaigns } from './campaigns.ts';
import { ChosenLog } from './chosen-log.ts';
import { Compactions } from './compactions.ts';
import { GhostTrace } from './ghost-trace.ts';
import { check, violate } from './invariant.ts';
import { Learners } from './learners.ts';
import { Proposals } from './proposals.ts';
import { rankOf, Voters } from './ranks.ts';
import { ReplicaStates } from './replica-states.ts';
import { Resources } from './resources.ts';
import { bothOf, StepChecks } from './step-checks.ts';
import { isVote } from './votes.ts';

export interface GhostOptions {
  readonly limits?: ReplicaLimits;
  readonly trace?: Trace;
  readonly probes?: Probes;
  /** After each slot that a replica has applied. */
  readonly onApplied?: (id: ReplicaId, slot: Slot) => void;
}

export class Ghost {
  readonly #proposals = new Proposals();
  readonly #acceptors = new Acceptors();
  readonly #campaigns = new Campaigns(this.#proposals);
  readonly #learners = new Learners(this.#proposals);
  readonly #states: ReplicaStates;
  readonly #compactions: Compactions;
  readonly #resources: Resources;
  readonly #trace: GhostTrace;
  readonly #probes: Probes;
  readonly #onApplied: (id: ReplicaId, slot: Slot) => void;
  readonly #replicaProbes: ReplicaProbes;
  readonly #replicas = new Map<ReplicaId, () => Replica | undefined>();
  /** The log as it is chosen, and the model of the store. */
  readonly log: ChosenLog;
  readonly #silent = new Set<ReplicaId>();
  #voters: Voters | undefined;
  #history: string[] = [];
  leaders = 0;
  campaigns = 0;

  constructor(options: GhostOptions = {}) {
    const { limits = DEFAULT_REPLICA_LIMITS, probes = new Probes(), trace } = options;
    this.#probes = probes;
    this.#onApplied = options.onApplied ?? (() => undefined);
    this.#replicaProbes = new ReplicaProbes(probes);
    this.log = new ChosenLog(this.#proposals.chosen, limits.changedKeys, probes);
    this.#compactions = new Compactions(probes);
    this.#states = new ReplicaStates(this.log, this.#proposals);
    this.#resources = new Resources(limits);
    this.#trace = new GhostTrace(trace);
  }

  get chosen(): ReadonlyMap<Slot, Command> {
    return this.#proposals.chosen;
  }

  /** The highest slot that any replica has applied. */
  get highestApplied(): Slot {
    return this.#states.highestApplied;
  }

  /** The last things that happened, for a failure's report. */
  get recent(): readonly string[] {
    return this.#history;
  }

  note(line: string): void {
    this.#history.push(line);
    if (this.#history.length > 400) this.#history = this.#history.slice(200);
  }

  membership(membership: Membership): void {
    const { clusterId } = membership;
    if (this.#voters === undefined) this.#voters = new Voters(membership);
    check(this.#voters.clusterId === clusterId, 'I22: there is one cluster', clusterId);
  }

  booted(id: ReplicaId, boot: number): void {
    this.#campaigns.booted(id);
    this.#replicaProbes.booted(id);
    this.#compactions.booted(id);
    this.note(`boot ${boot} of replica ${id}`);
  }

  event(id: ReplicaId, event: ReplicaEvent): void {
    check(event.type !== 'alarm', 'I22: no alarms', JSON.stringify(event));
    if (event.type === 'role' && event.role === 'leader') this.leaders += 1;
    if (event.type === 'role' && event.role === 'candidate') this.campaigns += 1;
    if (event.type === 'suspect') this.#probes.reached('suspected');
    if (event.type === 'snapshot' && event.fact === 'installed') {
      this.#compactions.installs(id, event.slot, this.#states.appliedUpTo(id));
    }
    this.#replicaProbes.event(event);
    this.#trace.event(id, event);
    this.note(`replica ${id}: ${JSON.stringify(event)}`);
  }

  /** Its disk may have forgotten votes: no more of them may come from it (I9). */
  silence(id: ReplicaId): void {
    this.#silent.add(id);
  }

  /** By what it has on its disk. */
  hasPromisedAbove(id: ReplicaId, ballot: Ballot): boolean {
    return this.#acceptors.promisedBy(id) > rankOf(ballot);
  }

  /** The world has put another disk in the place of this one. */
  forget(id: ReplicaId): void {
    this.silence(id);
    this.#acceptors.forget(id);
    this.#compactions.forget(id);
  }

  /** The world has taken its state away, and nothing else. */
  losesState(id: ReplicaId): void {
    this.#compactions.losesState(id);
  }

  /** Sees each step of the core of one replica. */
  watcherOf(id: ReplicaId, replica: () => Replica | undefined): StepWatcher {
    this.#replicas.set(id, replica);
    const checks = new StepChecks({
      id,
      replica,
      voters: () => this.#knownVoters,
      acceptors: this.#acceptors,
      campaigns: this.#campaigns,
      learners: this.#learners,
      proposals: this.#proposals,
      resources: this.#resources,
    });
    return bothOf(checks, new StepProbes(this.#probes));
  }

  /** Sees each completed write of the log, and each slot that is applied. */
  watchStorage(id: ReplicaId, storage: OpenedStorage): void {
    const { log, recovered, store } = storage;
    this.#compactions.opened(id, storage);
    const above = Math.max(store.durablyApplied, recovered.floor);
    const hasMore = this.#acceptors.recovered(id, recovered, above);
    if (hasMore) this.#probes.reached('restartWithMore');
    if (recovered.chosenUpTo < this.#proposals.chosenUpTo) {
      this.#probes.reached('restartBehindOthers');
    }
    this.#replicaProbes.watchStorage(storage);
    for (const proposal of recovered.proposals) {
      this.#proposals.found(id, proposal);
      this.#durable(id, proposal);
    }
    this.#learners.started(id, store.appliedUpTo);
    this.#states.opened(id, store, log);
    const append = log.append.bind(log);
    log.append = (batch, done) => {
      append(batch, (error) => {
        if (error === undefined) {
          this.#acceptors.durable(id, batch.records);
          this.#compactions.appended(id, batch.records, log.floor);
          for (const record of batch.records) {
            this.#trace.durable(id, record);
            if (record.type === 'accepted') this.#durable(id, record);
          }
        }
        done(error);
      });
    };
    const flush = store.flush.bind(store);
    store.flush = (done) => {
      flush((error) => {
        if (error === undefined) this.#compactions.flushed(id, store.durablyApplied);
        done(error);
      });
    };
    const apply = store.apply.bind(store);
    store.apply = (change) => {
      this.#states.applies(id, change);
      apply(change);
      this.#states.applied(id, store);
      this.#trace.applied(id, change.slot);
      this.#onApplied(id, change.slot);
    };
  }

  #durable(id: ReplicaId, proposal: Proposal): void {
    const chosen = this.#proposals.durable(id, proposal, this.#knownVoters);
    if (chosen !== undefined) this.#trace.chosen(id, chosen);
  }

  /** A process ends because its disk is bad. */
  processEnds(error: Error): void {
    this.#replicaProbes.processEnds(error);
  }

  /** I12: all that the store shows now. */
  inspect(id: ReplicaId, store: StateStore): void {
    this.#states.inspect(id, store);
  }

  /** I11: what a peer pulls is chosen, never a proposal that lost. */
  served(from: ReplicaId, proposals: readonly Proposal[]): void {
    this.#learners.served(from, proposals);
  }

  /** Every message as it reaches a process. */
  arrived(to: ReplicaId, message: PeerMessage): void {
    this.#replicaProbes.arrives(message, this.#replicas.get(to)?.());
  }

  /** Every message at the instant it leaves. */
  sent(from: ReplicaId, _to: ReplicaId, message: PeerMessage): void {
    if (this.#silent.has(from) && isVote(message)) {
      violate('I9: who may have forgotten votes gives none', `${message.type} by replica ${from}`);
    }
    this.#compactions.sent(from, message);
    switch (message.type) {
      case 'prepare':
        this.#campaigns.sentPrepare(from, message.ballot);
        return this.#acceptors.sentInBallot(from, message.ballot);
      case 'readIndex':
        return this.#learners.asksLeader(from, message.nonce);
      case 'confirmLeader':
      case 'takeOver':
        return this.#acceptors.sentInBallot(from, message.ballot);
      case 'promise':
        this.#learners.announced(from, message.chosenUpTo);
        return this.#acceptors.sentPromise(from, message);
      case 'accept':
        this.#proposals.attempt(message.slot, message.ballot, message.command);
        this.#acceptors.sentInBallot(from, message.ballot);
        return this.#learners.announced(from, message.chosenUpTo);
      case 'accepted':
        return this.#acceptors.sentAccepted(from, message.slot, message.ballot);
      case 'leaderConfirmed':
        return this.#acceptors.sentConfirmation(from, message);
      case 'heartbeat':
        this.#acceptors.sentInBallot(from, message.ballot);
        return this.#learners.announced(from, message.chosenUpTo);
      case 'status':
        return this.#learners.announced(from, message.chosenUpTo);
      case 'readIndexed':
        return this.#learners.announced(from, message.readIndex ?? 0);
      case 'forwarded':
        return this.#sentOutcome(from, message);
      default:
        return undefined;
    }
  }

  /** I14: who tells that a command is applied has applied it. */
  #sentOutcome(from: ReplicaId, { outcome }: Extract<PeerMessage, { type: 'forwarded' }>): void {
    if (outcome.type !== 'applied' || this.#states.appliedUpTo(from) >= outcome.slot) return;
    check(false, 'I14: what is answered is applied', `slot ${outcome.slot} at replica ${from}`);
  }

  get #knownVoters(): Voters {
    check(this.#voters !== undefined, 'I22: nobody works before the genesis', '');
    return this.#voters ?? NOBODY;
  }
}

const NOBODY = new Voters({
  clusterId: '',
  epoch: 0,
  members: [],
  quorums: { phase1: 1, phase2: 1 },
});
