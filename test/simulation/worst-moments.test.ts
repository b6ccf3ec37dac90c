/** What worlds do at the end, and while slots are applied, that only a few of them come to. */
import { expect, test } from 'vitest';
import { keepersOfGap } from '../../src/simulation/gap.ts';
import { World } from '../../src/simulation/world.ts';

const SEEDS = 20;

test('without replicas there is no gap', () => {
  expect(keepersOfGap([], 1)).toBeUndefined();
});

test('worlds with a core hear old messages for ever, stand still together, and fill gaps', () => {
  const reached = new Set<string>();
  const plan = { frozen: 1, quorums: undefined, loss: 0.2, cutEveryMs: 500 };
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    for (const name of new World({ seed, replicas: 3, plan }).run().probes) reached.add(name);
  }
  expect(reached).toContain('lastingEcho');
  expect(reached).toContain('stalledTogether');
  expect(reached).toContain('gapFilledByNoop');
}, 60_000);
