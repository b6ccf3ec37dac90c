/**
 * The shrinker on a world that is made up: which choices and knobs its failure needs is known, so
 * what must be left is known too.
 */
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/simulation/case.ts';
import { CHOICE_KINDS, Choices, type ChoiceKind } from '../../src/simulation/choices.ts';
import { drawPlan, type Plan } from '../../src/simulation/plan.ts';
import { Random } from '../../src/simulation/random.ts';
import { shrink } from '../../src/simulation/shrink.ts';
import type { WorldOptions } from '../../src/simulation/world.ts';

const DRAWN: Plan = { ...drawPlan(new Random(1)), replicas: 5, clients: 6, networkMs: 20 };
const PER_KIND = 40;
const AGREEMENT = { invariant: 'I1', rule: 'I1: agreement', detail: '' };
const PROGRESS = { invariant: 'L1', rule: 'L1: progress', detail: '' };

/** Fails at the last of the choices that it needs, which stand in these places. */
const NEEDED: readonly (readonly [ChoiceKind, number])[] = [
  ['operation', 3],
  ['loss', 17],
  ['loss', 31],
  ['crash', 8],
];

function run(options: WorldOptions): Outcome {
  const plan = { ...DRAWN, ...options.plan };
  const choices = new Choices(options.kept);
  let events = 0;
  for (let number = 0; number < PER_KIND; number += 1) {
    for (const kind of CHOICE_KINDS) {
      events += 10 * plan.clients + plan.networkMs;
      choices.makes(kind);
    }
    const isMade = NEEDED.every(([kind, place]) => choices.made(kind).includes(place));
    // With fewer than three replicas nobody disagrees: something else goes wrong.
    if (isMade) return outcome(plan.replicas >= 3 ? AGREEMENT : PROGRESS);
  }
  return outcome(undefined);

  function outcome(failure: Outcome['failure']): Outcome {
    const kept = Object.fromEntries(CHOICE_KINDS.map((kind) => [kind, choices.made(kind)]));
    return { failure, result: undefined, events, plan, kept, traceHash: '', trace: [] };
  }
}

describe('a failure is shrunk', () => {
  const shrunk = shrink({ seed: 1 }, { run, isOver: () => false });

  test('to the choices that it needs, and no other', () => {
    const kept = CHOICE_KINDS.flatMap((kind) => {
      return (shrunk?.case.kept?.[kind] ?? []).map((number) => [kind, number]);
    });
    expect(kept).toEqual(NEEDED);
    expect(shrunk?.isMinimal).toBe(true);
    expect(shrunk?.before.choices).toBe(CHOICE_KINDS.length * 32);
    expect(shrunk?.after.choices).toBe(NEEDED.length);
  });

  test('to the smallest world in which it fails in the same way', () => {
    const plan = shrunk?.outcome.plan;
    expect(plan).toMatchObject({ replicas: 3, clients: 1, networkMs: 0 });
    expect(shrunk?.outcome.failure).toEqual(AGREEMENT);
    expect(shrunk?.after.events).toBeLessThan((shrunk?.before.events ?? 0) / 5);
  });

  test('and runs again as it is told', () => {
    expect(run({ ...shrunk?.case, seed: 1 })).toEqual(shrunk?.outcome);
  });

  test('as far as there is time', () => {
    let runs = 0;
    const isOver = (): boolean => {
      runs += 1;
      return runs > 20;
    };
    const partly = shrink({ seed: 1 }, { run, isOver });
    expect(partly?.isMinimal).toBe(false);
    expect(partly?.runs).toBe(21);
    expect(partly?.outcome.failure).toEqual(AGREEMENT);
    expect(partly?.after.choices).toBeLessThan(partly?.before.choices ?? 0);
    expect(partly?.after.choices).toBeGreaterThan(NEEDED.length);
  });

  test('only where there is one', () => {
    const kept = { crash: [] };
    expect(shrink({ seed: 1, kept }, { run, isOver: () => false })).toBeUndefined();
  });
});
