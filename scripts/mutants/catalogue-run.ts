/** Our own mutants: the hunt, the twin without a bug, and the table. */
import { writeFile } from 'node:fs/promises';
import { baselineProblem } from './baseline.ts';
import { CATALOGUE, OMISSIONS } from './catalogue.ts';
import { Hunting, type Outcome } from './hunting.ts';
import type { Mutant } from './mutant.ts';
import { type Options, UsageError } from './options.ts';
import { plantMutations } from './planting.ts';
import { Progress } from './progress.ts';
import { seedRange, seedsFor } from './seeds.ts';

import { type SourceCopies, withCopies } from './source-copy.ts';
import { formatMarkdown, formatTable, type Row, rowOf } from './table.ts';

/** Returns the exit status of the command. */
export async function runCatalogue(options: Options): Promise<number> {
  const mutants = selected(options.only);
  return withCopies((copies) => judge(mutants, options, copies));
}

async function judge(
  mutants: readonly Mutant[],
  options: Options,
  copies: SourceCopies,
): Promise<number> {
  const first = seedRange(options.from, options.baseline);
  const before = await baselineProblem(first, options, copies);
  if (before !== undefined) return refuse(before);
  const rows = await hunt(mutants, options, copies);
  process.stdout.write(`${formatTable(rows)}\n`);
  const killing = rows.flatMap(({ seed }) => (seed === undefined ? [] : [seed]));
  const after = await baselineProblem([...new Set(killing)], options, copies);
  if (after !== undefined) return refuse(after);
  await writeFiles(rows, options);
  return conclude(rows);
}

function selected(only: readonly string[] | undefined): readonly Mutant[] {
  if (only === undefined) return CATALOGUE;
  const unknown = only.filter((id) => !CATALOGUE.some((mutant) => isNamed(mutant, id)));
  if (unknown.length > 0) throw new UsageError(`--only: there is no ${unknown.join(', ')}`);
  return CATALOGUE.filter((mutant) => only.some((id) => isNamed(mutant, id)));
}

/** M04 stands for all its variants. */
function isNamed(mutant: Mutant, id: string): boolean {
  return mutant.id === id || mutant.id.replace(/[a-z]$/, '') === id;
}

async function hunt(
  mutants: readonly Mutant[],
  options: Options,
  copies: SourceCopies,
): Promise<readonly Row[]> {
  const rows = new Map<string, Row>();
  const quarries = mutants.map((mutant) => ({
    mutant,
    seeds: seedsFor(mutant, options),
    copy: () => copies.make(mutant.id, (directory) => plantMutations(directory, mutant.mutations)),
  }));
  const onOutcome = (outcome: Outcome): void => {
    const mutant = mutants.find(({ id }) => id === outcome.hunt.mutant.id);
    if (mutant === undefined) return;
    const row = rowOf(mutant, outcome, options.isQuick);
    rows.set(row.id, row);
    progress.note(`${row.id}: ${row.verdict} ${row.invariant} ${row.seed ?? ''}`.trimEnd());
  };
  const hunting = new Hunting(quarries, { ...options, onOutcome });
  const progress = new Progress(mutants.length, () => hunting.open);
  await hunting.run();
  progress.end();
  return mutants.flatMap(({ id }) => rows.get(id) ?? []);
}

function refuse(problem: string): number {
  process.stdout.write(`the table means nothing: ${problem}\n`);
  return 1;
}

async function writeFiles(rows: readonly Row[], { json, markdown }: Options): Promise<void> {
  if (json !== undefined) await writeFile(json, `${JSON.stringify(rows, undefined, 2)}\n`);
  if (markdown !== undefined) await writeFile(markdown, formatMarkdown(rows, OMISSIONS));
}

function conclude(rows: readonly Row[]): number {
  const bad = rows.filter(({ verdict }) => verdict !== 'killed');
  const isPlanted = rows.every(({ verdict }) => verdict !== 'not planted');
  const killed = `${rows.length - bad.length} of ${rows.length} killed as expected`;
  const others = bad.map(({ id, verdict }) => `${id} ${verdict}`).join(', ');
  process.stdout.write(`${[killed, others].filter((text) => text !== '').join('; ')}\n`);
  if (!isPlanted) return 2;
  return bad.length === 0 ? 0 : 1;
}
