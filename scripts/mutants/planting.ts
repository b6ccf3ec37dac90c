/** Plants the mutations of our own mutants. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mutation } from './mutant.ts';
import { PlantingError } from './source-copy.ts';

/**
 * Returns the changed files, within the directory. Throws a `PlantingError` where a text does not
 * stand exactly once in its file.
 */
export async function plantMutations(
  directory: string,
  mutations: readonly Mutation[],
): Promise<readonly string[]> {
  for (const { file, find, replace } of mutations) {
    const path = join(directory, 'src', file);
    const parts = existsSync(path) ? (await readFile(path, 'utf8')).split(find) : [];
    if (parts.length !== 2) {
      const times = Math.max(0, parts.length - 1);
      throw new PlantingError(`the text to replace stands ${times} times in ${file}: ${find}`);
    }
    await writeFile(path, parts.join(replace));
  }
  return [...new Set(mutations.map(({ file }) => join('src', file)))];
}
