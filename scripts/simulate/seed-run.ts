/** One world of many, and what is reported of it. */
import { type Case, type Failure, runCase } from '../../src/simulation/case.ts';
import type { ProbeName } from '../../src/simulation/probes.ts';
import type { WorldChange } from './options.ts';

export interface SeedTask {
  readonly seed: number;
  readonly change: WorldChange;
  /** Whether it is run again, to see whether the same happens. */
  readonly isTwice: boolean;
}

export interface SeedReport {
  readonly seed: number;
  readonly isTwice: boolean;
  readonly failure: Failure | undefined;
  readonly events: number;
  /** Of a world that failed these are not known: 0. */
  readonly operations: number;
  readonly applied: number;
  readonly reads: number;
  readonly leaders: number;
  /** False where the search for I16 did not come to its end. */
  readonly isDecided: boolean;
  readonly probes: readonly ProbeName[];
}

export function caseOf(seed: number, { replicas, minEvents }: WorldChange): Case {
  return {
    seed,
    ...(replicas === undefined ? {} : { replicas }),
    ...(minEvents === undefined ? {} : { minEvents }),
  };
}

export function runSeed({ seed, change, isTwice }: SeedTask): SeedReport {
  const outcome = runCase(caseOf(seed, change));
  const { failure, events, result, traceHash } = outcome;
  const again = isTwice ? runCase(caseOf(seed, change)).traceHash : traceHash;
  const { operations = 0, applied = 0, reads = 0, leaders = 0, probes = [] } = result ?? {};
  const { isDecided = true } = result ?? {};
  const counts = { events, operations, applied, reads, leaders, isDecided, probes };
  return { seed, isTwice, failure: failure ?? difference(traceHash, again), ...counts };
}

/** I26: the same seed is the same world. */
export function difference(hash: string, again: string): Failure | undefined {
  if (hash === again) return undefined;
  const rule = 'I26: two runs of a seed are the same';
  return { invariant: 'I26', rule, detail: `trace hash ${hash}, then ${again}` };
}
