/**
 * A register with compare-and-set, the model of one key: `read`, `write` and `cas` of history.ts.
 * Values are compared as JSON texts; `null` stands for an absent key, at first too, so that a
 * write of null is a deletion and a cas from null is a creation.
 */
import type { Attempt } from './attempt.ts';
import type { Asked, Call, Model } from './model.ts';

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

/** Stands for every value that no call reads or expects. It is no JSON text. */
const NEVER_SEEN = 'a value that no call reads or expects';

export const registerModel: Model<RegisterState, RegisterInput, RegisterOutput> = {
  initial: 'null',
  callOf,
  step,
  onlyReads: (input, output) => input.type === 'read' || output?.type === 'mismatch',
  simplify,
  nameState: (state) => state,
  nameInput: describeInput,
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
  if (input.type !== 'read') return { input, output: { type: 'done' } };
  return { input, output: { type: 'value', value: textOf(ending.value) } };
}

function inputOf(attempt: Attempt): RegisterInput {
  const { f, value } = attempt;
  if (f === 'read') return { type: 'read' };
  if (f === 'write') return { type: 'write', value: textOf(value) };
  if (f === 'cas' && Array.isArray(value) && value.length === 2) {
    return { type: 'cas', expected: textOf(value[0]), value: textOf(value[1]) };
  }
  throw new Error(`event ${attempt.invoked}: a register has no ${f} of ${textOf(value)}`);
}

function step(
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

/** Values that no call reads or expects are all alike: none of them is any that is seen. */
function simplify(calls: readonly RegisterCall[]): readonly RegisterCall[] {
  const seen = new Set<string>();
  for (const { input, output } of calls) {
    if (input.type === 'cas') seen.add(input.expected);
    if (output?.type === 'value') seen.add(output.value);
  }
  return calls.map((call) => {
    const { input } = call;
    if (input.type === 'read' || seen.has(input.value)) return call;
    return { ...call, input: { ...input, value: NEVER_SEEN } };
  });
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

function textOf(value: unknown): string {
  return JSON.stringify(value ?? null);
}
