/** What a workload is: clients that work until they are told that it is over, and a check of what they saw. */
import type { HistoryEvent } from '../../src/verify/history.ts';
import type { Random } from '../../src/simulation/random.ts';
import type { ReplicaClient } from './client.ts';
import type { Recorder } from './recorder.ts';
import type { Check } from './run-record.ts';

export interface WorkloadContext {
  /** One for each replica that clients know now, in the order of their ids; it changes with the membership. */
  clients(): readonly ReplicaClient[];
  readonly recorder: Recorder;
  /** A stream of the run's seed, of this workload alone. */
  readonly random: Random;
  /** True from the moment on at which no call may begin any longer. */
  isOver(): boolean;
  /** Resolves after so long, or when it is over. For the pace of clients, not to wait for a state. */
  pause(ms: number): Promise<void>;
  /** How many replicas the cluster has; workloads have twice as many clients. */
  readonly replicas: number;
  /** A negative control asks for it: `noIdempotency` (W4), `localReads` (W1, W3). */
  readonly sabotage: ReadonlySet<string>;
}

export interface Workload {
  /** As files are called: `register`. */
  readonly name: string;
  /** As in docs/faults.md: `W1`. */
  readonly id: string;
  readonly title: string;
  /**
   * Of a mix: what it consists of. The parts are prepared, run, finished and checked in its place, all
   * at the same time, each with a recorder and a stream of random numbers of its own.
   */
  readonly parts?: readonly Workload[];
  /** Before any fault: what the workload's clients need to find there. All replicas are well. */
  prepare?(context: WorkloadContext): Promise<void>;
  /** All its clients, while faults come and go. Resolves when the last call has ended. */
  run(context: WorkloadContext): Promise<void>;
  /** After all is healed and calls have ended: final reads, recorded too. All replicas are well. */
  finish?(context: WorkloadContext): Promise<void>;
  /**
   * At least one check. Fails where the history has too little in it to be worth a check, unless
   * `isLenient`: as when a fault left no quorum for all of the time. `driftPerMille`: how wrong clocks
   * may have been, where a fault bends them by more than the server is made for: a lease may end so
   * much sooner.
   */
  check(
    events: readonly HistoryEvent[],
    isLenient: boolean,
    driftPerMille?: number,
  ): readonly Check[];
}

/** What is run, and has a history: the workload itself, or the parts of a mix. */
export function partsOf(workload: Workload): readonly Workload[] {
  return workload.parts ?? [workload];
}
