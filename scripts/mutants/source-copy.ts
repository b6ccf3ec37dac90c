/**
 * Copies of the source in `runs/mutants/`, which git ignores, each with a bug planted in it and
 * compiled on its own. They lie in the project, so that they find its packages. Types are not
 * checked: a mutant may break them.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** What goes with `src/`: who runs the seeds, and who replays one. */
const SCRIPTS = [
  'scripts/mutants',
  'scripts/mutants.ts',
  'scripts/simulate',
  'scripts/simulate.ts',
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

/** Changes a copy; returns the files that it changed, within the directory, or that all may be. */
export type Plant = (directory: string) => Promise<readonly string[] | 'all'>;

export const PROJECT = projectOf(import.meta.dirname);

function projectOf(directory: string): string {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error(`no package.json above ${import.meta.dirname}`);
  return projectOf(parent);
}

/** The copies of one run of the command. What they have in common is compiled once. */
export class SourceCopies {
  readonly #base = `base-${process.pid}`;
  #compiled: Promise<void> | undefined;

  /** Makes the copy anew under this name. */
  async make(name: string, plant: Plant): Promise<SourceCopy> {
    const directory = directoryOf(name);
    await copyText(directory);
    try {
      const changed = await plant(directory);
      if (changed === 'all') await compile(directory, { include: ['src', 'scripts'] });
      else await this.#compileChanged(directory, changed);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
    return { directory, entry: join(directory, 'dist/scripts/mutants/seed-process.js') };
  }

  async #compileChanged(directory: string, files: readonly string[]): Promise<void> {
    this.#compiled ??= this.#compileBase();
    await this.#compiled;
    const dist = join(directoryOf(this.#base), 'dist');
    await cp(dist, join(directory, 'dist'), { recursive: true });
    if (files.length > 0) await compile(directory, { files });
  }

  async #compileBase(): Promise<void> {
    const directory = directoryOf(this.#base);
    await copyText(directory);
    await compile(directory, { include: ['src', 'scripts'] });
  }

  /** At the end of the run. */
  async close(): Promise<void> {
    await rm(directoryOf(this.#base), { recursive: true, force: true });
  }
}

function directoryOf(name: string): string {
  return join(PROJECT, 'runs', 'mutants', name);
}

async function copyText(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const path of ['src', ...SCRIPTS]) {
    await cp(join(PROJECT, path), join(directory, path), { recursive: true });
  }
}

/** Files alone are compiled each for itself: all that a file needs to know is in it. */
async function compile(
  directory: string,
  what: { readonly include: readonly string[] } | { readonly files: readonly string[] },
): Promise<void> {
  const alone = 'files' in what ? { noResolve: true, lib: ['es5'], types: [] } : {};
  const config = {
    extends: relative(directory, join(PROJECT, 'tsconfig.json')),
    compilerOptions: { noEmit: false, noCheck: true, rootDir: '.', outDir: 'dist', ...alone },
    include: [],
    ...what,
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
