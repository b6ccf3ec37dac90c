/**
 * A copy of `src/` with one piece of text replaced: how a test shows that a check fails when its
 * rule is broken. The product's code has no switch for it.
 *
 * The copy lies in the project (under `runs/`, which git ignores), so that the test runner compiles
 * it and it finds its packages. It is removed as soon as it is loaded.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Mutation {
  /** Within `src/`, such as `paxos/single-decree/acceptor.ts`. */
  readonly file: string;
  /** Must stand exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

const PROJECT = resolve(import.meta.dirname, '../..');

/**
 * Copies `rooms` (folders of `src/`), plants the mutations, loads `modules` (paths within `src/`)
 * from the copy and returns all their exports as one. The caller names the type, which is that of
 * the real modules: `typeof import('../../src/paxos/core.ts')`.
 */
export async function importMutant<Exports>(
  mutations: readonly Mutation[],
  modules: readonly string[],
  rooms: readonly string[] = ['paxos'],
): Promise<Exports> {
  const directory = await copyMutant(mutations, rooms);
  try {
    const loaded: unknown[] = [];
    for (const module of modules) {
      loaded.push(await import(pathToFileURL(join(directory, 'src', module)).href));
    }
    const exports: Exports = Object.assign({}, ...loaded);
    return exports;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The copy alone: its directory holds `src/`. The caller removes it. */
export async function copyMutant(
  mutations: readonly Mutation[],
  rooms: readonly string[],
): Promise<string> {
  const parent = join(PROJECT, 'runs', 'mutants');
  await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(join(parent, 'mutant-'));
  for (const room of rooms) {
    await cp(join(PROJECT, 'src', room), join(directory, 'src', room), { recursive: true });
  }
  for (const mutation of mutations) await plant(join(directory, 'src', mutation.file), mutation);
  return directory;
}

async function plant(path: string, { file, find, replace }: Mutation): Promise<void> {
  const parts = (await readFile(path, 'utf8')).split(find);
  if (parts.length !== 2) {
    throw new Error(`the text to replace stands ${parts.length - 1} times in ${file}: ${find}`);
  }
  await writeFile(path, parts.join(replace));
}
