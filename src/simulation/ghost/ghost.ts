/**
 * What an all-knowing observer holds against the replicas, at every message, every step of a core
 * and every completed write. Numbers are those of docs/testing.md; each subject has its own file.
 */
import type { Ballot, ReplicaId } from '../../paxos/ballot.ts';
import type { Command, EpochProposal, Slot } from '../../paxos/command.ts';
import type { LogRecord } from '../../paxos/effects.ts';
import type { Membership } from '../../paxos/membership.ts';
import type { OpenedStorage } from '../../replica/host-options.ts';
import type { Message } from '../../paxos/messages.ts';
import { DEFAULT_REPLICA_LIMITS, type ReplicaLimits } from '../../replica/limits.ts';
import type { Clock, ReplicaEvent, StepWatcher } from '../../replica/ports.ts';
import type { Replica } from '../../replica/replica.ts';
import type { StateStore } from '../../storage/state-store.ts';
import type { PeerMessage } from '../../transport/messages.ts';
import { ReplicaProbes } from '../probes-of-replicas.ts';
import { StepProbes } from '../probes-of-steps.ts';
import { Probes } from '../probes.ts';
import type { Trace } from '../trace.ts';
import { ChosenLog } from './chosen-log.ts';
import { ClusterTimes } from './cluster-times.ts';
import { Compactions } from './compactions.ts';
import { GhostTrace } from './ghost-trace.ts';
import { Epochs } from './epochs.ts';
import { check } from './invariant.ts';
import { Learners } from './learners.ts';
import { Leases } from './leases.ts';
import { rankOf } from './ranks.ts';
import { ReplicaStates } from './replica-states.ts';
import { Resources } from './resources.ts';
import { bothOf, StepChecks } from './step-checks.ts';
import { Silence } from './silence.ts';

export interface GhostOptions {
  readonly limits?: ReplicaLimits;
  readonly trace?: Trace;
  readonly probes?: Probes;
  /** After each slot that a replica has applied. */
  readonly onApplied?: (id: ReplicaId, slot: Slot) => void;
}

export class Ghost {
  readonly epochs = new Epochs();
  readonly #learners = new Learners(this.epochs);
  readonly #times = new ClusterTimes();
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
  readonly #silence: Silence;
  readonly leases: Leases;
  #history: string[] = [];
  leaders = 0;
  campaigns = 0;

  constructor(options: GhostOptions = {}) {
    const { limits = DEFAULT_REPLICA_LIMITS, probes = new Probes(), trace } = options;
    this.#probes = probes;
    this.#onApplied = options.onApplied ?? (() => undefined);
    this.#replicaProbes = new ReplicaProbes(probes);
    this.log = new ChosenLog(this.epochs.chosen, limits, probes);
    this.#compactions = new Compactions(probes);
    this.#states = new ReplicaStates(this.log, this.epochs);
    this.#silence = new Silence(this.epochs);
    this.leases = new Leases(this.#replicas, probes);
    this.#resources = new Resources(limits);
    this.#trace = new GhostTrace(trace);
  }

  get chosen(): ReadonlyMap<Slot, Command> {
    return this.epochs.chosen;
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
    this.epochs.membership(membership);
  }

  booted(id: ReplicaId, boot: number): void {
    this.epochs.booted(id);
    this.#replicaProbes.booted(id);
    this.#compactions.booted(id);
    this.note(`boot ${boot} of replica ${id}`);
  }

  event(id: ReplicaId, event: ReplicaEvent): void {
    check(event.type !== 'alarm', 'I22: no alarms', JSON.stringify(event));
    if (event.type === 'role' && event.role === 'leader') this.leaders += 1;
    if (event.type === 'role' && event.role === 'candidate') this.campaigns += 1;
    if (event.type === 'snapshot' && event.fact === 'installed') {
      this.#compactions.installs(id, event.slot, this.#states.appliedUpTo(id));
    }
    if (event.type === 'damagedState') this.#compactions.discards(id);
    this.#replicaProbes.event(event);
    this.#trace.event(id, event);
    this.note(`replica ${id}: ${JSON.stringify(event)}`);
  }

  /** Its disk may have forgotten votes: no more of them may come from it (I9). */
  silence(id: ReplicaId): void {
    this.#silence.begins(id);
  }

  /** By what it has on its disk. */
  hasPromisedAbove(id: ReplicaId, ballot: Ballot): boolean {
    const { latest } = this.epochs;
    return latest > 0 && this.epochs.of(latest).acceptors.promisedBy(id) > rankOf(ballot);
  }

  /** The world has put another disk in the place of this one. */
  forget(id: ReplicaId): void {
    this.silence(id);
    this.beginsAnew(id);
  }

  /** It has an empty disk, in an incarnation that has promised nothing. */
  beginsAnew(id: ReplicaId): void {
    this.#states.hasNewLog(id);
    for (const { acceptors } of this.epochs.all()) acceptors.forget(id);
    this.#compactions.forget(id);
  }

  /** The world has taken its state away, and nothing else. */
  losesState(id: ReplicaId): void {
    this.#compactions.losesState(id);
  }

  /** The world has damaged a record: its state may be thrown away, its log has what cannot be read. */
  damages(id: ReplicaId, what: 'log' | 'state'): void {
    if (what === 'state') this.#compactions.damages(id);
    else this.#states.damagesLog(id);
  }

  /** Sees each step of the core of one replica. */
  watcherOf(id: ReplicaId, replica: () => Replica | undefined, clock: Clock): StepWatcher {
    this.#replicas.set(id, replica);
    const [learners, resources, times] = [this.#learners, this.#resources, this.#times];
    const shared = { epochs: this.epochs, learners, resources, times, leases: this.leases };
    const checks = new StepChecks({ ...shared, id, replica, clock });
    return bothOf(checks, new StepProbes(this.#probes));
  }

  /** Sees each completed write of the log, and each slot that is applied. */
  watchStorage(id: ReplicaId, storage: OpenedStorage): void {
    const { log, recovered, store } = storage;
    this.#compactions.opened(id, storage);
    const above = Math.max(store.durablyApplied, recovered.floor);
    if (this.epochs.recovered(id, recovered, above)) this.#probes.reached('restartWithMore');
    if (recovered.chosenUpTo < this.epochs.chosenUpTo) {
      this.#probes.reached('restartBehindOthers');
    }
    if (recovered.epoch > 1) this.#probes.reached('epochBegunAfterRestart');
    this.#replicaProbes.watchStorage(storage);
    for (const proposal of recovered.proposals) {
      this.epochs.found(id, proposal);
      this.#durable(id, proposal);
    }
    this.#learners.started(id, store.appliedUpTo);
    this.#resources.started(id, recovered.proposals.length);
    this.#states.opened(id, store, log);
    const append = log.append.bind(log);
    log.append = (batch, done) => {
      append(batch, (error) => {
        if (error === undefined) {
          this.#compactions.appended(id, batch.records, log.floor);
          this.#wrote(id, batch.records);
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

  #wrote(id: ReplicaId, records: readonly LogRecord[]): void {
    const epochs = new Set(records.map(({ epoch }) => epoch));
    for (const epoch of epochs) {
      const ofEpoch = records.filter((record) => record.epoch === epoch);
      this.epochs.of(epoch).acceptors.durable(id, ofEpoch);
    }
    for (const record of records) {
      this.#trace.durable(id, record);
      if (record.type === 'accepted') this.#durable(id, record);
    }
  }

  #durable(id: ReplicaId, proposal: EpochProposal): void {
    const { proposals, voters } = this.epochs.of(proposal.epoch);
    const chosen = proposals.durable(id, proposal, voters);
    if (chosen === undefined) return;
    this.#trace.chosen(id, chosen);
    this.epochs.advance();
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
  served(from: ReplicaId, proposals: readonly EpochProposal[]): void {
    this.#learners.served(from, proposals);
  }

  /** Every message as it reaches a process. */
  arrived(to: ReplicaId, message: PeerMessage): void {
    this.#replicaProbes.arrives(message, this.#replicas.get(to)?.());
  }

  /** Every message at the instant it leaves. */
  sent(from: ReplicaId, _to: ReplicaId, message: PeerMessage): void {
    this.#silence.sent(from, message);
    this.#compactions.sent(from, message);
    if (message.type === 'forwarded') this.#sentOutcome(from, message);
    else if ('epoch' in message) this.#sentInEpoch(from, message);
  }

  #sentInEpoch(from: ReplicaId, message: Message): void {
    const { acceptors, campaigns, proposals } = this.epochs.of(message.epoch);
    switch (message.type) {
      case 'prepare':
        campaigns.sentPrepare(from, message.ballot);
        return acceptors.sentInBallot(from, message.ballot);
      case 'readIndex':
        return this.#learners.asksLeader(from, message.nonce);
      case 'confirmLeader':
      case 'takeOver':
        return acceptors.sentInBallot(from, message.ballot);
      case 'promise':
        this.#learners.announced(from, message.chosenUpTo);
        return acceptors.sentPromise(from, message);
      case 'accept':
        proposals.attempt(message.slot, message.ballot, message.command);
        acceptors.sentInBallot(from, message.ballot);
        return this.#learners.announced(from, message.chosenUpTo);
      case 'accepted':
        return acceptors.sentAccepted(from, message.slot, message.ballot);
      case 'leaderConfirmed':
        return acceptors.sentConfirmation(from, message);
      case 'heartbeat':
        acceptors.sentInBallot(from, message.ballot);
        return this.#learners.announced(from, message.chosenUpTo);
      case 'status':
        return this.#learners.announced(from, message.chosenUpTo);
      case 'readIndexed':
        return this.#learners.announced(from, message.readIndex ?? 0);
      case 'epochEnded':
        this.#probes.reached('epochEndedTold');
        return this.#learners.announced(from, message.slot);
      default:
        return undefined;
    }
  }

  /** I14: who tells that a command is applied has applied it. */
  #sentOutcome(from: ReplicaId, { outcome }: Extract<PeerMessage, { type: 'forwarded' }>): void {
    if (outcome.type !== 'applied' || this.#states.appliedUpTo(from) >= outcome.slot) return;
    check(false, 'I14: what is answered is applied', `slot ${outcome.slot} at replica ${from}`);
  }
}
