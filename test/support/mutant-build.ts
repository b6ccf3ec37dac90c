/** A copy of what `npm run build` made, with one text in it replaced: a replica with a planted bug. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

export interface PlantedBug {
  /** Within `dist/src`, such as `storage/level-database.js`. */
  readonly file: string;
  /** Must stand there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** Nothing is synced any longer: LevelDB acknowledges what only the page cache holds. */
export const SYNC_OFF: PlantedBug = {
  file: 'storage/level-database.js',
  find: 'sync: options.sync',
  replace: 'sync: false',
};

/** Returns the copy's `main.js`. */
export function buildMutant(bug: PlantedBug): string {
  return join(copyBuild([bug], ['src']), 'src', 'main.js');
}

/** These folders of `dist`, with bugs. The copy lies in the project, so that it finds its packages. */
export function copyBuild(bugs: readonly PlantedBug[], folders: readonly string[]): string {
  const parent = resolve('runs', 'mutants');
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'build-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const dist = join(directory, 'dist');
  for (const folder of folders) {
    cpSync(resolve('dist', folder), join(dist, folder), { recursive: true });
  }
  cpSync('package.json', join(directory, 'package.json'));
  for (const { file, find, replace } of bugs) {
    const path = join(dist, 'src', file);
    const parts = readFileSync(path, 'utf8').split(find);
    if (parts.length !== 2) {
      throw new Error(`${find} stands ${parts.length - 1} times in ${file}`);
    }
    writeFileSync(path, parts.join(replace));
  }
  return dist;
}
