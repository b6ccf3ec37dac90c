/**
 * One replica at work: the loop around the core, the clients' commands on their way through the
 * log, reads, and the store. A function of events over its ports; it awaits nothing.
 */
import { grows, type Operation } from '../kv/operation.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { Membership } from '../paxos/membership.ts';
import type { AcceptorLog } from '../storage/acceptor-log.ts';
import type { StateStore } from '../storage/state-store.ts';
import type { PeerMessage } from '../transport/messages.ts';
import type { ChosenAnswer, ChosenRequest, Testimony } from '../transport/network.ts';
import type { NotDoneReason, ReadGrant, ReadOptions, WriteDone, WriteOptions } from './api.ts';
import { Applier } from './applier.ts';
import { Divergence } from './divergence.ts';
import { DiskWatch } from './disk-watch.ts';
import { Expiry } from './expiry.ts';
import { startFirstCore } from './first-core.ts';
import { Flusher } from './flusher.ts';
import { Growth } from './growth.ts';
import { Housekeeping } from './housekeeping.ts';
import { receiveMessage } from './incoming.ts';
import { Loop, type RoleChange } from './loop.ts';
import { MembershipChange } from './membership-change.ts';
import { Orders } from './orders.ts';
import { OwnCommands } from './own-commands.ts';
import { Peers } from './peers.ts';
import { Promotion } from './promotion.ts';
import { Proposer } from './proposer.ts';
import type { ReplicaOptions } from './replica-options.ts';
import { ReadLease } from './read-lease.ts';
import { Reads } from './reads.ts';
import { Requests } from './requests.ts';
import { serveChosen } from './serve-chosen.ts';
import { StoreClock } from './store-clock.ts';
import { takeRead } from './take-read.ts';
import { Transfer } from './transfer.ts';
import { Trimmer } from './trimmer.ts';
import { Witnesses } from './witnesses.ts';

export class Replica {
  readonly store: StateStore;
  readonly peers: Peers;
  readonly change: MembershipChange;
  readonly orders: Orders;
  readonly disk = new DiskWatch();
  readonly divergence: Divergence;
  readonly readLease: ReadLease;
  readonly growth: Growth;
  readonly transfer: Transfer;
  readonly #options: ReplicaOptions;
  readonly #loop: Loop;
  readonly #requests: Requests;
  readonly #proposer: Proposer;
  readonly #reads: Reads;
  readonly #applier: Applier;
  readonly #flusher: Flusher;
  readonly #witnesses: Witnesses;
  readonly trimmer: Trimmer;
  readonly #stopTicks: () => void;
  readonly #expiry: Expiry;
  readonly #storeClock: StoreClock;
  readonly #commands: OwnCommands;
  #isClosing = false;

  constructor(options: ReplicaOptions) {
    const { clock, limits, network, scheduler, store } = options;
    this.#options = options;
    this.store = store;
    this.divergence = new Divergence({
      self: options.self,
      membership: options.epoch.membership,
      start: { slot: store.appliedUpTo, hash: store.hash },
      onDiverged: options.onWrongState,
    });
    const { core, effects } = startFirstCore(options);
    this.#loop = new Loop({
      ...options,
      core,
      catchUpBytes: limits.catchUpBytes,
      handlers: {
        onChosen: (slot, command) => this.#applier.push(slot, command),
        onRole: (change) => this.#onRole(change),
        onReadIndexed: (nonce, readIndex) => this.#reads.indexed(nonce, readIndex),
        onReadRefused: (nonce) => this.#reads.refused(nonce),
        onEpochEnded: (slot, membership) => this.#onEpochEnded(slot, membership),
        onAlarm: (from, reason) => options.observe({ type: 'alarm', from, reason }),
        onTurnEnd: () => this.#onTurnEnd(),
        onWriteFailed: (error) => this.#witnesses.writeFailed(error),
        onFatal: (error) => options.onFatal(error),
      },
    });
    store.onDamage = (error) => this.#loop.fail(error);
    this.#requests = new Requests(limits);
    this.#proposer = new Proposer({
      ...options,
      loop: this.#loop,
      requests: this.#requests,
      isGrowthRefused: () => this.growth.isRefused,
    });
    const { traces } = this.#proposer;
    this.#commands = new OwnCommands({ ...options, requests: this.#requests, traces });
    this.#storeClock = new StoreClock(clock);
    this.#reads = new Reads({
      ask: (nonce) => this.#loop.input({ type: 'read', nonce }),
      position: store,
      firstNonce: options.firstNonce,
      maxReads: limits.pendingReads,
    });
    this.#applier = new Applier({
      watchDisk: () => this.disk.begin(clock.nowMs()),
      store,
      limits,
      defer: (resume) => this.#loop.post(resume),
      onAnswer: (id, slot, answer) => this.#requests.applied(id, slot, answer),
      onApplied: (upTo, system) => {
        this.#storeClock.applied();
        for (const key of system) this.#expiry.wrote(key);
        this.divergence.applied(upTo, store.hash);
        this.#loop.input({ type: 'applied', upTo });
        options.onApplied(system);
      },
      onFailed: (error) => this.#loop.fail(error),
    });
    this.#flusher = new Flusher({ loop: this.#loop, store, applier: this.#applier, limits, clock });
    this.peers = new Peers({ ...options, divergence: this.divergence });
    this.growth = new Growth({ ...options, loop: this.#loop, peers: this.peers });
    this.#witnesses = new Witnesses({ ...options, loop: this.#loop });
    this.readLease = new ReadLease({ ...options, loop: this.#loop });
    this.transfer = new Transfer(this.#loop, network, clock);
    this.change = new MembershipChange(this.#loop, clock);
    const { change, peers } = this;
    this.orders = new Orders({ ...options, loop: this.#loop, change, peers });
    this.#loop.begin(effects);
    this.trimmer = new Trimmer({ ...options, loop: this.#loop });
    this.#expiry = new Expiry({ ...options, loop: this.#loop, write: this.write.bind(this) });
    const housekeeping = new Housekeeping({
      ...options,
      loop: this.#loop,
      disk: this.disk,
      requests: this.#requests,
      reads: this.#reads,
      readLease: this.readLease,
      transfer: this.transfer,
      change,
      promotion: new Promotion({ loop: this.#loop, change, orders: this.orders }),
      trimmer: this.trimmer,
      peers,
      growth: this.growth,
      expiry: this.#expiry,
    });
    this.#stopTicks = scheduler.every(limits.tickMs, () => {
      this.#loop.post(() => housekeeping.tick());
    });
  }

  /** Orders an operation. `done` is called once, with what became of it. */
  write(operation: Operation, options: WriteOptions, done: WriteDone): void {
    const isTooMuch = grows(operation) && this.growth.isRefused;
    const reason = this.#refusal() ?? (isTooMuch ? 'diskFull' : undefined);
    if (reason !== undefined) return done({ type: 'notApplied', reason });
    this.#commands.add(operation, options, done);
    this.#loop.wake();
  }

  clusterTimeMs(): number {
    return this.#storeClock.timeMs(this.#loop.core, this.store);
  }

  /** Within `done` the store stands at the granted revision. */
  read(options: ReadOptions, done: (grant: ReadGrant) => void): void {
    const reason = this.#refusal();
    const isOwn = options.level === 'local' && reason !== 'closing' && reason !== 'removed';
    if (reason !== undefined && !isOwn) return done({ type: 'refused', reason });
    const { peers, readLease } = this;
    const places = { loop: this.#loop, peers, readLease, reads: this.#reads };
    takeRead(places, options, this.#options.clock.nowMs() + options.deadlineMs, done);
  }

  onMessage(from: ReplicaId, message: PeerMessage, said: Testimony): void {
    const speaker = this.#witnesses.speaker(from);
    this.#loop.post(() => {
      const nowMs = this.#options.clock.nowMs();
      const receivers = { witnesses: this.#witnesses, proposer: this.#proposer, peers: this.peers };
      receiveMessage({ ...receivers, loop: this.#loop, nowMs }, speaker, message, said);
    });
  }

  testimonyTo(peer: ReplicaId): Testimony {
    return this.#witnesses.testimonyTo(peer);
  }

  onLinkClosed(peer: ReplicaId): void {
    this.#loop.post(() => {
      this.#requests.lost(peer, 'leaderLost');
      this.#loop.input({ type: 'linkClosed', peer });
    });
  }

  serveChosen(request: ChosenRequest, done: (answer: ChosenAnswer | undefined) => void): void {
    const { clock, log } = this.#options;
    const parts = { loop: this.#loop, log, disk: this.disk, trimmer: this.trimmer };
    serveChosen({ ...parts, nowMs: clock.nowMs() }, request, done);
  }

  get core(): Loop['core'] {
    return this.#loop.core;
  }

  get log(): AcceptorLog {
    return this.#options.log;
  }

  /** Why it may have forgotten votes, and so gives none; `undefined`: it votes. */
  get suspicion(): string | undefined {
    return this.#options.directory.suspicion;
  }

  /** Slots up to here have their chosen command in the durable log. */
  settledUpTo(): Slot {
    return this.#loop.commit.settledUpTo(this.store.appliedUpTo);
  }

  get isStopped(): boolean {
    return this.#loop.isStopped;
  }

  /** Commands and reads that wait for their answers. */
  get waiting(): { readonly requests: number; readonly reads: number } {
    return { requests: this.#requests.size, reads: this.#reads.size };
  }

  /** Writes the state once more, for a quick restart. */
  flush(done: () => void): void {
    this.#flusher.last(done);
  }

  /** After `close`: calls `run` when nothing is being written any more. */
  whenIdle(run: (error: Error | undefined) => void): void {
    this.#flusher.whenIdle(run);
  }

  /** Nothing is taken any more; what waits without a slot is refused. */
  beginClosing(): void {
    this.#isClosing = true;
  }

  /** Stops for good; what is still open is settled as `unknown` or `notApplied`. */
  close(why: NotDoneReason = 'closing'): void {
    this.#isClosing = true;
    this.#stopTicks();
    this.#requests.refuse(why, 'all');
    this.#requests.lostAll();
    this.#reads.refuseAll(why);
    this.#loop.stop();
    this.#proposer.traces.close();
    this.transfer.close();
    this.orders.close();
    this.change.close();
  }

  /** Nothing of the next epoch has been said yet. */
  #onEpochEnded(slot: Slot, membership: Membership): void {
    this.#options.onMembership(membership);
    this.log.keepKnown(membership.members.map(({ id }) => id));
    this.divergence.setMembership(membership);
    this.#proposer.onEpochEnded();
    this.change.onEpochEnded(membership);
    const { epoch } = membership;
    this.#options.observe({ type: 'epoch', epoch, from: slot + 1, isRemoved: !this.core.isNamed });
  }

  #onRole(change: RoleChange): void {
    this.#proposer.onRole(change);
    this.transfer.onRole(change);
    this.change.onRole(change);
    this.#options.observe({ ...change, type: 'role' });
  }

  #onTurnEnd(): void {
    const nowMs = this.#options.clock.nowMs();
    this.#applier.run();
    this.#reads.applied();
    this.#proposer.run(nowMs);
    this.change.run();
    this.#reads.startRound(nowMs);
    this.#flusher.run();
  }

  /** Why nothing new is taken in now. */
  #refusal(): NotDoneReason | undefined {
    if (this.#isClosing || this.#loop.isStopped) return 'closing';
    if (!this.core.isNamed) return 'removed';
    const { clock, limits } = this.#options;
    const leaderlessMs = this.peers.leaderlessMs(this.#loop.core, clock.nowMs());
    return leaderlessMs > limits.noLeaderMs ? 'noLeader' : undefined;
  }
}
