/**
 * Leases and locks. A lease lives as long as it is renewed within its time to live, and its keys with it.
 * A lock is held by a lease of its own; who holds it bears the fence, which is higher for every holder
 * than for all before, and which the store itself asks for (apply-command.ts).
 *
 * Time is cluster time. It comes with the slots, so no replica's clock decides anything. Nothing ends by
 * itself: a leader that sees that the time is up orders an `Expire`, which names what it saw and its own
 * ballot, and does nothing where the lease was renewed since, or another one leads (lease-end.ts).
 */
import type { CommandId } from './command-id.ts';
import type { Key } from './key.ts';
import type { LeaseId } from './lifetime.ts';

export interface LeaseGrant {
  readonly type: 'leaseGrant';
  readonly ttlMs: number;
}

/** From now on it lives for its whole time to live again. */
export interface LeaseRenew {
  readonly type: 'leaseRenew';
  readonly lease: LeaseId;
}

/** Ends it, with its keys; those are deleted, not expired. */
export interface LeaseRevoke {
  readonly type: 'leaseRevoke';
  readonly lease: LeaseId;
}

export interface LockAcquire {
  readonly type: 'lockAcquire';
  readonly name: Key;
  readonly ttlMs: number;
  /** How long it stands in the queue, in cluster time; 0: not at all. */
  readonly waitMs: number;
}

/** Leaves the queue. Who holds the lock by now keeps it, or gives it back. */
export interface LockLeave {
  readonly type: 'lockLeave';
  readonly name: Key;
  /** The command that waits. */
  readonly waiter: CommandId;
  readonly givesBack: boolean;
}

/** The command bears the fence. */
export interface LockRenew {
  readonly type: 'lockRenew';
  readonly name: Key;
}

/** The command bears the fence. */
export interface LockRelease {
  readonly type: 'lockRelease';
  readonly name: Key;
}

/** As the core has it (paxos/ballot.ts). */
export interface LeadersBallot {
  readonly round: number;
  readonly leader: number;
}

/** Of the leader alone. */
export interface Expire {
  readonly type: 'expire';
  /** Void where the state knows of another leader's by then. */
  readonly ballot: LeadersBallot;
  readonly leases: readonly ExpiredLease[];
  readonly keys: readonly ExpiredKey[];
}

/** Void where the lease was renewed since. */
export interface ExpiredLease {
  readonly lease: LeaseId;
  readonly renewals: number;
}

/** Of a key with a time of its own. Void where it was written since. */
export interface ExpiredKey {
  readonly key: Key;
  readonly revision: number;
}

export type LeaseOperation =
  | LeaseGrant
  | LeaseRenew
  | LeaseRevoke
  | LockAcquire
  | LockLeave
  | LockRenew
  | LockRelease
  | Expire;

/** The lock's current fence, or the command does nothing. */
export interface Fence {
  readonly name: Key;
  readonly fence: number;
}

export interface LeaseLimits {
  readonly leases: number;
  /** Of one lock. */
  readonly waiters: number;
}

/** The same on every replica, or they would come to different states. */
export const DEFAULT_LEASE_LIMITS: LeaseLimits = { leases: 1_000_000, waiters: 1_024 };

/** Of one `Expire`, leases and keys together. */
export const MAX_EXPIRED = 256;
