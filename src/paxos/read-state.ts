/** What the core keeps for reads, as plain data: rounds of confirmations, leases, and their grants. */
import type { Ballot, ReplicaId } from './ballot.ts';
import type { Slot } from './command.ts';

export interface ReadWaiter {
  readonly from: ReplicaId;
  readonly nonce: number;
}

export interface ReadRound {
  nonce: number;
  readonly readIndex: Slot;
  confirmed: Set<ReplicaId>;
  readonly waiters: readonly ReadWaiter[];
  /** Since the probe left. */
  ticks: number;
  /** After so many ticks the next probe leaves. */
  patienceTicks: number;
}

/** A leader's read lease (lease.ts), by its own clock. */
export interface Lease {
  /** How long what each peer has granted counts here. */
  readonly untilMs: Map<ReplicaId, number>;
  /** What was asked for until then grants nothing. */
  voidUpToMs: number;
}

/** What an acceptor has granted, by its own clock. */
export interface Grants {
  /** After a start: what an earlier life may have granted has ended by then. */
  silentUntilMs: number;
  last: { readonly ballot: Ballot; readonly untilMs: number } | undefined;
}
