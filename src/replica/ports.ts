/**
 * What the loop gets from outside, so that a server and a simulation drive the same code: time,
 * the order in which deferred work runs, and somebody to tell. The network and the database are
 * ports of their rooms.
 */
import type { Ballot, ReplicaId } from '../paxos/ballot.ts';
import type { CoreState } from '../paxos/core-state.ts';
import type { Effect, Input, RoleName } from '../paxos/effects.ts';
import type { DiskLevel, Message } from '../paxos/messages.ts';
import type { ReceiverFact } from './snapshot-receiver.ts';

export interface Clock {
  /** Milliseconds, with fractions, that never go back. Not a wall clock. */
  nowMs(): number;
}

export interface Scheduler {
  /** Runs `run` soon, after what has already arrived. */
  defer(run: () => void): void;
  /** Runs `run` every `intervalMs`; after a stall once, not for each missed time. */
  every(intervalMs: number, run: () => void): () => void;
}

/** How much room the disk of the data directory has, as last measured. */
export interface DiskSpace {
  readonly level: DiskLevel;
}

/** Looks on at every step of the core, for simulations and tools. It must change nothing. */
export interface StepWatcher {
  /** The core as it starts, with what it wants done first. */
  started(core: CoreState, effects: readonly Effect[]): void;
  before(core: CoreState, input: Input): void;
  /** The effects are not carried out yet. */
  after(core: CoreState, input: Input, effects: readonly Effect[]): void;
  /** The network has taken it. */
  sent?(core: CoreState, to: ReplicaId, message: Message): void;
}

/** What an operator may want to read, one line each. Never a key or a value. */
export type ReplicaEvent =
  | {
      readonly type: 'role';
      readonly role: RoleName;
      readonly ballot: Ballot;
      readonly leader: ReplicaId | undefined;
      readonly why: string;
    }
  /** Another membership decides, from this slot on; perhaps it is without this replica. */
  | {
      readonly type: 'epoch';
      readonly epoch: number;
      readonly from: number;
      readonly isRemoved: boolean;
    }
  | { readonly type: 'alarm'; readonly from: ReplicaId; readonly reason: string }
  | { readonly type: 'caughtUp'; readonly chosenUpTo: number }
  | { readonly type: 'genesis'; readonly clusterId: string; readonly members: readonly ReplicaId[] }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'disk'; readonly level: DiskLevel }
  /** A majority holds another state. */
  | { readonly type: 'diverged'; readonly reason: string }
  /** At each start too. */
  | { readonly type: 'suspect'; readonly reason: string }
  /** A suspect: the cluster took it in again, and it begins anew; or why it has not as yet. */
  | { readonly type: 'letIn'; readonly epoch: number }
  | { readonly type: 'notLetIn'; readonly reason: string }
  /** Its log was cut above a damaged record, whose slot the state has applied. */
  | { readonly type: 'cutDamaged'; readonly slot: number }
  /** A peer gets the state, and needs the log above this slot then. */
  | { readonly type: 'logHeld'; readonly slot: number }
  | { readonly type: 'logLetGo' }
  /** Its state ends below its log: it rebuilds itself from a peer. */
  /** Records of the state are not what was written: it is thrown away, and had anew. */
  | { readonly type: 'damagedState'; readonly reason: string }
  | { readonly type: 'rebuilds'; readonly above: number; readonly reason: string }
  /** How the pull of a peer's state goes on; slot 0: not known yet. */
  | {
      readonly type: 'snapshot';
      readonly fact: ReceiverFact | 'failed' | 'installed';
      readonly from: ReplicaId;
      readonly slot: number;
    };
