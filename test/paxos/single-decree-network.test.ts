/** The four tests of the source, each on a hostile simulated network, by seed; and a harder one. */
import { describe, expect, it } from 'vitest';
import { hostile, UNRULY } from './single-decree-conditions.ts';
import { simulate, type Conditions } from './single-decree-simulation.ts';
import { eachSeed } from './single-decree-seeds.ts';

const SEEDS = 500;

describe('the four tests of the source', () => {
  it('one proposer, three acceptors, two learners: 100', () => {
    eachSeed(SEEDS, (seed) => {
      expect(simulate(seed, UNRULY).value).toBe('100');
    });
  });

  it('100, 200 and 300 in turn, on three instances', () => {
    eachSeed(SEEDS, (seed) => {
      for (const [index, value] of ['100', '200', '300'].entries()) {
        const run = simulate(seed * 3 + index, { ...UNRULY, values: [value] });
        expect(run.value).toBe(value);
      }
    });
  });

  it('three proposers at once, on each of three instances', () => {
    eachSeed(SEEDS, (seed) => {
      for (const { values, value } of duels(seed, UNRULY)) expect(values).toContain(value);
    });
  });

  it('three proposers at once, on each of three instances, 30 % of messages lost', () => {
    eachSeed(SEEDS, (seed) => {
      const lossy = { ...UNRULY, loss: 30 };
      for (const { values, value } of duels(seed, lossy)) expect(values).toContain(value);
    });
  });
});

describe('beyond the source', () => {
  it('crashes that lose what was not synced, bare majorities, up to five acceptors', () => {
    eachSeed(SEEDS, (seed) => {
      const conditions = hostile(seed);
      expect(conditions.values).toContain(simulate(seed, conditions).value);
    });
  });

  it('several values get chosen over the seeds: no proposer is favoured', () => {
    const chosen = new Set<string>();
    for (let seed = 1; seed <= 50; seed += 1)
      chosen.add(simulate(seed, { ...UNRULY, values: ['cat', 'dog'] }).value);
    expect(chosen.size).toBeGreaterThan(1);
  });

  it('the same seed gives the same run, message by message', () => {
    eachSeed(20, (seed) => {
      expect(simulate(seed, hostile(seed))).toEqual(simulate(seed, hostile(seed)));
    });
  });

  it('a seed that fails prints the command that replays it', () => {
    expect(() => eachSeed(1, fail)).toThrow(
      /SYNOD_SEED=\d+ npx vitest run test\/paxos\/single-decree-network.test.ts -t 'a seed that/,
    );
  });

  it('without a majority of acceptors nothing is chosen, and the run says so', () => {
    expect(() => simulate(1, { ...UNRULY, loss: 100 })).toThrow('L1: no end');
  });
});

function duels(seed: number, conditions: Conditions): { values: string[]; value: string }[] {
  return [1, 2, 3].map((instance) => {
    const values = ['100', '200', '300'].map((value) => `${value}@${instance}`);
    return { values, value: simulate(seed * 3 + instance, { ...conditions, values }).value };
  });
}

function fail(): never {
  throw new Error('broken');
}
