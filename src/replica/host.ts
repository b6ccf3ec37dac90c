/**
 * A replica from its first moment to its last: it waits for the genesis, then works on what belongs
 * to it (lives.ts); before that it answers that it is not ready, and why.
 */
import type { CommandId } from '../kv/command-id.ts';
import type { Key } from '../kv/key.ts';
import type { Operation } from '../kv/operation.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import { leaderOf } from '../paxos/core-state.ts';
import { type Membership, memberOf } from '../paxos/membership.ts';
import { type BootstrapMessage, isBootstrap, type PeerMessage } from '../transport/messages.ts';
import type { MembershipOrder, OrderOutcome, OrderRequest, Probed } from '../paxos/orders.ts';
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
  BackupOutcome,
  Leader,
  LogRange,
  LogResult,
  ReadGrant,
  ReadOptions,
  ReplicaApi,
  ReplicaStatus,
  StoreReader,
  TransferOutcome,
  WriteDone,
  WriteOptions,
} from './api.ts';
import { openBackup } from './backup.ts';
import { Bootstrap } from './bootstrap.ts';
import { Closing } from './closing.ts';
import { EMPTY_STORE } from './empty-store.ts';
import { drawHex } from './draw-hex.ts';
import { EventFeed, type EventReader } from './event-feed.ts';
import { guard } from './guard.ts';
import type { HostOptions } from './host-options.ts';
import { LaterMembership } from './later-membership.ts';
import { Lives } from './lives.ts';
import { type HeldLock, LockWaits } from './lock-waits.ts';
import { logEntries } from './log-entries.ts';
import { Readmission } from './readmission.ts';
import { Onlookers } from './onlookers.ts';
import type { Replica } from './replica.ts';
import type { ReplicaEvent } from './ports.ts';
import { standingOf, startingStatus, workingStatus } from './status.ts';
import type { WatchOptions } from './watch-index.ts';
import { type Watch, Watches } from './watches.ts';

const BOOTSTRAP_MS = 200;
/** An operator waits so long for the wished replica to lead. */
const TRANSFER_MS = 5_000;
/** And so long for a change of membership: less than a request between replicas may take. */
const ORDER_MS = 8_000;

export class Host implements ReplicaApi, NetworkHandlers {
  readonly replicaId: ReplicaId;
  readonly #options: HostOptions;
  readonly #bootstrap: Bootstrap;
  readonly #readmission: Readmission;
  readonly #later: LaterMembership;
  readonly #stopTicks: () => void;
  readonly #lives: Lives;
  readonly #watches: Watches;
  readonly #lockWaits: LockWaits;
  readonly #feed: EventFeed;
  #isClosed = false;

  constructor(given: HostOptions) {
    const onlookers = new Onlookers(given.watcher);
    this.#feed = new EventFeed({ ...given, onlookers, standing: () => standingOf(this.status()) });
    const observe = (event: ReplicaEvent): void => {
      given.observe(event);
      this.#feed.observe(event);
    };
    const options = { ...given, observe };
    this.#options = options;
    this.replicaId = options.self;
    this.#bootstrap = new Bootstrap({
      self: options.self,
      members: options.members,
      quorums: options.quorums,
      directory: options.directory,
      membership: () => this.#lives.membership,
      network: options.network,
      drawClusterId: () => drawHex(options.drawInteger, 32),
      onGenesis: (membership) => this.#begin(membership, true),
      onRefused: (reason) => options.observe({ type: 'refused', reason }),
    });
    this.#watches = new Watches({ ...options, store: () => this.store });
    this.#lockWaits = new LockWaits(() => this.store);
    const onSending = this.#feed.snapshotSent.bind(this.#feed);
    this.#lives = new Lives({ ...options, onlookers, onSending }, (system) => {
      this.#watches.applied();
      this.#lockWaits.applied(system);
    });
    this.#readmission = new Readmission({
      ...options,
      membership: () => this.#lives.membership ?? options.directory.genesis,
      leader: () => this.leader()?.id,
    });
    this.#later = new LaterMembership({
      ...options,
      isRebuilding: () => this.#lives.snapshots.isRebuilding,
      onMembership: (membership) => {
        this.#lives.snapshots.setMembership(membership);
        options.onMembership(membership);
      },
    });
    this.#stopTicks = options.scheduler.every(BOOTSTRAP_MS, () => {
      guard(this.#options, () => {
        this.#bootstrap.tick();
        this.#readmission.tick();
        this.#later.tick();
      });
    });
  }

  /** Goes on from a genesis that is stored already, or begins to look for one. */
  start(): void {
    const { genesis } = this.#options.directory;
    if (genesis !== undefined) this.#begin(genesis, false);
    guard(this.#options, () => this.#bootstrap.tick());
  }

  get replica(): Replica | undefined {
    return this.#lives.replica;
  }

  get store(): StoreReader {
    return this.replica?.store ?? EMPTY_STORE;
  }

  leader(): Leader | undefined {
    const core = this.replica?.core;
    if (core === undefined) return undefined;
    const id = leaderOf(core);
    const member = id === undefined ? undefined : memberOf(core.membership, id);
    return member === undefined ? undefined : { id: member.id, clientUrl: member.clientUrl };
  }

  status(): ReplicaStatus {
    const replica = this.replica;
    const { transfers } = this.#lives.snapshots;
    if (replica === undefined) {
      const reason = this.#bootstrap.waitsFor ?? this.#lives.waitsFor;
      return startingStatus(this.replicaId, this.#options.directory.genesis, reason, transfers);
    }
    const leader = this.leader()?.id;
    return workingStatus(replica, { leader, isClosed: this.#isClosed, transfers });
  }

  write(operation: Operation, options: WriteOptions, done: WriteDone): void {
    if (this.replica !== undefined) this.replica.write(operation, options, done);
    else done({ type: 'notApplied', reason: 'notReady' });
  }

  read(options: ReadOptions, done: (grant: ReadGrant) => void): void {
    if (this.replica !== undefined) this.replica.read(options, done);
    else done({ type: 'refused', reason: 'notReady' });
  }

  transferLeadership(to: ReplicaId, done: (outcome: TransferOutcome) => void): void {
    const wish = { to, deadlineMs: TRANSFER_MS, done };
    if (this.replica !== undefined) this.replica.transfer.start(wish);
    else done({ type: 'notApplied', reason: 'notReady' });
  }

  order(order: MembershipOrder, dryRun: boolean, done: (outcome: OrderOutcome) => void): void {
    const request = { order, dryRun, remainingMs: ORDER_MS };
    if (this.replica !== undefined) this.replica.orders.start(request, done);
    else done({ type: 'notApplied', reason: 'notReady' });
  }

  backup(
    { deadlineMs }: { readonly deadlineMs: number },
    done: (outcome: BackupOutcome) => void,
  ): void {
    const { replica } = this;
    const { clock, limits, scheduler } = this.#options;
    if (replica === undefined) done({ type: 'notDone', reason: 'notReady' });
    else openBackup({ replica, clock, scheduler, tickMs: limits.tickMs, deadlineMs }, done);
  }

  logEntries(range: LogRange, done: (result: LogResult) => void): void {
    if (this.replica !== undefined) logEntries(this.replica, range, done);
    else done({ type: 'entries', entries: [] });
  }

  events(): EventReader {
    return this.#feed.open();
  }

  watch(options: WatchOptions): Watch {
    return this.#watches.open(options);
  }

  awaitLock(name: Key, waiter: CommandId, done: (held: HeldLock) => void): () => void {
    return this.#lockWaits.add(name, waiter, done);
  }

  clusterTimeMs(): number {
    return this.replica?.clusterTimeMs() ?? 0;
  }

  /** While it closes, a replica still votes, hands over and gets its answers. */
  onMessage(from: ReplicaId, message: PeerMessage, said: Testimony): void {
    if (!isBootstrap(message)) this.replica?.onMessage(from, message, said);
    else if (!this.#isClosed) guard(this.#options, () => this.#receiveBootstrap(from, message));
  }

  #receiveBootstrap(from: ReplicaId, message: BootstrapMessage): void {
    const isTaken =
      message.type === 'genesis' &&
      (this.#readmission.takes(message.membership) || this.#later.takes(message.membership));
    if (!isTaken) this.#bootstrap.receive(from, message);
  }

  testimonyTo(peer: ReplicaId): Testimony {
    return this.replica?.testimonyTo(peer) ?? NO_TESTIMONY;
  }

  onLink(): void {
    if (!this.#isClosed && this.replica === undefined) {
      guard(this.#options, () => this.#bootstrap.tick());
    }
  }

  onLinkClosed(peer: ReplicaId): void {
    this.replica?.onLinkClosed(peer);
  }

  serveChosen(request: ChosenRequest, done: (answer: ChosenAnswer | undefined) => void): void {
    if (this.replica === undefined) done(undefined);
    else this.replica.serveChosen(request, done);
  }

  serveSnapshot(
    from: ReplicaId,
    request: SnapshotRequest,
    done: (answer: SnapshotAnswer | undefined) => void,
  ): void {
    if (this.#isClosed) done(undefined);
    else this.#lives.snapshots.serve(from, request, done);
  }

  serveProbe(): Probed {
    const { directory, diskSpace, version, wallMs } = this.#options;
    const { genesis, incarnation } = directory;
    const clusterId = genesis?.clusterId ?? '';
    return { incarnation, version, clusterId, disk: diskSpace.level, wallMs: wallMs() };
  }

  serveOrder(request: OrderRequest, done: (outcome: OrderOutcome) => void): void {
    if (this.replica !== undefined) this.replica.orders.carryOut(request, done);
    else done({ type: 'notApplied', reason: 'notReady' });
  }

  /**
   * Hands leadership over, lets what is under way end, writes the state, stops. Takes `withinMs`
   * at the most; `done` is called once.
   */
  close(withinMs: number, done: () => void): void {
    this.#isClosed = true;
    this.#stopTicks();
    this.#lives.close();
    const replica = this.replica;
    if (replica === undefined) done();
    else new Closing({ ...this.#options, replica, withinMs }, done).start();
  }

  #begin(membership: Membership, isNew: boolean): void {
    const { observe, onMembership } = this.#options;
    onMembership(membership);
    const members = membership.members.map(({ id }) => id);
    if (isNew) observe({ type: 'genesis', clusterId: membership.clusterId, members });
    this.#lives.begin(membership);
  }
}
