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

/** Returns the copy's `main.js`. It lies in the project, so that it finds its packages. */
export function buildMutant(bug: PlantedBug): string {
  const parent = resolve('runs', 'mutants');
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'build-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(resolve('dist', 'src'), join(directory, 'dist', 'src'), { recursive: true });
  cpSync('package.json', join(directory, 'package.json'));
  const file = join(directory, 'dist', 'src', bug.file);
  const parts = readFileSync(file, 'utf8').split(bug.find);
  if (parts.length !== 2) {
    throw new Error(`${bug.find} stands ${parts.length - 1} times in ${bug.file}`);
  }
  writeFileSync(file, parts.join(bug.replace));
  return join(directory, 'dist', 'src', 'main.js');
}
