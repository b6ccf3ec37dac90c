/** The hunt of one mutant: which seed counts, whoever reports first. */
import { describe, expect, test } from 'vitest';
import { Hunt } from '../../../scripts/mutants/hunt.ts';
import { failureOf, isExpected } from '../../../scripts/mutants/verdict.ts';
import { AssertionFailed } from '../../../src/paxos/assert.ts';
import { InvariantViolation, violationOf } from '../../../src/simulation/ghost/invariant.ts';

const I1 = { label: 'I1', message: 'I1: agreement' };
const L1 = { label: 'L1', message: 'L1: no progress' };

function huntFor(expected: readonly string[], seeds: readonly number[] = [1, 2, 3, 4]): Hunt {
  return new Hunt({ id: 'M01', expected }, seeds);
}

describe('a hunt', () => {
  test('hands out seeds in order, and ends without a kill after the last', () => {
    const hunt = huntFor(['I1'], [7, 8]);
    expect([hunt.take(), hunt.take(), hunt.take()]).toEqual([7, 8, undefined]);
    hunt.report({ seed: 8, failure: undefined });
    expect(hunt.isOver).toBe(false);
    hunt.report({ seed: 7, failure: undefined });
    expect([hunt.isOver, hunt.kill, hunt.settled]).toEqual([true, undefined, 2]);
  });

  test('counts the first seed in order, not the first report', () => {
    const hunt = huntFor(['I1']);
    for (const _ of [1, 2, 3]) hunt.take();
    hunt.report({ seed: 3, failure: I1 });
    expect([hunt.kill, hunt.take()]).toEqual([undefined, undefined]);
    hunt.report({ seed: 1, failure: undefined });
    hunt.report({ seed: 2, failure: I1 });
    expect(hunt.kill).toMatchObject({ seed: 2, number: 2, label: 'I1' });
  });

  test('goes on after a kill by something else, and tells of it', () => {
    const hunt = huntFor(['I1']);
    hunt.report({ seed: hunt.take() ?? 0, failure: L1 });
    expect([hunt.isOver, hunt.otherKill?.label]).toEqual([false, 'L1']);
    hunt.report({ seed: hunt.take() ?? 0, failure: I1 });
    expect(hunt.kill?.seed).toBe(2);
  });
});

describe('what ended a world', () => {
  test('has the label of its invariant, or else the name of its error', () => {
    expect(failureOf(new InvariantViolation('I14: client truth', 'x')).label).toBe('I14');
    expect(failureOf(violationOf(new AssertionFailed('P1a: a leader'))).label).toBe('P1a');
    expect(failureOf(violationOf(new AssertionFailed('in order'))).label).toBe('AssertionFailed');
    expect(failureOf(violationOf(new TypeError('no such thing'))).label).toBe('TypeError');
    expect(failureOf('words').label).toBe('thrown');
  });

  test('is expected by its label, by words of it, or where nothing is named', () => {
    expect(isExpected(['I1'], I1)).toBe(true);
    expect(isExpected(['I1'], { label: 'I11', message: 'I11: I1 is named here' })).toBe(false);
    expect(isExpected(['agreement'], I1)).toBe(true);
    expect(isExpected([], L1)).toBe(true);
    expect(isExpected(['I1'], L1)).toBe(false);
  });
});
