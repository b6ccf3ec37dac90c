/**
 * What is known of one run when it is over: what its report is made of. Times are whole µs since the
 * run began, by one monotonic clock for all processes.
 *
 * The folder of a run, `runs/NAME/TIME`:
 *
 *     verdict.json            `Verdict`
 *     history/WORKLOAD.jsonl  what its clients saw (src/verify/history.ts), one event a line
 *     faults.jsonl            `FaultMark`, one a line
 *     samples.jsonl           `Sample`, one a line
 *     replica-N.log           what the replica logged, JSON lines
 *     report.html             all of it to look at
 */
import type { HistoryEvent } from '../../src/verify/history.ts';

export interface Check {
  /** Such as `register: linearizable`, `set: nothing lost`, `hashes equal`, `service is back`. */
  readonly name: string;
  /** `failed` alone makes the run red; `undecided` is no pass either. */
  readonly result: 'passed' | 'failed' | 'undecided' | 'skipped';
  /** One line: the figures that make it worth its name, or why it was skipped. */
  readonly text: string;
  /** What is wrong, the first thing first; each may have several lines. */
  readonly findings: readonly Finding[];
}

export interface Finding {
  readonly text: string;
  /** When the call began whose answer shows it, so that a reader gets there; `undefined`: no one call. */
  readonly atUs?: number;
  readonly process?: number;
}

/** A fault has a mark at its beginning and one at its end; what lasts no time has one `once`. */
export interface FaultMark {
  readonly time: number;
  readonly type: 'begin' | 'end' | 'once';
  /** Pairs `begin` and `end`. */
  readonly id: number;
  /** As in docs/faults.md: `N5`. */
  readonly fault: string;
  /** For people: `isolate replica 2`. */
  readonly text: string;
  /** The ids of the replicas that it strikes. */
  readonly replicas: readonly number[];
}

/** What one replica said of itself, several times a second; nothing where it did not answer. */
export interface Sample {
  readonly time: number;
  readonly replica: number;
  readonly role: string;
  readonly leader: number | null;
  /** The highest that it has promised. */
  readonly ballot: { readonly round: number; readonly leader: number } | null;
  readonly chosenUpTo: number;
  readonly appliedUpTo: number;
  readonly residentMiB: number | null;
}

export interface Verdict {
  readonly name: string;
  readonly result: 'green' | 'red';
  /** Why it could not be carried out on this host, where that is so; then nothing else counts. */
  readonly skipped: string | null;
  readonly workloads: readonly string[];
  readonly faults: readonly string[];
  readonly replicas: number;
  readonly seed: number;
  readonly minutes: number;
  readonly commit: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly host: { readonly node: string; readonly kernel: string; readonly cores: number };
  readonly operations: Counts;
  /** `null`: never, within its limit. */
  readonly recovery: {
    /** From the healing until a write was answered. */
    readonly serviceMs: number | null;
    /** From the healing until all replicas were ready. */
    readonly readyMs: number | null;
    /** From the end of the last call until all replicas said the same hash. */
    readonly equalMs: number | null;
  };
  readonly checks: readonly Check[];
  /** What the links did to messages, by what. */
  readonly messages: Readonly<Record<string, number>>;
}

export interface Counts {
  readonly ok: number;
  readonly failed: number;
  readonly unknown: number;
}

export interface RunRecord {
  readonly verdict: Verdict;
  /** By workload. A process has a number that no other of the run has. */
  readonly histories: ReadonlyMap<string, readonly HistoryEvent[]>;
  readonly faults: readonly FaultMark[];
  readonly samples: readonly Sample[];
}
