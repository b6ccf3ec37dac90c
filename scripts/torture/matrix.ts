/**
 * The matrix of docs/faults.md: which workload runs under which faults. What was run stands in
 * `runs/matrix.json`, with its commit, so that the matrix is resumed where it was left.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { RUNS } from './run-folder.ts';

/** The columns: faults that strike in one cell, one after another or at once. */
export const COLUMNS: ReadonlyMap<string, readonly string[]> = new Map([
  ['N1-2', ['N1', 'N2']],
  ['N3-4', ['N3', 'N4']],
  ['N5-7', ['N5', 'N6', 'N7']],
  ['N8-11', ['N8', 'N9', 'N10', 'N11']],
  ['N13', ['N13']],
  ['N14-16', ['N14', 'N15', 'N16']],
  ['N17-21', ['N17', 'N18', 'N19', 'N20', 'N21']],
  ['N22', ['N22']],
  ['N24', ['N24']],
  ['N25', ['N25']],
  ['N31', ['N31']],
  ['N23-34', ['N23', 'N27', 'N29', 'N32', 'N34']],
]);

/** Where a workload has no use under a fault, or another one shows the same and more. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  W2: ['N23-34'],
  W3: ['N13', 'N23-34'],
  W5: ['N3-4', 'N13', 'N17-21', 'N22', 'N23-34'],
  W6: ['N14-16', 'N17-21', 'N23-34'],
  W7: ['N14-16', 'N17-21', 'N22'],
  W8: ['N13', 'N14-16', 'N17-21', 'N22', 'N31', 'N23-34'],
};
const WORKLOADS = ['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7', 'W8', 'W10'];

export interface MatrixCell {
  /** `w1-n5-7`, and the folder's name. */
  readonly name: string;
  readonly workload: string;
  readonly column: string;
  readonly faults: readonly string[];
}

export function matrixCells(): readonly MatrixCell[] {
  return WORKLOADS.flatMap((workload) =>
    [...COLUMNS]
      .filter(([column]) => !(LEFT_OUT[workload] ?? []).includes(column))
      .map(([column, faults]) => {
        const name = `${workload}-${column}`.toLowerCase();
        return { name, workload, column, faults };
      }),
  );
}

const entrySchema = z.strictObject({
  result: z.enum(['green', 'red', 'skipped']),
  commit: z.string(),
  startedAt: z.string(),
  minutes: z.number(),
  seed: z.number(),
  ok: z.number(),
  failed: z.number(),
  unknown: z.number(),
  serviceMs: z.number().nullable(),
  readyMs: z.number().nullable(),
  /** Checks that failed, or why it was skipped; and what was skipped of it. */
  notes: z.array(z.string()),
});
export type MatrixEntry = z.infer<typeof entrySchema>;

/** As much of a `Verdict` as is noted. */
export const verdictSchema = z.object({
  result: z.enum(['green', 'red']),
  skipped: z.string().nullable(),
  commit: z.string(),
  startedAt: z.string(),
  minutes: z.number(),
  seed: z.number(),
  operations: z.object({ ok: z.number(), failed: z.number(), unknown: z.number() }),
  recovery: z.object({ serviceMs: z.number().nullable(), readyMs: z.number().nullable() }),
  checks: z.array(z.object({ name: z.string(), result: z.string(), text: z.string() })),
});
type NotedVerdict = z.infer<typeof verdictSchema>;

const matrixSchema = z.record(z.string(), entrySchema);
const FILE = join(RUNS, 'matrix.json');

/** By the cells' names. */
export function readMatrix(): ReadonlyMap<string, MatrixEntry> {
  if (!existsSync(FILE)) return new Map();
  return new Map(Object.entries(matrixSchema.parse(JSON.parse(readFileSync(FILE, 'utf8')))));
}

/** One process writes it; it is whole at any time. */
export function noteInMatrix(name: string, verdict: NotedVerdict): void {
  const all = new Map(readMatrix()).set(name, entryOf(verdict));
  const sorted = [...all].toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  mkdirSync(RUNS, { recursive: true });
  writeFileSync(`${FILE}.tmp`, `${JSON.stringify(Object.fromEntries(sorted), null, 1)}\n`);
  renameSync(`${FILE}.tmp`, FILE);
}

function entryOf(verdict: NotedVerdict): MatrixEntry {
  const { result, skipped, commit, startedAt, minutes, seed, operations, recovery } = verdict;
  const bad = verdict.checks.filter((check) => check.result !== 'passed');
  const { serviceMs, readyMs } = recovery;
  return {
    result: skipped === null ? result : 'skipped',
    commit,
    startedAt,
    minutes,
    seed,
    ...operations,
    serviceMs,
    readyMs,
    notes: bad.map((check) => `${check.result}: ${check.name}: ${check.text}`),
  };
}

/** Without those that were green, unless they are asked for again. */
export function openCells(again: readonly string[]): readonly MatrixCell[] {
  const known = readMatrix();
  return matrixCells().filter(
    ({ name, faults }) =>
      known.get(name)?.result !== 'green' || faults.some((fault) => again.includes(fault)),
  );
}
