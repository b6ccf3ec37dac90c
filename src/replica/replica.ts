/**
 * One replica at work: the loop around the core, the clients' commands on their way through the
 * log, reads, and the store. A function of events over its ports; it awaits nothing.
 */
import { encodeCommand, grows, type Operation } from '../kv/operation.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { AcceptorLog } from '../storage/acceptor-log.ts';
import type { StateStore } from '../storage/state-store.ts';
import type { PeerMessage } from '../transport/messages.ts';
import type { ChosenAnswer, ChosenRequest, Testimony } from '../transport/network.ts';
import type {
  NotDoneReason,
  ReadGrant,
  ReadOptions,
  TransferOutcome,
  WriteOutcome,
} from './api.ts';
import { Applier } from './applier.ts';
import { startCoreFrom } from './core-start.ts';
import { Divergence } from './divergence.ts';
import { DiskWatch } from './disk-watch.ts';
import { Flusher } from './flusher.ts';
import { commandId } from './forward-filter.ts';
import { Growth } from './growth.ts';
import { Housekeeping } from './housekeeping.ts';
import { receiveMessage } from './incoming.ts';
import { Loop, type RoleChange } from './loop.ts';
import { Peers } from './peers.ts';
import { Proposer } from './proposer.ts';
import type { ReplicaOptions } from './replica-options.ts';
import { Reads } from './reads.ts';
import { Requests } from './requests.ts';
import { serveChosen } from './serve-chosen.ts';
import { Transfer } from './transfer.ts';
import { Trimmer } from './trimmer.ts';
import { Witnesses } from './witnesses.ts';

export class Replica {
  readonly store: StateStore;
  readonly peers: Peers;
  readonly disk = new DiskWatch();
  readonly divergence: Divergence;
  readonly growth: Growth;
  readonly #options: ReplicaOptions;
  readonly #loop: Loop;
  readonly #requests: Requests;
  readonly #proposer: Proposer;
  readonly #reads: Reads;
  readonly #applier: Applier;
  readonly #flusher: Flusher;
  readonly #transfer: Transfer;
  readonly #witnesses: Witnesses;
  readonly #stopTicks: () => void;
  #counter = 0;
  #isClosing = false;

  constructor(options: ReplicaOptions) {
    const { clock, limits, log, network, scheduler, store } = options;
    this.#options = options;
    this.store = store;
    this.divergence = new Divergence({
      ...options,
      start: { slot: store.appliedUpTo, hash: store.hash },
      onDiverged: (reason) => options.observe({ type: 'diverged', reason }),
    });
    const { core, effects } = startCoreFrom(options);
    this.#loop = new Loop({
      core,
      log,
      network,
      clock,
      scheduler,
      catchUpBytes: limits.catchUpBytes,
      fetchSnapshot: options.fetchSnapshot,
      watcher: options.watcher,
      handlers: {
        onChosen: (slot, command) => this.#applier.push(slot, command),
        onRole: (change) => this.#onRole(change),
        onReadIndexed: (nonce, readIndex) => this.#reads.indexed(nonce, readIndex),
        onReadRefused: (nonce) => this.#reads.refused(nonce),
        onAlarm: (from, reason) => options.observe({ type: 'alarm', from, reason }),
        onTurnEnd: () => this.#onTurnEnd(),
        onWriteFailed: (error) => this.#witnesses.writeFailed(error),
        onFatal: (error) => options.onFatal(error),
      },
    });
    this.#requests = new Requests(limits);
    this.#proposer = new Proposer({
      loop: this.#loop,
      requests: this.#requests,
      network,
      limits,
      isGrowthRefused: () => this.growth.isRefused,
    });
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
      onApplied: (upTo) => {
        this.divergence.applied(upTo, store.hash);
        this.#loop.input({ type: 'applied', upTo });
      },
      onFailed: (error) => this.#loop.fail(error),
    });
    this.#flusher = new Flusher({ loop: this.#loop, store, applier: this.#applier, limits, clock });
    this.peers = new Peers({ ...options, divergence: this.divergence });
    this.growth = new Growth({ ...options, loop: this.#loop, peers: this.peers });
    this.#witnesses = new Witnesses({ ...options, loop: this.#loop });
    this.#transfer = new Transfer(this.#loop, network);
    this.#loop.begin(effects);
    const housekeeping = new Housekeeping({
      ...options,
      loop: this.#loop,
      disk: this.disk,
      requests: this.#requests,
      reads: this.#reads,
      transfer: this.#transfer,
      trimmer: new Trimmer({ loop: this.#loop, log, store, limits }),
      peers: this.peers,
      growth: this.growth,
    });
    this.#stopTicks = scheduler.every(limits.tickMs, () => {
      this.#loop.post(() => housekeeping.tick());
    });
  }

  /** Orders an operation. `done` is called once, with what became of it. */
  write(
    operation: Operation,
    options: { readonly deadlineMs: number },
    done: (outcome: WriteOutcome) => void,
  ): void {
    const isTooMuch = grows(operation) && this.growth.isRefused;
    const reason = this.#refusal() ?? (isTooMuch ? 'diskFull' : undefined);
    if (reason !== undefined) {
      done({ type: 'notApplied', reason });
      return;
    }
    this.#counter += 1;
    const id = commandId(this.#options.bootNonce, this.#counter);
    this.#requests.add({
      id,
      bytes: encodeCommand({ id, operation }),
      deadlineAtMs: this.#options.clock.nowMs() + options.deadlineMs,
      origin: undefined,
      settle: done,
      sent: undefined,
    });
    this.#loop.wake();
  }

  /** Within `done` the store stands at the granted revision. */
  read(options: ReadOptions, done: (grant: ReadGrant) => void): void {
    const { level, minRevision = 0, deadlineMs } = options;
    const deadlineAtMs = this.#options.clock.nowMs() + deadlineMs;
    const reason = this.#refusal();
    if (level === 'local' && reason !== 'closing') {
      this.#readLocally({ minRevision, deadlineAtMs, settle: done });
    } else if (reason !== undefined) {
      done({ type: 'refused', reason });
    } else {
      this.#reads.add({ minRevision, deadlineAtMs, settle: done });
      this.#loop.wake();
    }
  }

  #readLocally(request: Parameters<Reads['addLocal']>[0]): void {
    const settle = (grant: ReadGrant): void => {
      const stalenessMs = this.peers.stalenessMs(this.#loop.core);
      request.settle(grant.type === 'granted' ? { ...grant, stalenessMs } : grant);
    };
    this.#reads.addLocal({ ...request, settle });
  }

  onMessage(from: ReplicaId, message: PeerMessage, said: Testimony): void {
    this.#loop.post(() => {
      const nowMs = this.#options.clock.nowMs();
      const receivers = { witnesses: this.#witnesses, proposer: this.#proposer, peers: this.peers };
      receiveMessage({ ...receivers, loop: this.#loop, nowMs }, from, message, said);
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
    const parts = { loop: this.#loop, log, disk: this.disk, nowMs: clock.nowMs() };
    serveChosen(parts, request, done);
  }

  transferLeadership(
    to: ReplicaId,
    options: { readonly deadlineMs: number },
    done: (outcome: TransferOutcome) => void,
  ): void {
    if (this.#loop.isStopped) {
      done({ type: 'notApplied', reason: 'closing' });
      return;
    }
    const deadlineAtMs = this.#options.clock.nowMs() + options.deadlineMs;
    this.#transfer.start({ to, deadlineAtMs, done });
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
    this.#requests.lost('log', 'steppedDown');
    for (const { id } of this.#options.membership.members) this.#requests.lost(id, 'leaderLost');
    this.#reads.refuseAll(why);
    this.#loop.stop();
    this.#transfer.close();
  }

  #onRole(change: RoleChange): void {
    this.#proposer.onRole(change);
    this.#transfer.onRole(change);
    const { role, ballot, leader, why } = change;
    this.#options.observe({ type: 'role', role, ballot, leader, why });
  }

  #onTurnEnd(): void {
    const nowMs = this.#options.clock.nowMs();
    this.#applier.run();
    this.#reads.applied();
    this.#proposer.run(nowMs);
    this.#reads.startRound(nowMs);
    this.#flusher.run();
  }

  /** Why nothing new is taken in now. */
  #refusal(): NotDoneReason | undefined {
    if (this.#isClosing || this.#loop.isStopped) return 'closing';
    const nowMs = this.#options.clock.nowMs();
    const leaderlessMs = this.peers.leaderlessMs(this.#loop.core, nowMs);
    return leaderlessMs > this.#options.limits.noLeaderMs ? 'noLeader' : undefined;
  }
}
