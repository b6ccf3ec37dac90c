/** The catalogue: every mutant fits the source, and says what is to find it. */
import { appendFileSync, copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CATALOGUE } from '../../../scripts/mutants/catalogue.ts';
import type { Mutant, Mutation } from '../../../scripts/mutants/mutant.ts';
import { plantMutations } from '../../../scripts/mutants/planting.ts';
import {
  layOutSource,
  PROJECT,
  removeCopy,
  typeErrors,
} from '../../../scripts/mutants/source-copy.ts';

const OWN_AT_LEAST = 12;
/** What is unused or unreachable now may be so: that is what many a mutant does. */
const ALLOWED = /error TS(6133|6138|6192|6196|6198|7027)/;

describe('the catalogue', () => {
  test('names each mutant once', () => {
    expect(new Set(CATALOGUE.map(({ id }) => id)).size).toBe(CATALOGUE.length);
  });

  test('has mutants that are in no list', () => {
    const own = CATALOGUE.filter(({ id }) => id.startsWith('O'));
    expect(own.length).toBeGreaterThanOrEqual(OWN_AT_LEAST);
  });

  test.each(CATALOGUE)('$id fits the source', ({ expected, mutations }) => {
    expect(expected.length).toBeGreaterThan(0);
    const texts = new Map<string, string>();
    for (const { file, find, replace } of mutations) {
      const parts = (texts.get(file) ?? readFileSync(`src/${file}`, 'utf8')).split(find);
      expect(parts.length, `${file}: ${find}`).toBe(2);
      texts.set(file, parts.join(replace));
    }
  });

  // One that is wrong in its types plants something else than it says, or nothing at all.
  test('is sound in its types', { timeout: 60_000 }, async () => {
    const directory = await layOutSource(`types-${process.pid}`);
    onTestFinished(() => removeCopy({ directory }));
    for (const mutations of groupsOf(CATALOGUE)) {
      const files = await plantMutations(directory, mutations);
      expect(problemsIn(await typeErrors(directory))).toEqual([]);
      for (const file of files) copyFileSync(join(PROJECT, file), join(directory, file));
    }
    // What is asked again sees what has changed since.
    appendFileSync(join(directory, 'src', 'main.ts'), 'export const wrong: string = 1;\n');
    expect(problemsIn(await typeErrors(directory))).toHaveLength(1);
  });
});

function problemsIn(errors: string): readonly string[] {
  return errors.split('\n').filter((line) => / error TS/.test(line) && !ALLOWED.test(line));
}

/** As few groups as there can be, each of mutants that can be planted together. */
function groupsOf(mutants: readonly Mutant[]): (readonly Mutation[])[] {
  const groups: { texts: Map<string, string>; readonly mutants: Mutant[] }[] = [];
  for (const mutant of mutants) {
    const isPlanted = groups.some((group) => {
      const texts = planted(mutant, group.texts);
      if (texts === undefined) return false;
      group.texts = texts;
      group.mutants.push(mutant);
      return true;
    });
    if (!isPlanted) groups.push({ texts: planted(mutant) ?? new Map(), mutants: [mutant] });
  }
  return groups.map((group) => group.mutants.flatMap(({ mutations }) => mutations));
}

/** The changed files after this mutant too; `undefined`: what it changes is changed already. */
function planted(
  { mutations }: Mutant,
  before: ReadonlyMap<string, string> = new Map(),
): Map<string, string> | undefined {
  const texts = new Map(before);
  for (const { file, find, replace } of mutations) {
    const parts = (texts.get(file) ?? readFileSync(`src/${file}`, 'utf8')).split(find);
    if (parts.length !== 2) return undefined;
    texts.set(file, parts.join(replace));
  }
  return texts;
}
