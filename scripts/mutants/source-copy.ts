/**
 * Copies of the source in `runs/mutants/`, which git ignores, each with a bug planted in it and
 * compiled on its own. They lie in the project, so that they find its packages. Types are not
 * checked: a mutant may break them.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, link, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** What goes with `src/`: who runs the seeds, and who replays one. */
const SCRIPTS = [
  'scripts/mutants',
  'scripts/mutants.ts',
  'scripts/simulate',
  'scripts/simulate.ts',
];

/** What the compiler found out about a copy, for the next time. */
const KNOWN_TYPES = 'types.tsbuildinfo';

/** The bug cannot be planted, or what comes out cannot be compiled or loaded. */
export class PlantingError extends Error {
  override readonly name = 'PlantingError';
}

export interface SourceCopy {
  readonly directory: string;
  /** What a seed process runs. */
  readonly entry: string;
}

/** Changes the source in a copy's directory. */
export type Plant = (directory: string) => Promise<void>;
/** Puts changed files into a copy's directory, and nothing else; returns which, within it. */
export type PlantFiles = (directory: string) => Promise<readonly string[]>;

export const PROJECT = projectOf(import.meta.dirname);

function projectOf(directory: string): string {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error(`no package.json above ${import.meta.dirname}`);
  return projectOf(parent);
}

/** A copy of the whole source, compiled as a whole, made anew under this name. */
export async function copySource(name: string, plant: Plant): Promise<SourceCopy> {
  const directory = await layOutSource(name);
  return orRemove(directory, async () => {
    await plant(directory);
    await compile(directory);
  });
}

/** The same, as it is and not compiled: for its types alone. Returns its directory. */
export async function layOutSource(name: string): Promise<string> {
  const directory = await emptyDirectory(name);
  for (const path of ['src', ...SCRIPTS]) {
    await cp(join(PROJECT, path), join(directory, path), { recursive: true });
  }
  await configure(directory, { include: ['src', 'scripts'] });
  return directory;
}

/** Whatever becomes of the work, no copy stays. */
export async function withCopies<T>(work: (copies: SourceCopies) => Promise<T>): Promise<T> {
  const copies = new SourceCopies();
  try {
    return await work(copies);
  } finally {
    await copies.close();
  }
}

/** The copies of one run, for changes of single files: all else is compiled once. */
export class SourceCopies {
  #base: Promise<SourceCopy> | undefined;

  async make(name: string, plant: PlantFiles): Promise<SourceCopy> {
    this.#base ??= copySource(`base-${process.pid}`, () => Promise.resolve());
    const base = join((await this.#base).directory, 'dist');
    const directory = await emptyDirectory(name);
    return orRemove(directory, async () => {
      const files = await plant(directory);
      await linkFiles(base, join(directory, 'dist'));
      // The compiler would write into the file that all copies share.
      for (const file of files) await rm(join(directory, 'dist', file.replace(/ts$/, 'js')));
      if (files.length === 0) return;
      await configure(directory, { files });
      await compile(directory);
    });
  }

  /** At the end of the run. */
  async close(): Promise<void> {
    await this.#base?.then(removeCopy, () => undefined);
  }
}

async function orRemove(directory: string, make: () => Promise<void>): Promise<SourceCopy> {
  try {
    await make();
    return { directory, entry: join(directory, 'dist/scripts/mutants/seed-process.js') };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/** A second name for each file costs a fraction of a copy. */
async function linkFiles(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkFiles(source, target);
    else await link(source, target);
  }
}

async function emptyDirectory(name: string): Promise<string> {
  const directory = join(PROJECT, 'runs', 'mutants', name);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  return directory;
}

/** Files alone are compiled each for itself: all that a file needs to know is in it. */
async function configure(
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
}

async function compile(directory: string): Promise<void> {
  const problems = await runCompiler(['-p', directory]);
  if (problems !== '') throw new PlantingError(`it does not compile:\n${problems}`);
}

/**
 * The type errors of a copy of the whole, as the compiler prints them; empty where there are none.
 * Where it was asked before, of this copy or of that like it, it looks again only at what differs,
 * and at what rests on that.
 */
export async function typeErrors(directory: string, like?: string): Promise<string> {
  const known = join(directory, KNOWN_TYPES);
  if (like !== undefined) await cp(join(like, KNOWN_TYPES), known, { force: true });
  const incremental = ['--incremental', '--tsBuildInfoFile', known];
  return runCompiler(['-p', directory, '--noCheck', 'false', '--noEmit', ...incremental]);
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

export function removeCopy(copy: Pick<SourceCopy, 'directory'>): Promise<void> {
  return rm(copy.directory, { recursive: true, force: true });
}
