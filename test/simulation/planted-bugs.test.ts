/**
 * Bugs planted in copies of the source, each found by the simulated worlds with a seed that is
 * known to find it, by an invariant that is named for it: those of the list that must be found first, one way of each. All
 * others, and ours, `npm run mutants -- --quick` plants; without `--quick` it looks from seed 1 on.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../scripts/mutants/catalogue.ts';
import { Hunting, type Outcome } from '../../scripts/mutants/hunting.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';
import { plantMutations } from '../../scripts/mutants/planting.ts';
import { SourceCopies, type SourceCopy } from '../../scripts/mutants/source-copy.ts';
import { seedRange } from '../../scripts/mutants/seeds.ts';

/** Tried in turn where a known seed does not find it any more. */
const MORE_SEEDS = 20;
const KNOWN = CATALOGUE.filter(
  ({ hints, id, priority }) => hints.length > 0 && priority === 'P0' && /^M\d+a?$/.test(id),
);
const copies = new SourceCopies();
const outcomes = new Map<string, Outcome>();

beforeAll(async () => {
  const quarries = KNOWN.map((mutant) => ({
    mutant,
    seeds: [...new Set([...mutant.hints, ...seedRange(1, MORE_SEEDS)])],
    copy: () => copyOf(mutant),
  }));
  const options = { jobs: 2, seedMs: 60_000, keepsCopies: false, onOutcome };
  await new Hunting([...quarries, baseline()], options).run();
  await copies.close();
}, 300_000);

function copyOf({ id, mutations }: Pick<Mutant, 'id' | 'mutations'>): Promise<SourceCopy> {
  return copies.make(`known-${id}`, (directory) => plantMutations(directory, mutations));
}

function onOutcome(outcome: Outcome): void {
  outcomes.set(outcome.hunt.mutant.id, outcome);
}

/** The same copy without a bug, with all seeds that are to find one. */
function baseline() {
  const seeds = [...new Set(KNOWN.flatMap(({ hints }) => hints))];
  const mutant = { id: 'none', expected: [] };
  return { mutant, seeds, copy: () => copyOf({ id: 'none', mutations: [] }) };
}

describe('planted bugs are found', () => {
  test('by seeds that the source passes without them', () => {
    expect(outcomes.get('none')).toMatchObject({ problem: undefined });
    expect(outcomes.get('none')?.hunt.kill).toBeUndefined();
  });

  test.each(KNOWN)('$id: $title', (mutant) => {
    const outcome = outcomes.get(mutant.id);
    expect(outcome?.problem).toBeUndefined();
    const kill = outcome?.hunt.kill;
    expect(kill, `found by ${outcome?.hunt.otherKill?.message ?? 'nothing'}`).toBeDefined();
    if (kill !== undefined) sayWhereMoved(mutant, kill.seed);
  });
});

function sayWhereMoved({ hints, id }: Mutant, seed: number): void {
  if (hints.includes(seed)) return;
  console.log(`${id}: seed ${hints.join(', ')} does not find it any more, seed ${seed} does`);
}
