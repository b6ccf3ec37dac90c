/** The run as the page asks for it: which operations a process has, and which one is meant. */
import { endingOf, type Columns, type Opened } from './columns.ts';
import type { FindingPlace, Header } from './payload.ts';

export interface Run {
  readonly header: Header;
  readonly columns: Columns;
  /** The operations of each row, in the order in which they began. */
  readonly rows: readonly Uint32Array[];
  /** What findings point to. */
  readonly marked: ReadonlySet<number>;
}

export interface OperationDetails {
  readonly operation: number;
  readonly workload: string;
  readonly process: number;
  readonly f: string;
  readonly key: string;
  readonly asked: string;
  readonly got: string;
  readonly error: string;
  /** `undefined`: not known. */
  readonly replica: number | undefined;
  readonly beginUs: number;
  readonly durationUs: number;
  readonly ending: ReturnType<typeof endingOf>;
}

export function openRun({ header, columns }: Opened): Run {
  const rows = operationsByRow(columns.row, header.rows.length);
  const run = { header, columns, rows, marked: new Set<number>() };
  const marked = header.findings.map((place) => operationAt(run, place));
  return { ...run, marked: new Set(marked.filter((operation) => operation !== undefined)) };
}

function operationsByRow(row: Float64Array, count: number): readonly Uint32Array[] {
  const sizes = new Uint32Array(count);
  for (const at of row) sizes[at] = (sizes[at] ?? 0) + 1;
  const rows = Array.from(sizes, (size) => new Uint32Array(size));
  const filled = new Uint32Array(count);
  for (let operation = 0; operation < row.length; operation += 1) {
    const at = row[operation] ?? 0;
    const place = filled[at] ?? 0;
    const target = rows[at];
    if (target !== undefined) target[place] = operation;
    filled[at] = place + 1;
  }
  return rows;
}

export function endUsOf(columns: Columns, operation: number): number {
  return (columns.begin[operation] ?? 0) + (columns.duration[operation] ?? 0);
}

/** The place in the row of the first that ends at or after `us`: calls of a process never overlap. */
export function firstEndingFrom(run: Run, row: Uint32Array, us: number): number {
  return lowest(row.length, (place) => endUsOf(run.columns, row[place] ?? 0) >= us);
}

/** The first operation of the whole run that begins at or after `us`. */
export function firstBeginningFrom(run: Run, us: number): number {
  const { begin } = run.columns;
  return lowest(begin.length, (operation) => (begin[operation] ?? 0) >= us);
}

/** The lowest number below `count` for which it holds, where it holds for all above; `count`: none. */
function lowest(count: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The one that began then, or the nearest to it, of that process or of any. */
export function operationAt(run: Run, place: FindingPlace): number | undefined {
  const { begin } = run.columns;
  const row = rowOf(run, place.process);
  const among = row === undefined ? undefined : run.rows[row];
  const count = among?.length ?? begin.length;
  const at = (index: number) => (among === undefined ? index : (among[index] ?? 0));
  const after = lowest(count, (index) => (begin[at(index)] ?? 0) >= place.atUs);
  const near = [after, after - 1].filter((index) => index >= 0 && index < count).map(at);
  const distance = (operation: number) => Math.abs((begin[operation] ?? 0) - place.atUs);
  return near.toSorted((a, b) => distance(a) - distance(b))[0];
}

function rowOf(run: Run, process: number | null): number | undefined {
  if (process === null) return undefined;
  const row = run.header.rows.findIndex((row) => row.process === process);
  return row === -1 ? undefined : row;
}

export function detailsOf({ header, columns }: Run, operation: number): OperationDetails {
  const row = header.rows[columns.row[operation] ?? 0];
  const text = (column: Float64Array) => header.texts[column[operation] ?? 0] ?? '';
  const replica = columns.replica[operation] ?? 0;
  return {
    operation,
    workload: row?.workload ?? '',
    process: row?.process ?? 0,
    f: header.calls[columns.f[operation] ?? 0] ?? '',
    key: text(columns.key),
    asked: text(columns.asked),
    got: text(columns.got),
    error: text(columns.error),
    replica: replica === 0 ? undefined : replica - 1,
    beginUs: columns.begin[operation] ?? 0,
    durationUs: columns.duration[operation] ?? 0,
    ending: endingOf(columns, operation),
  };
}

/** The next of its process, or the one before (`by` -1). */
export function neighbour(run: Run, operation: number, by: number): number | undefined {
  const row = run.rows[run.columns.row[operation] ?? 0];
  return row?.[row.indexOf(operation) + by];
}
