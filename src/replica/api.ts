/**
 * What a replica offers to the HTTP API. Every call answers by a callback, exactly once, and may do
 * so before it returns. `leader` and `store.revision` are read for every request: they cost nothing.
 */
import type { Answer } from '../kv/answer.ts';
import type { Item } from '../kv/item.ts';
import type { CommandId } from '../kv/command-id.ts';
import type { Key } from '../kv/key.ts';
import type { Fence } from '../kv/lease.ts';
import type { Once } from '../kv/once.ts';
import type { Operation } from '../kv/operation.ts';
import type { Ballot, ReplicaId } from '../paxos/ballot.ts';
import type { Command, Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import type { DiskLevel } from '../paxos/messages.ts';
import type { MembershipOrder, OrderOutcome } from '../paxos/orders.ts';
import type { WriteTrace } from '../paxos/write-trace.ts';
import type { ChangesDone, ChangesQuery } from '../storage/change-reader.ts';
import type { KeyHistoryDone, KeyHistoryEntry, KeyHistoryQuery } from '../storage/key-history.ts';
import type { Page, PageDone, PageQuery } from '../storage/page.ts';
import type { EventReader } from './event-feed.ts';
import type { HeldLock } from './lock-waits.ts';
import type { WatchOptions } from './watch-index.ts';
import type { Watch } from './watches.ts';

/** Why nothing was done. The request may be sent again. */
export type NotDoneReason =
  | 'noLeader'
  | 'overloaded'
  | 'deadline'
  | 'notReady'
  | 'closing'
  /** Only what grows: a delete passes. */
  | 'diskFull'
  /** It is no member of its cluster any more. */
  | 'removed';

export type WriteOutcome =
  | { readonly type: 'applied'; readonly slot: Slot; readonly answer: Answer }
  | { readonly type: 'notApplied'; readonly reason: NotDoneReason }
  | { readonly type: 'unknown'; readonly reason: 'deadline' | 'leaderLost' | 'steppedDown' };

export interface Granted {
  readonly type: 'granted';
  /** At which it was read: `lease` only under one that is held. */
  readonly level: ReadOptions['level'];
  readonly readIndex: Slot;
  readonly revision: number;
  /** The age of what is read; 0 where the read is linearizable, infinite where it is not known. */
  readonly stalenessMs: number;
}

export interface WriteOptions {
  readonly deadlineMs: number;
  /** Of a request that may come again. */
  readonly once?: Once | undefined;
  /** What it needs to be done at all. */
  readonly fence?: Fence | undefined;
  /** Whether its story is wanted. */
  readonly trace?: boolean | undefined;
}

/** The story is there where it was wanted, and there was room for one, and the write got a slot. */
export type WriteDone = (outcome: WriteOutcome, trace?: WriteTrace) => void;

export type ReadGrant = Granted | { readonly type: 'refused'; readonly reason: NotDoneReason };

export interface ReadOptions {
  /** `lease`: by the leader's clock, where it holds one; else it is `linearizable`. */
  readonly level: 'linearizable' | 'lease' | 'local';
  readonly minRevision?: number;
  /** What is left for the request, in ms. */
  readonly deadlineMs: number;
}

/** Items in the order of their keys; `next`: the first key that found no room. */
export type ItemPage = Extract<Page, { readonly type: 'page' }>;

/** An item that a key was; or, without one, that it was deleted at the revision. */
export type HistoryEntry = KeyHistoryEntry;

export interface StoreReader {
  readonly revision: number;
  /** History below it is gone: no page can be read at an older revision. */
  readonly oldestRevision: number;
  item(key: Key): Item | undefined;
  page(query: PageQuery, done: PageDone): void;
  changes(query: ChangesQuery, done: ChangesDone): void;
  keyHistory(query: KeyHistoryQuery, done: KeyHistoryDone): void;
}

export interface MemberStatus {
  readonly id: ReplicaId;
  readonly role: string;
  readonly peerUrl: string;
  readonly clientUrl: string;
  readonly ballot: Ballot;
  readonly chosenUpTo: Slot;
  readonly appliedUpTo: Slot;
  readonly floor: Slot;
  readonly lag: number;
  readonly stateHash: string | null;
  readonly disk: DiskLevel;
  readonly version: string;
  readonly reachable: boolean;
}

/** A state on its way between two replicas. */
export interface TransferStatus {
  readonly direction: 'to' | 'from';
  readonly peer: ReplicaId;
  /** At which the state is; 0: not known yet. */
  readonly slot: Slot;
  /** So far. */
  readonly records: number;
  readonly bytes: number;
}

export interface ReplicaStatus {
  readonly replicaId: ReplicaId;
  readonly ready: boolean;
  /** Why it is not ready. */
  readonly reasons: readonly string[];
  /** What an operator should look at, though it serves. */
  readonly warnings: readonly string[];
  readonly role: 'leader' | 'follower' | 'candidate' | 'starting';
  readonly leader?: ReplicaId;
  readonly ballot: Ballot;
  readonly epoch: Epoch;
  readonly clusterId?: string;
  readonly chosenUpTo: Slot;
  readonly appliedUpTo: Slot;
  readonly revision: number;
  /** Slots up to it are gone from the log; 0: none are. */
  readonly floor: Slot;
  readonly transfers: readonly TransferStatus[];
  readonly members: readonly MemberStatus[];
}

/** The state at one slot, as bytes that check themselves (storage/backup-file.ts). */
export interface Backup {
  readonly clusterId: string;
  readonly slot: Slot;
  /** One at a time, in order; no piece: that was the last. After an error, nothing may follow. */
  next(done: (error: Error | undefined, piece: Uint8Array | undefined) => void): void;
  /** Lets go of it; to be called once nothing is read any more. */
  close(): void;
}

export type BackupOutcome =
  | { readonly type: 'backup'; readonly backup: Backup }
  | { readonly type: 'notDone'; readonly reason: NotDoneReason };

export interface Leader {
  readonly id: ReplicaId;
  readonly clientUrl: string;
}

export type TransferOutcome =
  | { readonly type: 'transferred'; readonly leader: ReplicaId }
  /** `reason` is shown to the operator, in words. */
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'notApplied'; readonly reason: NotDoneReason };

export interface LogEntry {
  readonly slot: Slot;
  readonly epoch: Epoch;
  readonly ballot: Ballot;
  readonly state: 'accepted' | 'chosen' | 'applied';
  readonly command: Command;
  /** Those that are known to have accepted it. */
  readonly acceptedBy: readonly ReplicaId[];
}

export type LogResult =
  /** Ascending and contiguous from `from`; it may stop before `to`, for its size or at a gap. */
  | { readonly type: 'entries'; readonly entries: readonly LogEntry[] }
  | { readonly type: 'compacted'; readonly oldestSlot: Slot }
  | { readonly type: 'failed' };

export interface LogRange {
  readonly from: Slot;
  /** Inclusive. */
  readonly to: Slot;
  readonly maxBytes: number;
}

export interface ReplicaApi {
  readonly replicaId: ReplicaId;
  readonly store: StoreReader;
  /** Who leads, as far as this replica knows. */
  leader(): Leader | undefined;
  status(): ReplicaStatus;
  write(operation: Operation, options: WriteOptions, done: WriteDone): void;
  /** Within the callback the store stands exactly where the grant says. */
  read(options: ReadOptions, done: (grant: ReadGrant) => void): void;
  transferLeadership(to: ReplicaId, done: (outcome: TransferOutcome) => void): void;
  /** At any replica: the leader decides, within some seconds. */
  order(order: MembershipOrder, dryRun: boolean, done: (outcome: OrderOutcome) => void): void;
  /** Of everything that is acknowledged by now. Whoever gets one closes it. */
  backup(options: { readonly deadlineMs: number }, done: (outcome: BackupOutcome) => void): void;
  logEntries(range: LogRange, done: (result: LogResult) => void): void;
  /** What happens in this replica. Whoever gets one closes it. */
  events(): EventReader;
  /**
   * Calls `done` once the lock is that command's, as far as this replica has applied the log: perhaps at
   * once, perhaps never. The returned function ends the wait.
   */
  awaitLock(name: Key, waiter: CommandId, done: (held: HeldLock) => void): () => void;
  /** What a leader's clock of the store shows, and what it shows about at any other replica. */
  clusterTimeMs(): number;
  /** On this replica, which need not lead. Whoever gets one closes it. */
  watch(options: WatchOptions): Watch;
}
