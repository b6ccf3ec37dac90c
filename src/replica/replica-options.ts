/** What a replica is made of, and what it gets from outside. */
import type { Key } from '../kv/key.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { EpochHistory } from '../paxos/epoch-history.ts';
import type { Incarnation, Membership } from '../paxos/membership.ts';
import type { AcceptorLog, RecoveredLog } from '../storage/acceptor-log.ts';
import type { StateStore } from '../storage/state-store.ts';
import type { Network } from '../transport/network.ts';
import type { ReplicaLimits } from './limits.ts';
import type { FetchSnapshot } from './loop.ts';
import type { Onlookers } from './onlookers.ts';
import type { Clock, DiskSpace, ReplicaEvent, Scheduler } from './ports.ts';
import type { SuspicionStore } from './witnesses.ts';

export interface ReplicaOptions {
  readonly self: ReplicaId;
  /** In which it starts. */
  readonly epoch: EpochHistory;
  /** The network is told before anything of the next epoch is said. */
  readonly onMembership: (membership: Membership) => void;
  readonly log: AcceptorLog;
  readonly recovered: RecoveredLog;
  readonly store: StateStore;
  readonly directory: SuspicionStore & { readonly incarnation: Incarnation };
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
  /** In ms since 1970; it decides nothing but that a read lease is void (read-lease.ts). */
  readonly wallMs: () => number;
  readonly observe: (event: ReplicaEvent) => void;
  readonly onlookers: Onlookers;
  /** The state has changed, also in these keys of the system. */
  readonly onApplied: (system: readonly Key[]) => void;
  /** A bug or a failed disk: the process must end, with a status that is not 0. */
  readonly onFatal: (error: Error) => void;
  readonly fetchSnapshot: FetchSnapshot;
  /** Its state is not what it should be: nothing may be served from it any more. Told once. */
  readonly onWrongState: (reason: string) => void;
}
