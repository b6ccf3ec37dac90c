/** The run as the page reads it (page/payload.ts). */
import { gzipSync } from 'node:zlib';
import type { RunRecord, Sample } from '../run-record.ts';
import { faultSpans } from './fault-spans.ts';
import { operationsOf, type Operation } from './operations.ts';
import { COLUMNS, ENDINGS, type ColumnName, type Header } from './page/payload.ts';
import type { ReplicaSamples } from './page/payload.ts';
import { TextTable } from './text-table.ts';
import { VarintColumn } from './varint-column.ts';

/** A text of which more is cut off: a read of a whole set may be of 100 kB, and there are many. */
const TEXT_CHARS = [240, 60, 16] as const;
/** Above it, texts are cut shorter. In base64 it is a third more. */
const MAX_BYTES = 12 * 1024 * 1024;
const MAX_FINDINGS = 2_000;

/** gzip, as base64. */
export function writePayload(run: RunRecord): string {
  const operations = operationsOf(run.histories);
  let packed = Buffer.alloc(0);
  for (const textChars of TEXT_CHARS) {
    packed = gzipSync(payloadBytes(run, operations, textChars));
    if (packed.length <= MAX_BYTES) break;
  }
  return packed.toString('base64');
}

export function payloadBytes(
  run: RunRecord,
  operations: readonly Operation[],
  textChars: number,
): Buffer {
  const endUs = endUsOf(run, operations);
  const { columns, texts, calls, rows } = columnsOf(run, operations, endUs, textChars);
  const bytes = COLUMNS.map((name) => columns[name].bytes());
  const header: Header = {
    endUs,
    count: operations.length,
    columnBytes: bytes.map(({ length }) => length),
    texts: texts.all,
    calls: calls.all,
    rows,
    faults: faultSpans(run.faults),
    replicas: samplesByReplica(run.samples),
    findings: run.verdict.checks
      .flatMap(({ findings }) => findings)
      .flatMap(({ atUs, process = null }) => (atUs === undefined ? [] : [{ atUs, process }]))
      .slice(0, MAX_FINDINGS),
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, ...bytes]);
}

/** What is open still is drawn to the end of the run. */
function columnsOf(
  { histories }: RunRecord,
  operations: readonly Operation[],
  runEndUs: number,
  textChars: number,
) {
  const texts = new TextTable(textChars);
  const calls = new TextTable(textChars);
  const { rows, rowOf } = rowsOf(operations, [...histories.keys()]);
  const columns = emptyColumns();
  let lastUs = 0;
  for (const operation of operations) {
    const { beginUs, endUs = runEndUs, ending, asked, got, error, replica } = operation;
    columns.begin.add(beginUs - lastUs);
    columns.duration.add(endUs - beginUs);
    columns.ending.add(ENDINGS.indexOf(ending));
    columns.row.add(rowOf(operation));
    columns.f.add(calls.indexOf(operation.f));
    columns.key.add(texts.indexOf(operation.key));
    columns.asked.add(texts.indexOfValue(asked));
    columns.got.add(tellsMore(operation) ? texts.indexOfValue(got) : 0);
    columns.error.add(error === undefined ? 0 : texts.indexOf(error));
    columns.replica.add(replica === undefined ? 0 : replica + 1);
    lastUs = beginUs;
  }
  return { columns, texts, calls, rows };
}

/** An answer that repeats what was asked is none; but nothing, to who asked with nothing, is one. */
function tellsMore({ ending, asked, got }: Operation): boolean {
  return ending === 'ok' && (asked === null || JSON.stringify(got) !== JSON.stringify(asked));
}

function emptyColumns(): Record<ColumnName, VarintColumn> {
  return {
    begin: new VarintColumn(),
    duration: new VarintColumn(),
    ending: new VarintColumn(),
    row: new VarintColumn(),
    f: new VarintColumn(),
    key: new VarintColumn(),
    asked: new VarintColumn(),
    got: new VarintColumn(),
    error: new VarintColumn(),
    replica: new VarintColumn(),
  };
}

/** Workloads in the order in which they are given, their processes by number. */
function rowsOf(operations: readonly Operation[], names: readonly string[]) {
  const workloads = new Map(names.map((name) => [name, new Set<number>()]));
  for (const { workload, process } of operations) workloads.get(workload)?.add(process);
  const rows = [...workloads].flatMap(([workload, processes]) =>
    [...processes].toSorted((a, b) => a - b).map((process) => ({ workload, process })),
  );
  const index = new Map(rows.map(({ process }, row) => [process, row]));
  return { rows, rowOf: ({ process }: Operation) => index.get(process) ?? 0 };
}

function endUsOf(run: RunRecord, operations: readonly Operation[]): number {
  const last = operations.reduce(
    (latest, { beginUs, endUs = beginUs }) => Math.max(latest, endUs),
    0,
  );
  const others = [...run.faults, ...run.samples];
  return others.reduce((latest, { time }) => Math.max(latest, time), last);
}

function samplesByReplica(samples: readonly Sample[]): readonly ReplicaSamples[] {
  const ids = [...new Set(samples.map(({ replica }) => replica))].toSorted((a, b) => a - b);
  return ids.map((replica) => {
    const own = samples.filter((sample) => sample.replica === replica);
    return {
      replica,
      timeUs: own.map(({ time }) => time),
      role: own.map(({ role }) => role),
      leader: own.map(({ leader }) => leader),
      ballot: own.map(({ ballot }) => (ballot === null ? '' : `${ballot.round}.${ballot.leader}`)),
      chosenUpTo: own.map(({ chosenUpTo }) => chosenUpTo),
      residentMiB: own.map(({ residentMiB }) => residentMiB),
    };
  });
}
