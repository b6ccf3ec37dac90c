/** The server with a planted bug (scripts/mutants), for negative controls: a copy, compiled on its own. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CATALOGUE } from '../mutants/catalogue.ts';
import { plantMutations } from '../mutants/planting.ts';
import { copySource, PROJECT, removeCopy } from '../mutants/source-copy.ts';

export interface PlantedServer {
  /** Its `main.js`. */
  readonly main: string;
  readonly title: string;
  remove(): Promise<void>;
}

/** Throws where there is no such bug, or where it cannot be planted any more. */
export async function plantedServer(id: string): Promise<PlantedServer> {
  const mutant = CATALOGUE.find((one) => one.id === id);
  if (mutant === undefined) throw new Error(`there is no planted bug ${id}`);
  const { mutations, title } = mutant;
  const copy = await copySource(`torture-${process.pid}-${id}`, async (directory) => {
    await plantMutations(directory, mutations);
    // The server tells its version from there.
    await copyFile(join(PROJECT, 'package.json'), join(directory, 'package.json'));
  });
  const main = join(copy.directory, 'dist', 'src', 'main.js');
  return { main, title, remove: () => removeCopy(copy) };
}
