/** Mutants that somebody else brings, each a patch: killed or not, and how to replay it. */
import { basename, relative } from 'node:path';
import type { StructuredPatch } from 'diff';
import { baselineProblem } from './baseline.ts';
import { Hunting, type Outcome } from './hunting.ts';
import { SEED_LIMITS } from './mutant.ts';
import type { Options } from './options.ts';
import { plantPatch, readPatch } from './patch.ts';
import { Progress } from './progress.ts';
import { SeedRunner, type SeedRunnerOptions } from './seed-runner.ts';
import { seedRange } from './seeds.ts';
import {
  copySource,
  PlantingError,
  PROJECT,
  type SourceCopy,
  type SourceCopies,
  withCopies,
  typeErrors,
} from './source-copy.ts';

interface BroughtMutant {
  readonly file: string;
  /** Of its copy. */
  readonly name: string;
  readonly copy: SourceCopy;
}

/** Returns the exit status of the command. */
export async function runPatches(options: Options): Promise<number> {
  const mutants: BroughtMutant[] = [];
  for (const [index, file] of options.patches.entries()) {
    mutants.push(await read(file, index, options, mutants.at(-1)?.copy));
  }
  return withCopies((copies) => judge(mutants, options, copies));
}

async function judge(
  mutants: readonly BroughtMutant[],
  options: Options,
  copies: SourceCopies,
): Promise<number> {
  const first = seedRange(options.from, options.baseline);
  const problem = await baselineProblem(first, options, copies);
  if (problem !== undefined) return refuse(problem);
  const outcomes = await hunt(mutants, options);
  for (const { file, name } of mutants) tell(file, name, outcomes.get(name));
  const all = [...outcomes.values()];
  const killing = all.flatMap((outcome) => outcome.hunt.kill?.seed ?? []);
  const twin = await baselineProblem([...new Set(killing)], options, copies);
  if (twin !== undefined) return refuse(twin);
  if (all.some((outcome) => outcome.problem !== undefined)) return 2;
  return all.every(({ hunt: { kill } }) => kill !== undefined) ? 0 : 1;
}

function refuse(problem: string): number {
  process.stdout.write(`a kill would mean nothing: ${problem}\n`);
  return 2;
}

/** It is tried at once, so that a patch which does not apply is refused before any seed is run. */
async function read(
  file: string,
  index: number,
  options: Options,
  like: SourceCopy | undefined,
): Promise<BroughtMutant> {
  const name = `patch-${index + 1}-${basename(file).replaceAll(/[^\w.-]/g, '-')}`;
  try {
    const patches = await readPatch(file);
    const copy = await copySource(name, (directory) => plantPatch(directory, patches));
    await checkLoads({ entry: copy.entry, seedMs: options.seedMs });
    warn(file, patches, await typeErrors(copy.directory, like?.directory));
    return { file, name, copy };
  } catch (error) {
    if (error instanceof PlantingError) throw new PlantingError(`${file}: ${error.message}`);
    throw error;
  }
}

async function checkLoads(options: SeedRunnerOptions): Promise<void> {
  const runner = new SeedRunner(options);
  await runner.load();
  runner.end();
}

function warn(file: string, patches: readonly StructuredPatch[], errors: string): void {
  if (errors !== '') process.stderr.write(`${file}: warning: type errors:\n${errors}\n`);
  const touched = patches.flatMap(({ oldFileName, newFileName }) => [oldFileName, newFileName]);
  if (touched.some((path) => path?.includes('src/simulation/'))) {
    process.stderr.write(`${file}: warning: it changes the simulator itself\n`);
  }
}

async function hunt(
  mutants: readonly BroughtMutant[],
  options: Options,
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const seeds = seedRange(options.from, options.seeds ?? SEED_LIMITS.P1);
  const quarries = mutants.map(({ name, copy }) => ({
    mutant: { id: name, expected: [] },
    seeds,
    copy: () => Promise.resolve(copy),
  }));
  const onOutcome = (outcome: Outcome): void => {
    outcomes.set(outcome.hunt.mutant.id, outcome);
    progress.note(`${outcome.hunt.mutant.id}: done`);
  };
  const hunting = new Hunting(quarries, { ...options, keepsCopies: true, onOutcome });
  const progress = new Progress(quarries.length, () => hunting.open);
  await hunting.run();
  progress.end();
  return outcomes;
}

function tell(file: string, name: string, outcome: Outcome | undefined): void {
  const { problem, hunt: found, seconds = 0 } = outcome ?? {};
  const kill = found?.kill;
  const spent = `${seconds.toFixed(1)} s`;
  if (problem !== undefined) process.stdout.write(`${file}: ${problem}\n`);
  else if (kill === undefined) {
    process.stdout.write(`${file}: survived ${found?.settled ?? 0} seeds, ${spent}\n`);
  } else {
    const script = relative(
      process.cwd(),
      `${PROJECT}/runs/mutants/${name}/dist/scripts/simulate.js`,
    );
    process.stdout.write(
      `${file}: killed by ${kill.label} with seed ${kill.seed}, the ${kill.number}. tried, ${spent}\n` +
        `  ${kill.message}\n  replay: node ${script} --seed ${kill.seed} --trace\n`,
    );
  }
}
