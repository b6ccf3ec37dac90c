/** What worlds do at the end, and while slots are applied, that only a few of them come to. */
import { expect, test } from 'vitest';
import { keepersOfGap } from '../../src/simulation/gap.ts';
import { World } from '../../src/simulation/world.ts';

/** The rarest of these is reached in about one of fifty. */
const MOST_SEEDS = 200;
const RARE = ['gapFilledByNoop', 'lastingEcho', 'lastingEchoOfOffice', 'stalledTogether'] as const;

test('without replicas there is no gap', () => {
  expect(keepersOfGap([], 1)).toBeUndefined();
});

test('worlds with a core hear old messages for ever, stand still together, and fill gaps', () => {
  const reached = new Set<string>();
  const plan = { frozen: 1, quorums: undefined, loss: 0.2, cutEveryMs: 500 };
  for (let seed = 1; RARE.some((name) => !reached.has(name)); seed += 1) {
    expect(seed).toBeLessThanOrEqual(MOST_SEEDS);
    for (const name of new World({ seed, replicas: 3, plan }).run().probes) reached.add(name);
  }
  expect([...reached]).toEqual(expect.arrayContaining([...RARE]));
}, 120_000);
