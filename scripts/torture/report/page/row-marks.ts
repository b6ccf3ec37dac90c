/**
 * What of a process is drawn: operations that are wide enough, one by one; of all others only which
 * endings there are in each column of pixels. So a row costs its pixels, whatever is in it.
 */
import { firstEndingFrom, type Run } from './run.ts';
import type { Span } from './view.ts';

export const OK = 1;
export const FAILED = 2;
export const UNKNOWN = 4;

/** Narrower ones have no shape that could be told apart. */
export const MIN_BAR_PX = 4;

export interface RowMarks {
  readonly bars: readonly number[];
  /** Bits: `OK`, `FAILED`, `UNKNOWN`. */
  readonly columns: Uint8Array;
}

/** By the index in `ENDINGS`. */
const BITS = [OK, FAILED, UNKNOWN, UNKNOWN];

export function rowMarks(run: Run, row: Uint32Array, span: Span, width: number): RowMarks {
  const { begin, duration, ending } = run.columns;
  const columns = new Uint8Array(width);
  const bars: number[] = [];
  const scale = width / (span.toUs - span.fromUs);
  for (let at = firstEndingFrom(run, row, span.fromUs); at < row.length; at += 1) {
    const operation = row[at] ?? 0;
    const beginUs = begin[operation] ?? 0;
    if (beginUs > span.toUs) break;
    const x = (beginUs - span.fromUs) * scale;
    const wide = (duration[operation] ?? 0) * scale;
    if (wide >= MIN_BAR_PX) {
      bars.push(operation);
      continue;
    }
    const bit = BITS[ending[operation] ?? 0] ?? OK;
    const last = Math.min(Math.floor(x + wide), width - 1);
    for (let column = Math.max(Math.floor(x), 0); column <= last; column += 1) {
      columns[column] = (columns[column] ?? 0) | bit;
    }
  }
  return { bars, columns };
}

/** What is meant by a place: what did not end well comes first, then the nearest. */
export function nearestInRow(
  run: Run,
  row: Uint32Array,
  us: number,
  reachUs: number,
): { readonly operation: number; readonly others: number } | undefined {
  const { begin, ending } = run.columns;
  let best: number | undefined;
  let bestRank = Infinity;
  let count = 0;
  for (let at = firstEndingFrom(run, row, us - reachUs); at < row.length; at += 1) {
    const operation = row[at] ?? 0;
    const beginUs = begin[operation] ?? 0;
    if (beginUs > us + reachUs) break;
    count += 1;
    const isWell = ending[operation] === 0 && !run.marked.has(operation);
    const endUs = beginUs + (run.columns.duration[operation] ?? 0);
    const away = Math.max(beginUs - us, us - endUs, 0);
    const rank = away + (isWell ? 2 * reachUs : 0);
    if (rank < bestRank) {
      best = operation;
      bestRank = rank;
    }
  }
  return best === undefined ? undefined : { operation: best, others: count - 1 };
}
