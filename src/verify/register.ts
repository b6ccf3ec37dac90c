/**
 * A register with compare-and-set, the model of one key: `read`, `write` and `cas` of history.ts.
 * Values are compared as JSON texts, with the members of objects in one order; `null` stands for
 * an absent key, at first too, so that a write of null is a deletion and a cas from null is a
 * creation.
 */
import type { Attempt } from './attempt.ts';
import { jsonOf } from './json.ts';
import type { Asked, Behaviour, Call, Model } from './model.ts';

/** The JSON text of the register's value. */
export type RegisterState = string;

export type RegisterInput =
  | { readonly type: 'read' }
  | { readonly type: 'write'; readonly value: string }
  | { readonly type: 'cas'; readonly expected: string; readonly value: string };

export type RegisterOutput =
  | { readonly type: 'value'; readonly value: string }
  | { readonly type: 'done' }
  | { readonly type: 'mismatch' };

type RegisterCall = Call<RegisterInput, RegisterOutput>;
type RegisterBehaviour = Behaviour<RegisterState, RegisterInput, RegisterOutput>;

/** Stands for every value that no call reads or expects. It is no JSON text. */
const NEVER_SEEN = 'a value that no call reads or expects';
/** How many of them are named to the reader of a verdict. */
const MAX_NAMED_VALUES = 3;

export const registerModel: Model<RegisterState, RegisterInput, RegisterOutput> = {
  keysOf: (attempt) => [attempt.key],
  callOf,
  behaviourIn,
  describe,
};

function callOf(attempt: Attempt): Asked<RegisterInput, RegisterOutput> | undefined {
  const { ending } = attempt;
  const input = inputOf(attempt);
  if (ending === undefined) return input.type === 'read' ? undefined : { input, output: undefined };
  if (ending.type === 'fail') {
    if (input.type !== 'cas' || ending.error !== undefined) return undefined;
    return { input, output: { type: 'mismatch' } };
  }
  if (input.type === 'read')
    return { input, output: { type: 'value', value: jsonOf(ending.value) } };
  const isOther = ending.value !== null && jsonOf(ending.value) !== jsonOf(attempt.value);
  if (isOther) throw new Error(`${ending.place}: the ok of a ${attempt.f} has another value`);
  return { input, output: { type: 'done' } };
}

function inputOf(attempt: Attempt): RegisterInput {
  const { f, value } = attempt;
  if (f === 'read') return { type: 'read' };
  if (f === 'write') return { type: 'write', value: jsonOf(value) };
  if (f === 'cas' && Array.isArray(value) && value.length === 2) {
    return { type: 'cas', expected: jsonOf(value[0]), value: jsonOf(value[1]) };
  }
  throw new Error(`${attempt.place}: a register has no ${f} of ${jsonOf(value)}`);
}

/** Values that no call reads or expects are all alike: none of them is any that is seen. */
function behaviourIn(calls: readonly RegisterCall[]): RegisterBehaviour {
  const seen = new Set<string>();
  for (const { input, output } of calls) {
    if (input.type === 'cas') seen.add(input.expected);
    if (output?.type === 'value') seen.add(output.value);
  }
  const unseen = new Set<string>();
  for (const { input } of calls) {
    if (input.type !== 'read' && !seen.has(input.value)) unseen.add(input.value);
  }
  const written = (value: string) => (seen.has(value) ? value : NEVER_SEEN);
  return {
    initial: 'null',
    step: (state, input, output) => {
      const after = stepOf(state, input, output);
      return after === undefined || after === state ? after : written(after);
    },
    onlyReads: (input, output) => input.type === 'read' || output?.type === 'mismatch',
    nameState: (state) => state,
    nameInput: (input) =>
      describeInput(input.type === 'read' ? input : { ...input, value: written(input.value) }),
    describeState: (state) =>
      state === NEVER_SEEN && unseen.size <= MAX_NAMED_VALUES ? [...unseen].join(' or ') : state,
    routeOf: (input, output) => {
      if (output?.type === 'mismatch') return undefined;
      if (input.type === 'read') {
        return { from: output?.type === 'value' ? output.value : undefined, to: undefined };
      }
      return { from: input.type === 'cas' ? input.expected : undefined, to: written(input.value) };
    },
  };
}

function stepOf(
  state: RegisterState,
  input: RegisterInput,
  output: RegisterOutput | undefined,
): RegisterState | undefined {
  if (input.type === 'write') return input.value;
  if (input.type === 'read') {
    return output?.type === 'value' && output.value !== state ? undefined : state;
  }
  const matches = state === input.expected;
  if (output?.type === 'mismatch') return matches ? undefined : state;
  return matches ? input.value : undefined;
}

function describe(input: RegisterInput, output: RegisterOutput | undefined): string {
  const text = describeInput(input);
  if (output?.type === 'value') return `${text} -> ${output.value}`;
  return output?.type === 'mismatch' ? `${text} -> did not match` : text;
}

function describeInput(input: RegisterInput): string {
  if (input.type === 'read') return 'read';
  if (input.type === 'write') return `write ${input.value}`;
  return `cas ${input.expected} to ${input.value}`;
}
