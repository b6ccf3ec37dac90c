/**
 * A replica from its first moment to its last: it waits for the genesis, opens the log and the
 * state that belong to it, then works; before that it answers that it is not ready, and why. Where
 * a peer's state is installed, it begins anew on that, as after a restart.
 */
import type { Operation } from '../kv/operation.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import { type Membership, memberOf } from '../paxos/membership.ts';
import { isBootstrap, type PeerMessage } from '../transport/messages.ts';
import type { MembershipOrder, OrderOutcome, OrderRequest, Probed } from '../transport/orders.ts';
import {
  type ChosenAnswer,
  type ChosenRequest,
  type NetworkHandlers,
  NO_TESTIMONY,
  type SnapshotAnswer,
  type SnapshotRequest,
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
import { Bootstrap } from './bootstrap.ts';
import { Closing } from './closing.ts';
import { EMPTY_STORE } from './empty-store.ts';
import { drawHex } from './draw-hex.ts';
import { findEpoch } from './first-core.ts';
import type { HostOptions, OpenedStorage } from './host-options.ts';
import { logEntries } from './log-entries.ts';
import { missingState } from './missing-state.ts';
import { Replica } from './replica.ts';
import { Snapshots } from './snapshots.ts';
import { startingStatus, workingStatus } from './status.ts';
import { markIfBehind } from './witnesses.ts';

const BOOTSTRAP_MS = 200;
/** An operator waits so long for the wished replica to lead. */
const TRANSFER_MS = 5_000;
/** And so long for a change of membership: less than a request between replicas may take. */
const ORDER_MS = 8_000;

export class Host implements ReplicaApi, NetworkHandlers {
  readonly replicaId: ReplicaId;
  readonly #options: HostOptions;
  readonly #bootstrap: Bootstrap;
  readonly #stopBootstrap: () => void;
  readonly #snapshots: Snapshots;
  #replica: Replica | undefined;
  #storage: OpenedStorage | undefined;
  /** Why no replica works on what is opened. */
  #waitsFor = 'opening its log and its state';
  #isClosed = false;

  constructor(options: HostOptions) {
    this.#options = options;
    this.replicaId = options.self;
    this.#bootstrap = new Bootstrap({
      self: options.self,
      members: options.members,
      quorums: options.quorums,
      directory: options.directory,
      membership: () => this.#replica?.core.membership,
      network: options.network,
      drawClusterId: () => drawHex(options.drawInteger, 32),
      onGenesis: (membership) => this.#begin(membership, true),
      onRefused: (reason) => options.observe({ type: 'refused', reason }),
    });
    this.#snapshots = new Snapshots({
      ...options,
      drawId: () => drawHex(options.drawInteger, 32),
      watchDisk: () => this.#replica?.disk.begin(options.clock.nowMs()) ?? NOTHING_WATCHED,
      onComplete: (slot) => this.#install(slot),
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
    const { transfers } = this.#snapshots;
    if (replica === undefined) {
      const reason = this.#bootstrap.waitsFor ?? this.#waitsFor;
      return startingStatus(this.replicaId, this.#options.directory.genesis, reason, transfers);
    }
    const leader = this.leader()?.id;
    return workingStatus(replica, { leader, isClosed: this.#isClosed, transfers });
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

  order(order: MembershipOrder, dryRun: boolean, done: (outcome: OrderOutcome) => void): void {
    const request = { order, dryRun, remainingMs: ORDER_MS };
    if (this.#replica !== undefined) this.#replica.orders.start(request, done);
    else done({ type: 'notApplied', reason: 'notReady' });
  }

  logEntries(range: LogRange, done: (result: LogResult) => void): void {
    if (this.#replica !== undefined) logEntries(this.#replica, range, done);
    else done({ type: 'entries', entries: [] });
  }

  /** While it closes, a replica still votes, hands over and gets its answers. */
  onMessage(from: ReplicaId, message: PeerMessage, said: Testimony): void {
    if (!isBootstrap(message)) this.#replica?.onMessage(from, message, said);
    else if (!this.#isClosed) this.#guard(() => this.#bootstrap.receive(from, message));
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

  serveSnapshot(
    from: ReplicaId,
    request: SnapshotRequest,
    done: (answer: SnapshotAnswer | undefined) => void,
  ): void {
    if (this.#isClosed) done(undefined);
    else this.#snapshots.serve(from, request, done);
  }

  serveProbe(): Probed {
    const { directory, diskSpace, version, wallMs } = this.#options;
    const { genesis, incarnation } = directory;
    const clusterId = genesis?.clusterId ?? '';
    return { incarnation, version, clusterId, disk: diskSpace.level, wallMs: wallMs() };
  }

  serveOrder(request: OrderRequest, done: (outcome: OrderOutcome) => void): void {
    if (this.#replica !== undefined) this.#replica.orders.carryOut(request, done);
    else done({ type: 'notApplied', reason: 'notReady' });
  }

  /**
   * Hands leadership over, lets what is under way end, writes the state, stops. Takes `withinMs`
   * at the most; `done` is called once.
   */
  close(withinMs: number, done: () => void): void {
    this.#isClosed = true;
    this.#stopBootstrap();
    this.#snapshots.stop();
    const replica = this.#replica;
    if (replica === undefined) done();
    else new Closing({ ...this.#options, replica, withinMs }, done).start();
  }

  #begin(membership: Membership, isNew: boolean): void {
    const { observe, onMembership } = this.#options;
    onMembership(membership);
    const members = membership.members.map(({ id }) => id);
    if (isNew) observe({ type: 'genesis', clusterId: membership.clusterId, members });
    this.#open(membership);
  }

  #open(membership: Membership): void {
    const { onFatal, openStorage } = this.#options;
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
    this.#storage = storage;
    this.#snapshots.begin(membership, storage.store);
    const missing = missingState(membership, storage);
    if (missing !== undefined) {
      this.#waitsFor = missing.reason;
      options.observe({ type: 'rebuilds', ...missing });
      return this.#snapshots.rebuild(missing.above);
    }
    const epoch = findEpoch(membership, storage.store, storage.recovered);
    const onMembership = (next: Membership): void => {
      this.#snapshots.setMembership(next);
      options.onMembership(next);
    };
    onMembership(epoch.membership);
    this.#replica = new Replica({
      ...options,
      ...storage,
      onMembership,
      epoch,
      seed: drawInteger(32),
      firstNonce: drawInteger(52),
      bootNonce: drawHex(drawInteger, 16),
      fetchSnapshot: (from, above, failed) => {
        if (this.#isClosed) failed();
        else this.#snapshots.pull(from, above, failed);
      },
    });
  }

  /**
   * The staged state takes the place of this one. What waits is settled as at any end; nothing that
   * is on its way to the log is lost, as the core begins anew on what is there then.
   */
  #install(slot: Slot): boolean {
    const { genesis } = this.#options.directory;
    const storage = this.#storage;
    if (storage === undefined || genesis === undefined || this.#isClosed) return false;
    if (slot <= storage.store.appliedUpTo || slot < storage.recovered.floor) return false;
    this.#waitsFor = 'beginning anew on the state of a peer';
    const replica = this.#replica;
    replica?.close('notReady');
    this.#replica = undefined;
    this.#snapshots.stop();
    const { onFatal, staging } = this.#options;
    const adopt = (error?: Error): void => {
      if (error !== undefined) return onFatal(error);
      if (this.#isClosed) return;
      this.#guard(() => staging.adopt());
      this.#open(genesis);
    };
    if (replica === undefined) adopt();
    else replica.whenIdle(adopt);
    return true;
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

/** While no replica works on the disk, nobody leads from it. */
const NOTHING_WATCHED = (): void => undefined;
