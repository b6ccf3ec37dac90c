/** What a replica is made of, and what it gets from outside. */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Recovered } from '../paxos/core-state.ts';
import type { Membership } from '../paxos/membership.ts';
import type { AcceptorLog, RecoveredLog } from '../storage/acceptor-log.ts';
import type { StateStore } from '../storage/state-store.ts';
import type { Network } from '../transport/network.ts';
import type { ReplicaLimits } from './limits.ts';
import type { FetchSnapshot } from './loop.ts';
import type { Clock, DiskSpace, ReplicaEvent, Scheduler, StepWatcher } from './ports.ts';
import type { SuspicionStore } from './witnesses.ts';

export interface ReplicaOptions {
  readonly self: ReplicaId;
  readonly membership: Membership;
  readonly log: AcceptorLog;
  readonly recovered: RecoveredLog;
  readonly store: StateStore;
  readonly directory: SuspicionStore;
  readonly network: Network;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly diskSpace: DiskSpace;
  readonly limits: ReplicaLimits;
  /** Any integer; seeds the drawing of timeouts. */
  readonly seed: number;
  /** A whole number below 2^52 that is drawn at random for every boot. */
  readonly firstNonce: number;
  /** 16 hexadecimal digits, drawn at random for every boot. */
  readonly bootNonce: string;
  readonly version: string;
  readonly observe: (event: ReplicaEvent) => void;
  readonly watcher?: StepWatcher | undefined;
  /** A bug or a failed disk: the process must end, with a status that is not 0. */
  readonly onFatal: (error: Error) => void;
  readonly fetchSnapshot: FetchSnapshot;
}

/** Where the core begins: from the log, and the state that is durable. */
export function recoveredOf({ recovered, store }: ReplicaOptions): Recovered {
  return {
    promised: recovered.promised,
    chosenUpTo: Math.max(recovered.chosenUpTo, store.appliedUpTo),
    appliedUpTo: store.appliedUpTo,
    floor: Math.max(recovered.floor, store.base),
    proposals: recovered.proposals,
    timeMs: store.timeMs,
  };
}
