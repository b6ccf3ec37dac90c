/** What is asked of `npm run mutants`. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

export const HELP = `usage: npm run mutants -- [--only M01,M33] [--seeds N] [--from SEED] [--quick] [--jobs N]
                           [--baseline N] [--json FILE] [--markdown FILE] [--keep]
       npm run mutants -- --patch FILE [--patch FILE2] [--seeds N] [--from SEED] [--jobs N]
       npm run mutants -- --list

  --only IDS       those alone; M04 stands for M04a, M04b ... too
  --seeds N        how many seeds each may need; 2000 for P0, 20000 for P1 and patches
  --from SEED      the first of them; 1
  --quick          first the seeds that are known to find it
  --jobs N         at a time; one for each processor
  --baseline N     so many seeds must pass without a bug, before all else; 20
  --seed-seconds N a seed hangs that takes more processor time; 60
  --json FILE      writes what was found there
  --markdown FILE  writes the table there
  --keep           leaves the copies of the source in runs/mutants
  --patch FILE     a unified diff of files in src/, in the place of our mutants
  --list           names the mutants and runs nothing

Exits with 0 where every mutant was found by what should find it (a patch: by anything), with 1
where one was not, and with 2 where it could not be planted.
`;

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Options {
  readonly isHelp: boolean;
  readonly isList: boolean;
  readonly only: readonly string[] | undefined;
  readonly patches: readonly string[];
  /** Undefined: as the priority says. */
  readonly seeds: number | undefined;
  readonly from: number;
  readonly isQuick: boolean;
  readonly jobs: number;
  readonly baseline: number;
  readonly seedMs: number;
  readonly json: string | undefined;
  readonly markdown: string | undefined;
  readonly keepsCopies: boolean;
}

export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  return {
    isHelp: values.help,
    isList: values.list,
    only: values.only?.split(',').map((id) => id.trim()),
    patches: values.patch,
    seeds: values.seeds === undefined ? undefined : count('--seeds', values.seeds, 1),
    from: count('--from', values.from, 1),
    isQuick: values.quick,
    jobs: count('--jobs', values.jobs, 1),
    baseline: count('--baseline', values.baseline, 0),
    seedMs: 1_000 * count('--seed-seconds', values['seed-seconds'], 1),
    json: values.json,
    markdown: values.markdown,
    keepsCopies: values.keep,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        only: { type: 'string' },
        patch: { type: 'string', multiple: true, default: [] },
        seeds: { type: 'string' },
        from: { type: 'string', default: '1' },
        quick: { type: 'boolean', default: false },
        jobs: { type: 'string', default: String(availableParallelism()) },
        baseline: { type: 'string', default: '20' },
        'seed-seconds': { type: 'string', default: '60' },
        json: { type: 'string' },
        markdown: { type: 'string' },
        keep: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function count(name: string, text: string, least: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
  throw new UsageError(`${name}: not a whole number from ${least} on: ${text}`);
}
