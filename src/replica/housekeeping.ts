/** What a replica does from time to time: the core's ticks, deadlines, retries and gossip. */
import type { StateStore } from '../storage/state-store.ts';
import { DiskProbe } from './disk-probe.ts';
import type { DiskWatch } from './disk-watch.ts';
import type { Expiry } from './expiry.ts';
import type { ReplicaLimits } from './limits.ts';
import type { Growth } from './growth.ts';
import type { Loop } from './loop.ts';
import type { MembershipChange } from './membership-change.ts';
import type { Peers } from './peers.ts';
import type { Promotion } from './promotion.ts';
import type { Clock } from './ports.ts';
import type { ReadLease } from './read-lease.ts';
import type { Reads } from './reads.ts';
import type { Requests } from './requests.ts';
import type { Transfer } from './transfer.ts';
import type { Trimmer } from './trimmer.ts';

export interface HousekeepingOptions {
  readonly loop: Loop;
  readonly disk: DiskWatch;
  readonly requests: Requests;
  readonly reads: Reads;
  readonly readLease: ReadLease;
  readonly transfer: Transfer;
  readonly trimmer: Trimmer;
  readonly change: MembershipChange;
  readonly promotion: Promotion;
  readonly peers: Peers;
  readonly growth: Growth;
  readonly expiry: Expiry;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly limits: ReplicaLimits;
}

export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #diskProbe: DiskProbe;
  #sweptAtMs = 0;
  #gossipedAtMs = 0;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    const { limits, loop } = options;
    this.#diskProbe = new DiskProbe({ loop, afterMs: limits.diskTimeoutMs });
  }

  tick(): void {
    const { clock, disk, limits, loop, peers, reads, transfer, trimmer } = this.#options;
    const nowMs = clock.nowMs();
    const busyMs = Math.max(loop.commit.busyMs(nowMs), disk.busyMs(nowMs));
    const diskStalled = busyMs > limits.diskTimeoutMs;
    this.#options.readLease.tick();
    loop.input({ type: 'tick', diskStalled });
    reads.retry(nowMs, limits.readRetryMs);
    transfer.tick(nowMs);
    this.#options.change.tick(nowMs);
    this.#options.promotion.tick(nowMs);
    peers.tick(loop.core, nowMs);
    trimmer.tick(nowMs);
    this.#diskProbe.tick(nowMs);
    this.#options.expiry.tick(nowMs);
    if (nowMs - this.#sweptAtMs >= limits.requestSweepMs) this.#sweep(nowMs);
    if (nowMs - this.#gossipedAtMs >= limits.statusMs) this.#gossip(nowMs);
  }

  /** Deadlines, and requests that no leader will take. */
  #sweep(nowMs: number): void {
    const { limits, loop, peers, reads, requests } = this.#options;
    this.#sweptAtMs = nowMs;
    requests.expire(nowMs);
    reads.expire(nowMs);
    if (peers.leaderlessMs(loop.core, nowMs) <= limits.noLeaderMs) return;
    requests.refuse('noLeader', 'all');
    reads.refuseAll('noLeader');
  }

  #gossip(nowMs: number): void {
    const { growth, loop, peers, store } = this.#options;
    this.#gossipedAtMs = nowMs;
    growth.tick();
    peers.gossip(loop.core, store.revision);
  }
}
