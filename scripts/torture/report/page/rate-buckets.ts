/** How many operations ended, over time. */
import { endUsOf, firstBeginningFrom, type Run } from './run.ts';
import type { Span } from './view.ts';

export interface RateBuckets {
  readonly stepUs: number;
  readonly firstUs: number;
  /** By ending: ok, failed, unknown. What never ended is in none. */
  readonly counts: readonly [Uint32Array, Uint32Array, Uint32Array];
}

export function longestUs(run: Run): number {
  return run.columns.duration.reduce((longest, us) => Math.max(longest, us), 0);
}

/** `longest`: of all operations, so that those are found that began before the span. */
export function rateBuckets(run: Run, span: Span, stepUs: number, longest: number): RateBuckets {
  const { begin, ending } = run.columns;
  const first = Math.floor(span.fromUs / stepUs);
  const length = Math.floor(span.toUs / stepUs) - first + 1;
  const ends = [0, 1, 2].map(() => new Uint32Array(length));
  const [ok = new Uint32Array(), failed = ok, unknown = ok] = ends;
  for (let at = firstBeginningFrom(run, span.fromUs - longest); at < begin.length; at += 1) {
    if ((begin[at] ?? 0) > span.toUs) break;
    const bucket = Math.floor(endUsOf(run.columns, at) / stepUs) - first;
    const counts = ends[ending[at] ?? 0];
    if (bucket < 0 || bucket >= length || counts === undefined) continue;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return { stepUs, firstUs: first * stepUs, counts: [ok, failed, unknown] };
}

/** The highest of all buckets, ended in any way, each second. */
export function highestRate({ counts: [ok, failed, unknown], stepUs }: RateBuckets): number {
  let highest = 0;
  for (let at = 0; at < ok.length; at += 1) {
    const sum = (ok[at] ?? 0) + (failed[at] ?? 0) + (unknown[at] ?? 0);
    highest = Math.max(highest, sum);
  }
  return (highest * 1_000_000) / stepUs;
}
