/** Probes: each has a sentence, and none is reached by itself. `seeds.test.ts` has those that are. */
import { describe, expect, test } from 'vitest';
import { CHOICE_KINDS, Choices } from '../../src/simulation/choices.ts';
import { faultsMade } from '../../src/simulation/probes-of-faults.ts';
import { PROBES, type ProbeName, Probes } from '../../src/simulation/probes.ts';
import { World, type WorldOptions } from '../../src/simulation/world.ts';
import { PROBES_OF } from './probes-by-kind.ts';

const SEEDS = 24;
const CALM_SEEDS = 3;
function reachedBy(seeds: number, options: Omit<WorldOptions, 'seed'> = {}): Set<ProbeName> {
  const all = new Set<ProbeName>();
  for (let seed = 1; seed <= seeds; seed += 1) {
    for (const name of new World({ ...options, seed }).run().probes) all.add(name);
  }
  return all;
}

describe('probes', () => {
  test('each has a sentence of its own', () => {
    const sentences = Object.values(PROBES);
    expect(sentences.length).toBeGreaterThanOrEqual(40);
    expect(new Set(sentences).size).toBe(sentences.length);
    for (const sentence of sentences) expect(sentence).toMatch(/^[a-z]+( [^ ]+){2,}(?<!\.)$/);
  });

  test('a calm world with one replica reaches none of what takes a fault or a peer', () => {
    const kept = Object.fromEntries(
      CHOICE_KINDS.filter((kind) => kind !== 'operation').map((kind) => [kind, []]),
    );
    const calm = reachedBy(CALM_SEEDS, { replicas: 1, kept, plan: { diskMs: 1 } });
    const withPeers: readonly ProbeName[] = ['staleAccepted', 'acceptAboveGap', 'lateConfirmation'];
    expect([...calm].filter((name) => /^(fault|cut|suspect)/.test(name))).toEqual([]);
    expect(withPeers.filter((name) => calm.has(name))).toEqual([]);
  });

  test('with the choices of some kinds left out, their probes are not reached', () => {
    const kept = Object.fromEntries(PROBES_OF.map(([kind]) => [kind, []]));
    const names = PROBES_OF.flatMap(([, probes]) => probes);
    const left = reachedBy(SEEDS, { kept });
    expect(names.filter((name) => left.has(name))).toEqual([]);
  }, 120_000);

  test('a kind of choice is reached when one was made, and not when all were left out', () => {
    const probes = new Probes();
    const choices = new Choices({ pause: [] });
    choices.makes('loss');
    choices.makes('pause');
    faultsMade(probes, choices);
    expect(probes.names).toEqual(['faultLoss']);
  });
});
