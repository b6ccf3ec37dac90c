/**
 * Quantiles of latency over time. Each operation falls into one of the bins of a log scale, found
 * once; a draw then only counts, so that half a million operations are no matter.
 */
import { firstBeginningFrom, type Run } from './run.ts';
import type { Span } from './view.ts';

const BINS_PER_DECADE = 24;
const LEAST_US = 10;
const DECADES = 8;
const BINS = BINS_PER_DECADE * DECADES;

export const LEAST_LATENCY_US = LEAST_US;

export function latencyBin(us: number): number {
  const bin = Math.floor(Math.log10(Math.max(us, LEAST_US) / LEAST_US) * BINS_PER_DECADE);
  return Math.min(bin, BINS - 1);
}

/** The middle of the bin, on the log scale. */
export function binUs(bin: number): number {
  return LEAST_US * 10 ** ((bin + 0.5) / BINS_PER_DECADE);
}

export function latencyBins(run: Run): Uint8Array {
  return Uint8Array.from(run.columns.duration, latencyBin);
}

export interface LatencyLine {
  readonly f: number;
  readonly buckets: readonly LatencyBucket[];
}

export interface LatencyBucket {
  readonly fromUs: number;
  readonly count: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Of those that ended ok, by when they began; buckets stand at multiples of `stepUs`. */
export function latencyLines(
  run: Run,
  bins: Uint8Array,
  span: Span,
  stepUs: number,
): readonly LatencyLine[] {
  const { begin, ending, f } = run.columns;
  const first = Math.floor(span.fromUs / stepUs);
  const buckets = Math.floor(span.toUs / stepUs) - first + 1;
  const calls = run.header.calls.length;
  const counts = new Uint32Array(calls * buckets * BINS);
  const until = (first + buckets) * stepUs;
  for (let at = firstBeginningFrom(run, first * stepUs); at < begin.length; at += 1) {
    const beginUs = begin[at] ?? 0;
    if (beginUs >= until) break;
    if (ending[at] !== 0) continue;
    const bucket = Math.floor(beginUs / stepUs) - first;
    const place = ((f[at] ?? 0) * buckets + bucket) * BINS + (bins[at] ?? 0);
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return Array.from({ length: calls }, (_, call) => ({
    f: call,
    buckets: Array.from({ length: buckets }, (_, bucket) => {
      const from = (call * buckets + bucket) * BINS;
      return quantiles(counts.subarray(from, from + BINS), (first + bucket) * stepUs);
    }).filter(({ count }) => count > 0),
  })).filter((line) => line.buckets.length > 0);
}

function quantiles(counts: Uint32Array, fromUs: number): LatencyBucket {
  const count = counts.reduce((sum, one) => sum + one, 0);
  return {
    fromUs,
    count,
    p50Us: quantile(counts, count, 0.5),
    p99Us: quantile(counts, count, 0.99),
  };
}

function quantile(counts: Uint32Array, count: number, share: number): number {
  let seen = 0;
  for (let bin = 0; bin < counts.length; bin += 1) {
    seen += counts[bin] ?? 0;
    if (seen >= share * count && seen > 0) return binUs(bin);
  }
  return binUs(counts.length - 1);
}
