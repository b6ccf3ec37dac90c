/** The catalogue: every mutant fits the source, and says what is to find it. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../../scripts/mutants/catalogue.ts';

const OWN_AT_LEAST = 12;

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
});
