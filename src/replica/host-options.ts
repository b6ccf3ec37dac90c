/** What a replica gets from outside, from its first moment on. */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Membership } from '../paxos/membership.ts';
import type { AcceptorLog, RecoveredLog } from '../storage/acceptor-log.ts';
import type { StateStore } from '../storage/state-store.ts';
import type { Network } from '../transport/network.ts';
import type { GenesisStore, InitialMember } from './bootstrap.ts';
import type { ReadmissionStore } from './readmission.ts';
import type { ReplicaLimits } from './limits.ts';
import type { Clock, DiskSpace, ReplicaEvent, Scheduler, StepWatcher } from './ports.ts';
import type { StagingArea } from './snapshot-receiver.ts';
import type { SuspicionStore } from './witnesses.ts';

export interface OpenedStorage {
  readonly log: AcceptorLog;
  readonly recovered: RecoveredLog;
  readonly store: StateStore;
}

/** `state`: where the log is damaged, and the state is not. */
export type StorageOpened = (
  error: Error | undefined,
  storage?: OpenedStorage,
  state?: StateStore,
) => void;

export interface HostOptions {
  readonly self: ReplicaId;
  readonly members: readonly InitialMember[];
  readonly quorums: Membership['quorums'] | undefined;
  readonly directory: GenesisStore & SuspicionStore & ReadmissionStore;
  readonly staging: StagingArea;
  /**
   * Opens the log and the state of this cluster's replica. A damaged state is had anew, a damaged
   * log makes it suspect; any other error ends the process.
   */
  readonly openStorage: (membership: Membership, done: StorageOpened) => void;
  /** The state on the disk was read to its end, and is whole; again after each time. */
  readonly onStateRead?: () => void;
  /** The network is told the membership before the replica begins. */
  readonly onMembership: (membership: Membership) => void;
  readonly network: Network;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly diskSpace: DiskSpace;
  readonly limits: ReplicaLimits;
  /** A whole number from 0 up to, not including, 2^`bits`; at most 52 bits. */
  readonly drawInteger: (bits: number) => number;
  readonly version: string;
  /** In ms since 1970; it decides nothing but that a read lease is void (read-lease.ts). */
  readonly wallMs: () => number;
  readonly observe: (event: ReplicaEvent) => void;
  readonly watcher?: StepWatcher | undefined;
  /** From the next start on it is a replica in another incarnation: the process is to begin again. */
  readonly onLetIn: () => void;
  readonly onFatal: (error: Error) => void;
}
