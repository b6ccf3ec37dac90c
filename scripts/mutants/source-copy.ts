/**
 * A copy of the source in `runs/mutants/`, which git ignores, with a bug planted in it, compiled on
 * its own. It lies in the project, so that it finds its packages. Types are not checked: a mutant
 * may break them.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Mutation } from './mutant.ts';

/** What else of the project goes with `src/`: who runs the seeds, and who replays one. */
const SCRIPTS = [
  'scripts/mutants/seed-process.ts',
  'scripts/mutants/verdict.ts',
  'scripts/mutants/watchdog.ts',
  'scripts/simulate.ts',
  'scripts/simulate',
];

/** The bug cannot be planted, or what comes out cannot be compiled or loaded. */
export class PlantingError extends Error {
  override readonly name = 'PlantingError';
}

export interface SourceCopy {
  readonly directory: string;
  /** What a seed process runs. */
  readonly entry: string;
}

export const PROJECT = projectOf(import.meta.dirname);

function projectOf(directory: string): string {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error(`no package.json above ${import.meta.dirname}`);
  return projectOf(parent);
}

/** Makes the copy anew under this name; `plant` changes it before it is compiled. */
export async function copySource(
  name: string,
  plant: (directory: string) => Promise<void>,
): Promise<SourceCopy> {
  const directory = join(PROJECT, 'runs', 'mutants', name);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await cp(join(PROJECT, 'src'), join(directory, 'src'), { recursive: true });
  for (const path of SCRIPTS) {
    const from = join(PROJECT, path);
    if (existsSync(from)) await cp(from, join(directory, path), { recursive: true });
  }
  try {
    await plant(directory);
    await compile(directory);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return { directory, entry: join(directory, 'dist/scripts/mutants/seed-process.js') };
}

/** Throws a `PlantingError` where a text does not stand exactly once in its file. */
export async function plantMutations(
  directory: string,
  mutations: readonly Mutation[],
): Promise<void> {
  for (const { file, find, replace } of mutations) {
    const path = join(directory, 'src', file);
    const parts = existsSync(path) ? (await readFile(path, 'utf8')).split(find) : [];
    if (parts.length !== 2) {
      const times = Math.max(0, parts.length - 1);
      throw new PlantingError(`the text to replace stands ${times} times in ${file}: ${find}`);
    }
    await writeFile(path, parts.join(replace));
  }
}

async function compile(directory: string): Promise<void> {
  const config = {
    extends: relative(directory, join(PROJECT, 'tsconfig.json')),
    compilerOptions: { noEmit: false, noCheck: true, rootDir: '.', outDir: 'dist' },
    include: ['src', 'scripts'],
  };
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config));
  const problems = await runCompiler(['-p', directory]);
  if (problems !== '') throw new PlantingError(`it does not compile:\n${problems}`);
}

/** The type errors of a copy, as the compiler prints them; empty where there are none. */
export function typeErrors(directory: string): Promise<string> {
  return runCompiler(['-p', directory, '--noCheck', 'false', '--noEmit']);
}

function runCompiler(options: readonly string[]): Promise<string> {
  const compiler = join(PROJECT, 'node_modules/typescript/bin/tsc');
  return new Promise((done) => {
    execFile(
      process.execPath,
      [compiler, ...options],
      { cwd: PROJECT },
      (error, stdout, stderr) => {
        done(error === null ? '' : `${stdout}${stderr}`.trim() || error.message);
      },
    );
  });
}

export function removeCopy(copy: SourceCopy): Promise<void> {
  return rm(copy.directory, { recursive: true, force: true });
}
