/**
 * A replica's snapshots: those that it sends to peers that are further behind than its log goes,
 * and the one that it pulls, because it is, or because its own state ends below its log.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import { type Incarnation, type Membership, memberOf } from '../paxos/membership.ts';
import type { StateStore } from '../storage/state-store.ts';
import type { Network, SnapshotAnswer, SnapshotRequest } from '../transport/network.ts';
import type { TransferStatus } from './api.ts';
import type { SendingFact } from './happening.ts';
import type { ReplicaLimits } from './limits.ts';
import type { Clock, ReplicaEvent, Scheduler } from './ports.ts';
import { SnapshotReceiver, type StagingArea } from './snapshot-receiver.ts';
import { SnapshotSender } from './snapshot-sender.ts';

export interface SnapshotsOptions {
  readonly self: ReplicaId;
  readonly directory: { readonly incarnation: Incarnation };
  readonly network: Network;
  readonly staging: StagingArea;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly limits: ReplicaLimits;
  /** 32 hexadecimal digits. */
  readonly drawId: () => string;
  /** A read of the state begins; the returned function says that it has ended. */
  readonly watchDisk: () => () => void;
  readonly observe: (event: ReplicaEvent) => void;
  /** A piece of the state at this slot goes to the peer. */
  readonly onSent: (to: ReplicaId, slot: Slot) => void;
  /** A peer begins to get the state, or the last piece of it goes to the peer. */
  readonly onSending: (fact: SendingFact, to: ReplicaId, slot: Slot) => void;
  readonly onFatal: (error: Error) => void;
  /**
   * What is staged is a whole state at this slot. False: it is of no use any more; else it is
   * adopted, and `begin` is called on it.
   */
  readonly onComplete: (slot: Slot) => boolean;
}

/** Somebody's state that must be above this slot, whoever has it. */
interface Rebuild {
  readonly above: Slot;
  next: number;
  againAtMs: number;
}

export class Snapshots {
  readonly #options: SnapshotsOptions;
  #membership: Membership | undefined;
  #sender: SnapshotSender | undefined;
  #receiver: SnapshotReceiver | undefined;
  #rebuild: Rebuild | undefined;
  #stopTicks: (() => void) | undefined;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
  }

  /** The store is open: it can be sent. */
  begin(membership: Membership, store: StateStore): void {
    const { clock, drawId, limits, onFatal, onSending, onSent, watchDisk } = this.#options;
    this.#membership = membership;
    const openView = (): ReturnType<StateStore['openView']> => store.openView();
    this.#sender = new SnapshotSender({
      openView,
      watchDisk,
      clock,
      limits: limits.snapshots,
      drawId,
      onSent,
      onSending,
      onFatal,
    });
  }

  /** Who is behind in an earlier epoch is served too; who is in a later one has no use for this. */
  serve(
    from: ReplicaId,
    request: SnapshotRequest,
    done: (answer: SnapshotAnswer | undefined) => void,
  ): void {
    if (this.#sender === undefined || request.epoch > (this.#membership?.epoch ?? 0)) {
      return done(undefined);
    }
    this.#sender.serve(from, request, done);
    this.#keepTicking();
  }

  /** The epoch has ended. */
  setMembership(membership: Membership): void {
    this.#membership = membership;
  }

  /** From this peer; `failed` is called where it has none. One at a time. */
  pull(from: ReplicaId, above: Slot, failed: () => void): void {
    const { clock, limits, network, observe, onComplete, onFatal, self, staging } = this.#options;
    const membership = this.#membership;
    if (membership === undefined) return failed();
    const { incarnation } = this.#options.directory;
    this.#receiver?.stop();
    const { clusterId, epoch } = membership;
    const end = (): void => {
      this.#receiver = undefined;
      failed();
    };
    const receiver = new SnapshotReceiver({
      from,
      isMember: (id) => id !== self && memberOf(membership, id) !== undefined,
      above,
      epoch,
      identity: { clusterId, replicaId: self, incarnation },
      network,
      area: staging,
      clock,
      limits: limits.snapshots,
      onFact: (fact, slot) => observe({ type: 'snapshot', fact, from: receiver.from, slot }),
      onComplete: (slot) => {
        if (!onComplete(slot)) return end();
        this.#receiver = undefined;
        observe({ type: 'snapshot', fact: 'installed', from: receiver.from, slot });
      },
      onFailed: () => {
        observe({ type: 'snapshot', fact: 'failed', from, slot: 0 });
        end();
      },
      onFatal,
    });
    this.#receiver = receiver;
    receiver.start();
    this.#keepTicking();
  }

  /** From any peer, one after the other, until one has a state above this slot. */
  rebuild(above: Slot): void {
    this.#rebuild = { above, next: 0, againAtMs: 0 };
    this.#keepTicking();
  }

  get isRebuilding(): boolean {
    return this.#rebuild !== undefined;
  }

  get transfers(): readonly TransferStatus[] {
    const sent = (this.#sender?.sent ?? []).map(({ to, slot, records, bytes }): TransferStatus => {
      return { direction: 'to', peer: to, slot, records, bytes };
    });
    if (this.#receiver === undefined) return sent;
    const { from, progress } = this.#receiver;
    const { slot, records, bytes } = progress;
    return [...sent, { direction: 'from', peer: from, slot, records, bytes }];
  }

  /** Nothing is sent or pulled any more, until `begin`. */
  stop(): void {
    this.#sender?.close();
    this.#sender = undefined;
    this.#receiver?.stop();
    this.#receiver = undefined;
    this.#rebuild = undefined;
    this.#stopTicks?.();
    this.#stopTicks = undefined;
  }

  #keepTicking(): void {
    const { limits, scheduler } = this.#options;
    this.#stopTicks ??= scheduler.every(limits.tickMs, () => this.#tick());
  }

  #tick(): void {
    this.#sender?.tick();
    this.#receiver?.tick();
    this.#pullToRebuild();
    const isBusy = (this.#sender?.sent.length ?? 0) > 0 || this.#receiver !== undefined;
    if (isBusy || this.#rebuild !== undefined) return;
    this.#stopTicks?.();
    this.#stopTicks = undefined;
  }

  #pullToRebuild(): void {
    const rebuild = this.#rebuild;
    const { clock, limits, self } = this.#options;
    if (rebuild === undefined || this.#receiver !== undefined) return;
    if (clock.nowMs() < rebuild.againAtMs) return;
    const peers = (this.#membership?.members ?? []).filter(({ id }) => id !== self);
    const peer = peers[rebuild.next % Math.max(1, peers.length)];
    rebuild.next += 1;
    if (peer === undefined) return;
    this.pull(peer.id, rebuild.above, () => {
      rebuild.againAtMs = clock.nowMs() + limits.snapshots.retryMs;
    });
  }
}
