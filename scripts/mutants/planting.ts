/** Plants the mutations of our own mutants. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Mutation } from './mutant.ts';
import { PlantingError, PROJECT } from './source-copy.ts';

/**
 * Puts the changed files into the directory, and returns their paths within it. Throws a `PlantingError` where a text does not
 * stand exactly once in its file.
 */
export async function plantMutations(
  directory: string,
  mutations: readonly Mutation[],
): Promise<readonly string[]> {
  for (const { file, find, replace } of mutations) {
    const path = join(directory, 'src', file);
    const parts = (await readEither(path, join(PROJECT, 'src', file))).split(find);
    if (parts.length !== 2) {
      const times = parts.length - 1;
      throw new PlantingError(`the text to replace stands ${times} times in ${file}: ${find}`);
    }
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, parts.join(replace));
  }
  return [...new Set(mutations.map(({ file }) => join('src', file)))];
}

/** As an earlier mutation left it, or else as it is; empty where there is no such file. */
async function readEither(changed: string, original: string): Promise<string> {
  const path = [changed, original].find((candidate) => existsSync(candidate));
  return path === undefined ? '' : readFile(path, 'utf8');
}
