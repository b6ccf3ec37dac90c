/** What an operator may order of the membership, what is asked of a replica first, and the answers. */
import type { ReplicaId } from './ballot.ts';
import type { Epoch, Incarnation, QuorumSizes } from './membership.ts';
import type { DiskLevel } from './messages.ts';

/** Where a replica is to be found. */
export interface Address {
  readonly peerUrl: string;
  readonly clientUrl: string;
}

export type MembershipOrder =
  /** `nonVoting`: it stays without a vote until it is promoted by hand. */
  | {
      readonly type: 'add';
      readonly id: ReplicaId;
      readonly address: Address;
      readonly role: 'joining' | 'nonVoting';
    }
  | { readonly type: 'remove'; readonly id: ReplicaId }
  | { readonly type: 'promote'; readonly id: ReplicaId }
  /** `by` may be the same id: then it is a new data directory that takes the place of the old one. */
  | {
      readonly type: 'replace';
      readonly id: ReplicaId;
      readonly by: ReplicaId;
      readonly address: Address;
    }
  /**
   * A suspect's own wish: under its id it comes back in another incarnation, as after an empty data
   * directory. Not an operator's: only the replica knows the incarnation that it will have.
   */
  | {
      readonly type: 'readmit';
      readonly id: ReplicaId;
      readonly from: Incarnation;
      readonly to: Incarnation;
    }
  | { readonly type: 'move'; readonly id: ReplicaId; readonly address: Address }
  | { readonly type: 'quorums'; readonly quorums: QuorumSizes };

/** What a replica that is asked for says of itself. */
export interface Probed {
  readonly incarnation: Incarnation;
  readonly version: string;
  /** Of the genesis that it holds; empty: it holds none. */
  readonly clusterId: string;
  readonly disk: DiskLevel;
  /** Its wall clock, in ms since 1970; it decides nothing. */
  readonly wallMs: number;
}

/** Who decides, before a change or after it. */
export interface QuorumReport {
  readonly voters: readonly ReplicaId[];
  readonly nonVoting: readonly ReplicaId[];
  readonly quorums: QuorumSizes;
  /** Voters that the leader hears at present, itself included. */
  readonly reachable: readonly ReplicaId[];
  /** So many voters may be lost, and the rest still elects a leader and chooses. */
  readonly tolerates: number;
}

export interface ChangeReport {
  /** Of the record after the change. */
  readonly epoch: Epoch;
  readonly before: QuorumReport;
  readonly after: QuorumReport;
  readonly warnings: readonly string[];
}

/** Why nothing was done; the order may be given again. */
export const ORDER_NOT_DONE = ['noLeader', 'notReady', 'closing', 'deadline', 'removed'] as const;

export type OrderNotDone = (typeof ORDER_NOT_DONE)[number];

export interface OrderRequest {
  readonly order: MembershipOrder;
  /** What would be done is told, and nothing is. */
  readonly dryRun: boolean;
  /** How long the operator still waits. Whole milliseconds travel. */
  readonly remainingMs: number;
}

export type OrderOutcome =
  /** It would be done; nothing is. */
  | { readonly type: 'planned'; readonly report: ChangeReport }
  | { readonly type: 'changed'; readonly report: ChangeReport }
  /** `reason` is shown to the operator, in words. */
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'notApplied'; readonly reason: OrderNotDone }
  /** The stop may be chosen, or may yet be. */
  | { readonly type: 'unknown'; readonly reason: 'deadline' | 'steppedDown' | 'leaderLost' };
