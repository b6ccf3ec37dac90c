import { describe, expect, test } from 'vitest';
import { statusOf } from '../../../scripts/simulate/many.ts';
import { progressLine } from '../../../scripts/simulate/progress.ts';
import type { SeedReport } from '../../../scripts/simulate/seed-run.ts';
import { grouped, Tally } from '../../../scripts/simulate/tally.ts';
import { PROBES, type ProbeName } from '../../../src/simulation/probes.ts';

const [REACHED] = Object.keys(PROBES).filter((name): name is ProbeName => name in PROBES);

function report(seed: number, change: Partial<SeedReport> = {}): SeedReport {
  return {
    seed,
    isTwice: false,
    failure: undefined,
    events: 4_000,
    operations: 100,
    applied: 30,
    reads: 20,
    leaders: 3,
    isDecided: true,
    probes: [],
    ...change,
  };
}

function tallied(...reports: readonly SeedReport[]): Tally {
  const tally = new Tally();
  for (const each of reports) tally.take(each);
  return tally;
}

describe('the summary of many worlds', () => {
  const failure = { invariant: 'I1', rule: 'I1: agreement', detail: '' };
  const probes = REACHED === undefined ? [] : [REACHED];
  const tally = tallied(
    report(7, { isTwice: true, isDecided: false }),
    report(5, { events: 20_000, probes }),
    report(6, { events: 6_000, failure, operations: 0, applied: 0, reads: 0, leaders: 0 }),
  );
  const text = tally.text(10, 2);

  test('says how much was done, in all and for each seed', () => {
    expect(text).toContain('seeds       3, from 5 to 7\n');
    expect(text).toContain('violations  1\n');
    expect(text).toContain('undecided   1 (I16: the search came to no end): 7\n');
    expect(text).toContain('time        10 s on 2 threads, 3,000 events a second\n');
    expect(text).toContain('events      30,000, 10000 a seed (aim: 3000)\n');
    expect(text).toContain('long seeds  1 have 20,000 events, one in 3.0 (aim: one in 10)\n');
    expect(text).toContain('operations  200, 67 a seed (aim: 50)\n');
    expect(text).toContain('applied     60 writes, 40 reads\n');
    expect(text).toContain('leaders     6, 2.0 a seed\n');
    expect(text).toContain('run twice   1 seeds (I26)\n');
  });

  test('names the probes that were missed', () => {
    const names = Object.keys(PROBES);
    expect(text).toContain(`probes      1 reached, ${names.length - 1} missed\n`);
    expect(tally.missedProbes).toEqual(names.filter((name) => name !== REACHED));
    for (const name of tally.missedProbes) expect(text).toContain(`  missed: ${name}\n`);
  });

  test('of none says so', () => {
    expect(tallied().text(1, 2)).toBe('no seed was run\n');
  });
});

describe('the exit status', () => {
  const short = { seeds: 2_000, minutes: undefined };
  const all = Object.keys(PROBES).filter((name): name is ProbeName => name in PROBES);

  test('is 1 where a seed failed, or none was run', () => {
    const failure = { invariant: 'I1', rule: 'I1: agreement', detail: '' };
    expect(statusOf(tallied(report(1)), short)).toBe(0);
    expect(statusOf(tallied(report(1), report(2, { failure })), short)).toBe(1);
    expect(statusOf(tallied(), short)).toBe(1);
  });

  test('is 1 where a run of nightly length missed a probe', () => {
    const missing = tallied(report(1, { probes: all.slice(1) }));
    const complete = tallied(report(1, { probes: all }));
    for (const goal of [
      { seeds: 20_000, minutes: undefined },
      { seeds: undefined, minutes: 60 },
    ]) {
      expect(statusOf(missing, goal)).toBe(1);
      expect(statusOf(complete, goal)).toBe(0);
    }
    expect(statusOf(missing, { seeds: 19_999, minutes: 59 })).toBe(0);
  });
});

test('the progress tells what is left, by seeds or by time', () => {
  const standing = { seeds: 250, events: 1_000_000, failed: 0 };
  expect(progressLine(standing, { seeds: 1_000, minutes: undefined }, 50)).toBe(
    '250 of 1,000 seeds, 20,000 events/s, 2 min 30 s left',
  );
  expect(progressLine({ ...standing, failed: 2 }, { seeds: undefined, minutes: 1 }, 50)).toBe(
    '250 seeds, 2 FAILED, 20,000 events/s, 10 s left',
  );
  expect(progressLine(standing, { seeds: 1_000, minutes: 1 }, 50)).toContain(', 10 s left');
});

test('numbers are grouped', () => {
  expect([7, 1_000, 12_345_678].map(grouped)).toEqual(['7', '1,000', '12,345,678']);
});
