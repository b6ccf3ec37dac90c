/**
 * A case is one world to run, by its seed and by what departs from what the seed draws: everything
 * that it takes to see the same again. Running one never throws for what happens in its world.
 */
import { CHOICE_KINDS, type ChoiceKind, type KeptChoices } from './choices.ts';
import { InvariantViolation } from './ghost/invariant.ts';
import type { Plan } from './plan.ts';
import type { TracedEvent } from './trace-event.ts';
import { Unfinished } from './unfinished.ts';
import { World, type WorldOptions, type WorldResult } from './world.ts';

export type Case = Omit<WorldOptions, 'isRecording' | 'untilEvents'>;

export interface Failure {
  /** Such as `I1`. */
  readonly invariant: string;
  /** Such as `I1: agreement`. */
  readonly rule: string;
  readonly detail: string;
  /** Where an error of the product's code led to it. */
  readonly stack?: string;
}

export interface Outcome {
  /** Undefined: every invariant held, so far as the world was run. */
  readonly failure: Failure | undefined;
  /** Undefined where the world was not run to its end. */
  readonly result: WorldResult | undefined;
  readonly events: number;
  readonly plan: Plan;
  /** Of every kind the choices that were made: with them kept, the same happens again. */
  readonly kept: KeptChoices;
  readonly traceHash: string;
  /** Empty unless it was recorded. A failure is the last event. */
  readonly trace: readonly TracedEvent[];
}

export function runCase(options: WorldOptions): Outcome {
  const world = new World(options);
  try {
    const result = world.run();
    return { failure: undefined, result, ...seenOf(world) };
  } catch (error) {
    const failure = failureOf(error);
    if (failure !== undefined) {
      const { invariant, rule, detail } = failure;
      const text = detail === '' ? rule : `${rule} (${detail})`;
      world.trace.record({ type: 'violation', invariant, text });
    }
    return { failure, result: undefined, ...seenOf(world) };
  }
}

/** Whether two failures are of one kind: the same rule is violated, wherever that was. */
export function isSameFailure(a: Failure | undefined, b: Failure | undefined): boolean {
  return a?.rule === b?.rule;
}

/** How many choices are kept, over all kinds. */
export function countChoices(kept: KeptChoices): number {
  let count = 0;
  for (const kind of CHOICE_KINDS) count += kept[kind]?.length ?? 0;
  return count;
}

function seenOf(world: World): Omit<Outcome, 'failure' | 'result'> {
  const { choices, events, plan, trace } = world;
  const kept: { [Kind in ChoiceKind]?: readonly number[] } = {};
  for (const kind of CHOICE_KINDS) kept[kind] = choices.made(kind);
  return { events, plan, kept, traceHash: trace.hash, trace: trace.events };
}

function failureOf(error: unknown): Failure | undefined {
  if (error instanceof Unfinished) return undefined;
  if (!(error instanceof InvariantViolation)) throw error;
  const { cause, detail, invariant, rule } = error;
  const failure = { invariant, rule, detail };
  if (!(cause instanceof Error) || cause.stack === undefined) return failure;
  return { ...failure, stack: cause.stack };
}
