/** Whether a value could be a part of a plan: it is held against what a seed draws. */
import { drawPlan } from './plan.ts';
import { Random } from './random.ts';
import { type Check, type Checks, isObject, problemOf, whole } from './trace-shape.ts';

const QUORUMS = { phase1: whole, phase2: whole };

export function planPartProblem(value: unknown): string | undefined {
  if (!isObject(value)) return 'not an object';
  const known = checks();
  for (const [name, member] of Object.entries(value)) {
    const check = known.get(name);
    const problem = check === undefined ? 'unknown' : check(member);
    if (problem !== undefined) return `${name}: ${problem}`;
  }
  return undefined;
}

function checks(): ReadonlyMap<string, Check> {
  const drawn = Object.entries(drawPlan(new Random(1)));
  const isLike = drawn.map(([name, member]): [string, Check] => [name, like(member)]);
  return new Map([...isLike, ['quorums', quorumsProblem]]);
}

function quorumsProblem(value: unknown): string | undefined {
  return value === undefined ? undefined : problemOf(QUORUMS, value);
}

/** Of the same type as the sample, and with the same members. */
function like(sample: unknown): Check {
  if (isObject(sample)) {
    const members = Object.entries(sample).map(([name, member]) => [name, like(member)]);
    const shape: Checks = Object.fromEntries(members);
    return (value) => problemOf(shape, value);
  }
  return (value) => {
    if (typeof value !== typeof sample) return `not a ${typeof sample}`;
    return typeof value === 'number' && !(value >= 0) ? 'below 0' : undefined;
  };
}
