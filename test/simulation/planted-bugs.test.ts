/**
 * Bugs planted in a copy of the source, each found by the simulated worlds, by an invariant that
 * is named for it. The names M01 ... are those of the catalogue of planted bugs.
 */
import { describe, expect, test } from 'vitest';
import type * as world from '../../src/simulation/world.ts';
import { importMutant } from '../support/mutant.ts';
import { BUGS } from './planted-bugs.ts';

type WorldModule = typeof world;

const ROOMS = ['paxos', 'kv', 'storage', 'transport', 'replica', 'simulation'];
/** The last that is tried, where the seed that once found it does not any more. */
const MAX_SEED = 2_000;

describe('planted bugs are found', () => {
  test.each(BUGS)('$name', async (bug) => {
    const { World } = await importMutant<WorldModule>(
      bug.mutations,
      ['simulation/world.ts'],
      ROOMS,
    );
    const found = firstFailure(World, bug.seed);
    expect(found).toMatch(new RegExp(`\\b(${bug.found.source})\\b`));
  });

  test('the copy without a bug is clean', async () => {
    const { World } = await importMutant<WorldModule>([], ['simulation/world.ts'], ROOMS);
    for (let seed = 1; seed <= 20; seed += 1) {
      expect(failureOf(World, seed), `seed ${seed}`).toBeUndefined();
    }
  });
});

/** Of the seed that is known to find it, else of the first that does. */
function firstFailure(World: WorldModule['World'], known: number): string | undefined {
  const atOnce = failureOf(World, known);
  if (atOnce !== undefined) return atOnce;
  for (let seed = 1; seed <= MAX_SEED; seed += 1) {
    const failure = failureOf(World, seed);
    if (failure === undefined) continue;
    console.log(`seed ${known} does not find it any more, seed ${seed} does`);
    return failure;
  }
  return undefined;
}

function failureOf(World: WorldModule['World'], seed: number): string | undefined {
  try {
    new World({ seed, minEvents: 1_000 }).run();
    return undefined;
  } catch (error) {
    return String(error);
  }
}
