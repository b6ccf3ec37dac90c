/** The probes are reached: few worlds go through most of what is rare. */
import { expect, test } from 'vitest';
import { PROBES, type ProbeName } from '../../src/simulation/probes.ts';
import { World } from '../../src/simulation/world.ts';

const WORLDS = 40;
/** Of all; the rarest are reached once in two hundred worlds. */
const REACHED = 0.75;

test(`${WORLDS} worlds reach most of the probes, no single one does`, () => {
  const names = Object.keys(PROBES);
  const reached = new Set<ProbeName>();
  let most = 0;
  for (let seed = 1; seed <= WORLDS; seed += 1) {
    const { probes } = new World({ seed }).run();
    most = Math.max(most, probes.length);
    for (const name of probes) reached.add(name);
  }
  expect(names.length).toBeGreaterThanOrEqual(40);
  expect(reached.size).toBeGreaterThan(REACHED * names.length);
  expect(most).toBeLessThan(reached.size);
  expect(names).toEqual(expect.arrayContaining([...reached]));
}, 60_000);
