/** The table of what was found: for people, for docs, and for other programs. */
import type { Mutant, Omission } from './mutant.ts';
import type { Outcome } from './hunting.ts';

/** Longer details are cut, in the table alone. */
const DETAIL_CHARACTERS = 80;

export interface Row {
  readonly id: string;
  readonly priority: string;
  readonly title: string;
  readonly verdict: 'killed' | 'killed by another' | 'survived' | 'not planted';
  /** How many seeds it took, from the first on; undefined with `--quick`. */
  readonly seeds: number | undefined;
  readonly seed: number | undefined;
  readonly invariant: string;
  readonly detail: string;
  /** What killed it before, and is not what should. */
  readonly before: string | undefined;
  readonly seconds: number;
}

export function rowOf(mutant: Mutant, outcome: Outcome, isQuick: boolean): Row {
  const { hunt, problem, seconds } = outcome;
  const { kill = hunt.otherKill, otherKill } = hunt;
  const { id, priority, title } = mutant;
  const isOther = hunt.kill === undefined;
  const killed = isOther ? 'killed by another' : 'killed';
  const verdict = kill === undefined ? 'survived' : killed;
  return {
    id,
    priority,
    title,
    verdict: problem === undefined ? verdict : 'not planted',
    seeds: isQuick ? undefined : (kill?.number ?? hunt.settled),
    seed: kill?.seed,
    invariant: kill?.label ?? '',
    detail: problem ?? kill?.message ?? `${hunt.settled} seeds`,
    before:
      isOther || otherKill === undefined ? undefined : `${otherKill.label}, seed ${otherKill.seed}`,
    seconds,
  };
}

export function formatTable(rows: readonly Row[]): string {
  const head = ['bug', 'P', 'seeds', 'seed', 'by', 's', ''];
  const lines = rows.map((row) => [
    row.id,
    row.priority,
    String(row.seeds ?? '-'),
    String(row.seed ?? '-'),
    row.verdict === 'killed' ? row.invariant : row.verdict.toUpperCase(),
    row.seconds.toFixed(0),
    remarkOf(row),
  ]);
  const widths = head.map((title, at) => {
    return Math.max(title.length, ...lines.map((line) => line[at]?.length ?? 0));
  });
  const format = (line: readonly string[]): string =>
    line
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [head, ...lines].map(format).join('\n');
}

function remarkOf(row: Row): string {
  const before = row.before === undefined ? '' : `; before by ${row.before}`;
  return `${row.title}: ${cut(row.detail)}${before}`;
}

function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= DETAIL_CHARACTERS ? line : `${line.slice(0, DETAIL_CHARACTERS)}...`;
}

export function formatMarkdown(rows: readonly Row[], omissions: readonly Omission[]): string {
  const lines = rows.map(
    ({ id, priority, title, seeds, seed, verdict, invariant, detail }) =>
      `| ${id} | ${priority} | ${title} | ${seeds ?? ''} | ${seed ?? ''} | ` +
      `${verdict === 'killed' ? cell(invariant) : `**${verdict}**`} | ${cell(cut(detail))} |`,
  );
  return [
    '| bug | P | mistake | seeds to kill | seed | invariant | what it said |',
    '| --- | --- | --- | ---: | ---: | --- | --- |',
    ...lines,
    '',
    'Not planted, and why:',
    '',
    ...omissions.map(({ ids, reason }) => `- ${ids}: ${reason}`),
    '',
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

export function formatList(mutants: readonly Mutant[], omissions: readonly Omission[]): string {
  return [
    ...mutants.map(
      ({ id, priority, title, expected }) =>
        `${id.padEnd(5)} ${priority}  ${title}  [${expected.join(', ')}]`,
    ),
    ...omissions.map(({ ids, reason }) => `not planted: ${ids}: ${reason}`),
    '',
  ].join('\n');
}
