/** What the simulated runs are held under. */
import { draw } from '../../src/paxos/random.ts';
import type { Conditions } from './single-decree-simulation.ts';

/** The source's cast, on a network that repeats and reorders. */
export const UNRULY: Conditions = {
  acceptors: 3,
  learners: 2,
  values: ['100'],
  loss: 0,
  duplication: 10,
  maxDelay: 25,
  crashes: 0,
  bareMajorities: false,
};

/** Rates, sizes and features drawn for each seed; some have no losses, some no crashes. */
export function hostile(seed: number): Conditions {
  const random = { random: seed + 1_000_000 };
  const proposers = draw(random, 1, 3);
  return {
    acceptors: draw(random, 3, 5),
    learners: draw(random, 1, 2),
    values: ['cat', 'dog', 'pig'].slice(0, proposers),
    loss: draw(random, 0, 3) * 10,
    duplication: draw(random, 0, 2) * 15,
    maxDelay: draw(random, 1, 3) * 20,
    crashes: draw(random, 0, 2) * 3,
    bareMajorities: draw(random, 0, 1) === 1,
  };
}
