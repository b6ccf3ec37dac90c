/**
 * Negative controls: runs in which something is broken on purpose. Each must be red, and by a check
 * that is named here; a harness that finds nothing in them would find nothing at all.
 */
import type { Verdict } from './run-record.ts';

export interface Control {
  /** Of the folder: `runs/control-NAME`. */
  readonly name: string;
  /** What is broken. */
  readonly title: string;
  readonly workloads: readonly string[];
  readonly faults: readonly string[];
  readonly minutes: number;
  /** What the clients leave out. */
  readonly sabotage?: string;
  /** The id of a planted bug (scripts/mutants): the replicas are built with it. */
  readonly planted?: string;
  /** One of the checks that fail must have a name like this. */
  readonly mustFail: RegExp;
}

export const CONTROLS: readonly Control[] = [
  {
    name: 'sync-off',
    title: 'replicas that do not sync, and the power goes out for all',
    workloads: ['W1', 'W3'],
    faults: ['power-cut-of-all'],
    minutes: 1,
    planted: 'M14',
    mustFail: /register|set|hashes|comes to its end/,
  },
  {
    name: 'lying-disks',
    title: 'all disks lie, and the power goes out for all',
    workloads: ['W1', 'W3'],
    faults: ['lying-disks'],
    minutes: 1,
    mustFail: /register|set|hashes|comes to its end/,
  },
  {
    name: 'local-reads',
    title: 'clients that read locally, and take it for linearizable',
    workloads: ['W1'],
    faults: ['N3', 'N5'],
    minutes: 1,
    sabotage: 'localReads',
    mustFail: /register/,
  },
  {
    name: 'no-idempotency',
    title: 'clients that try again without a key',
    workloads: ['W4'],
    faults: ['N1', 'N7'],
    minutes: 1,
    sabotage: 'noIdempotency',
    mustFail: /counter/,
  },
  {
    name: 'leader-alone',
    title: 'what the leader alone has accepted is applied and read',
    workloads: ['W1', 'W3'],
    faults: ['N1', 'N5'],
    minutes: 1,
    planted: 'M61',
    mustFail: /register|set|hashes/,
  },
  {
    name: 'applied-again',
    title: 'a repetition that reaches another leader is applied once more',
    workloads: ['W4'],
    faults: ['N1', 'N3'],
    minutes: 1,
    planted: 'M63',
    mustFail: /counter|comes to its end/,
  },
  {
    name: 'quorum-of-reachable',
    title: 'a quorum is a majority of those that can be reached',
    workloads: ['W1', 'W3'],
    faults: ['N5'],
    minutes: 1,
    planted: 'M23b',
    mustFail: /register|set|hashes|bug|comes to its end/,
  },
];

/** Undefined: it is red by the check that was to find it. */
export function whatIsWrong(control: Control, verdict: Verdict): string | undefined {
  if (verdict.skipped !== null) return undefined;
  if (verdict.operations.ok === 0) return 'it is red because it never worked';
  const failed = verdict.checks.filter(({ result }) => result === 'failed');
  if (failed.some(({ name }) => control.mustFail.test(name))) return undefined;
  const names = failed.map(({ name }) => name).join(', ');
  return failed.length === 0 ? 'it is green' : `only other checks fail: ${names}`;
}
