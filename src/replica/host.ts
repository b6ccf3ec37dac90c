/**
 * A replica from its first moment to its last: it waits for the genesis, opens the log and the
 * state that belong to it, then works; before that it answers that it is not ready, and why.
 */
import type { Operation } from '../kv/operation.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import { type Membership, memberOf } from '../paxos/membership.ts';
import type { AcceptorLog } from '../storage/acceptor-log.ts';
import type { RecoveredLog } from '../storage/acceptor-log.ts';
import type { StateStore } from '../storage/state-store.ts';
import type { PeerMessage } from '../transport/messages.ts';
import {
  type ChosenAnswer,
  type ChosenRequest,
  type Network,
  type NetworkHandlers,
  NO_TESTIMONY,
  type Testimony,
} from '../transport/network.ts';
import type {
  Leader,
  LogRange,
  LogResult,
  ReadGrant,
  ReadOptions,
  ReplicaApi,
  ReplicaStatus,
  StoreReader,
  TransferOutcome,
  WriteOutcome,
} from './api.ts';
import { Bootstrap, type GenesisStore, type InitialMember } from './bootstrap.ts';
import { Closing } from './closing.ts';
import type { ReplicaLimits } from './limits.ts';
import { findEpoch } from './first-core.ts';
import { logEntries } from './log-entries.ts';
import type { Clock, DiskSpace, ReplicaEvent, Scheduler, StepWatcher } from './ports.ts';
import { Replica } from './replica.ts';
import { startingStatus, workingStatus } from './status.ts';
import { markIfBehind, type SuspicionStore } from './witnesses.ts';

const BOOTSTRAP_MS = 200;
/** An operator waits so long for the wished replica to lead. */
const TRANSFER_MS = 5_000;

export interface OpenedStorage {
  readonly log: AcceptorLog;
  readonly recovered: RecoveredLog;
  readonly store: StateStore;
}

export interface HostOptions {
  readonly self: ReplicaId;
  readonly members: readonly InitialMember[];
  readonly quorums: Membership['quorums'] | undefined;
  readonly directory: GenesisStore & SuspicionStore;
  /** Opens the log and the state of this cluster's replica. An error ends the process. */
  readonly openStorage: (
    membership: Membership,
    done: (error: Error | undefined, storage?: OpenedStorage) => void,
  ) => void;
  /** The network is told the membership before the replica begins. */
  readonly onMembership: (membership: Membership) => void;
  readonly network: Network;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly diskSpace: DiskSpace;
  readonly limits: ReplicaLimits;
  /** A whole number from 0 up to, not including, 2^`bits`; at most 52 bits. */
  readonly drawInteger: (bits: number) => number;
  readonly version: string;
  readonly observe: (event: ReplicaEvent) => void;
  readonly watcher?: StepWatcher | undefined;
  readonly onFatal: (error: Error) => void;
}

export class Host implements ReplicaApi, NetworkHandlers {
  readonly replicaId: ReplicaId;
  readonly #options: HostOptions;
  readonly #bootstrap: Bootstrap;
  readonly #stopBootstrap: () => void;
  #replica: Replica | undefined;
  #isClosed = false;

  constructor(options: HostOptions) {
    this.#options = options;
    this.replicaId = options.self;
    this.#bootstrap = new Bootstrap({
      self: options.self,
      members: options.members,
      quorums: options.quorums,
      directory: options.directory,
      network: options.network,
      drawClusterId: () => this.#drawHex(32),
      onGenesis: (membership) => this.#begin(membership, true),
      onRefused: (reason) => options.observe({ type: 'refused', reason }),
    });
    this.#stopBootstrap = options.scheduler.every(BOOTSTRAP_MS, () => {
      this.#guard(() => this.#bootstrap.tick());
    });
  }

  /** Goes on from a genesis that is stored already, or begins to look for one. */
  start(): void {
    const { genesis } = this.#options.directory;
    if (genesis !== undefined) this.#begin(genesis, false);
    this.#guard(() => this.#bootstrap.tick());
  }

  get replica(): Replica | undefined {
    return this.#replica;
  }

  get store(): StoreReader {
    return this.#replica?.store ?? EMPTY_STORE;
  }

  leader(): Leader | undefined {
    const core = this.#replica?.core;
    if (core === undefined) return undefined;
    const id = core.role.name === 'leader' ? core.self : core.election.leader;
    const member = id === undefined ? undefined : memberOf(core.membership, id);
    return member === undefined ? undefined : { id: member.id, clientUrl: member.clientUrl };
  }

  status(): ReplicaStatus {
    const replica = this.#replica;
    if (replica === undefined) {
      const reason = this.#bootstrap.waitsFor ?? 'opening its log and its state';
      return startingStatus(this.replicaId, this.#options.directory.genesis, reason);
    }
    return workingStatus(replica, { leader: this.leader()?.id, isClosed: this.#isClosed });
  }

  write(
    operation: Operation,
    options: { readonly deadlineMs: number },
    done: (outcome: WriteOutcome) => void,
  ): void {
    if (this.#replica !== undefined) this.#replica.write(operation, options, done);
    else done({ type: 'notApplied', reason: 'notReady' });
  }

  read(options: ReadOptions, done: (grant: ReadGrant) => void): void {
    if (this.#replica !== undefined) this.#replica.read(options, done);
    else done({ type: 'refused', reason: 'notReady' });
  }

  transferLeadership(to: ReplicaId, done: (outcome: TransferOutcome) => void): void {
    const wish = { to, deadlineMs: TRANSFER_MS, done };
    if (this.#replica !== undefined) this.#replica.transfer.start(wish);
    else done({ type: 'notApplied', reason: 'notReady' });
  }

  logEntries(range: LogRange, done: (result: LogResult) => void): void {
    if (this.#replica !== undefined) logEntries(this.#replica, range, done);
    else done({ type: 'entries', entries: [] });
  }

  /** While it closes, a replica still votes, hands over and gets its answers. */
  onMessage(from: ReplicaId, message: PeerMessage, said: Testimony): void {
    switch (message.type) {
      case 'introduce':
      case 'genesis':
      case 'genesisStored':
      case 'genesisRefused':
        if (this.#isClosed) return undefined;
        return this.#guard(() => this.#bootstrap.receive(from, message));
      default:
        return this.#replica?.onMessage(from, message, said);
    }
  }

  testimonyTo(peer: ReplicaId): Testimony {
    return this.#replica?.testimonyTo(peer) ?? NO_TESTIMONY;
  }

  onLink(): void {
    if (!this.#isClosed && this.#replica === undefined) {
      this.#guard(() => this.#bootstrap.tick());
    }
  }

  onLinkClosed(peer: ReplicaId): void {
    this.#replica?.onLinkClosed(peer);
  }

  serveChosen(request: ChosenRequest, done: (answer: ChosenAnswer | undefined) => void): void {
    if (this.#replica === undefined) done(undefined);
    else this.#replica.serveChosen(request, done);
  }

  /**
   * Hands leadership over, lets what is under way end, writes the state, stops. Takes `withinMs`
   * at the most; `done` is called once.
   */
  close(withinMs: number, done: () => void): void {
    this.#isClosed = true;
    this.#stopBootstrap();
    const { clock, scheduler } = this.#options;
    if (this.#replica === undefined) done();
    else new Closing({ replica: this.#replica, clock, scheduler, withinMs }, done).start();
  }

  #begin(membership: Membership, isNew: boolean): void {
    const { observe, onMembership, openStorage, onFatal } = this.#options;
    onMembership(membership);
    const members = membership.members.map(({ id }) => id);
    if (isNew) observe({ type: 'genesis', clusterId: membership.clusterId, members });
    openStorage(membership, (error, storage) => {
      if (error !== undefined || storage === undefined) {
        onFatal(error ?? new Error('the storage did not open'));
      } else if (!this.#isClosed) {
        this.#guard(() => this.#run(membership, storage));
      }
    });
  }

  #run(membership: Membership, storage: OpenedStorage): void {
    const { drawInteger, ...options } = this.#options;
    markIfBehind(options.directory, storage.recovered);
    const epoch = findEpoch(membership, storage.store, storage.recovered);
    options.onMembership(epoch.membership);
    this.#replica = new Replica({
      ...options,
      ...storage,
      epoch,
      seed: drawInteger(32),
      firstNonce: drawInteger(52),
      bootNonce: this.#drawHex(16),
    });
  }

  #drawHex(digits: number): string {
    let hex = '';
    while (hex.length < digits) {
      hex += this.#options.drawInteger(32).toString(16).padStart(8, '0');
    }
    return hex;
  }

  /** A failed disk, or a bug: the process must end. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.onFatal(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

const EMPTY_STORE: StoreReader = {
  revision: 0,
  oldestRevision: 0,
  item: () => undefined,
  page: (_query, done) => done(undefined, { type: 'page', entries: [], next: undefined }),
};
