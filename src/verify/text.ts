/** A key that holds a text, empty at first, with `put`, `append` and `get`. */
import type { Attempt } from './attempt.ts';
import type { Asked, Model } from './model.ts';

export type TextInput =
  | { readonly type: 'put' | 'append'; readonly text: string }
  | { readonly type: 'get' };

/** What a `get` got; of the others, the empty text. */
export type TextOutput = string;

export const textModel: Model<string, TextInput, TextOutput> = {
  initial: '',
  callOf,
  step,
  onlyReads: (input) => input.type === 'get',
  simplify: (calls) => calls,
  nameState: (state) => state,
  nameInput: (input) => JSON.stringify(input),
  describe,
};

function callOf(attempt: Attempt): Asked<TextInput, TextOutput> | undefined {
  const { ending } = attempt;
  if (ending?.type === 'fail') return undefined;
  const input = inputOf(attempt);
  if (ending === undefined) return input.type === 'get' ? undefined : { input, output: undefined };
  return { input, output: input.type === 'get' ? textOf(ending.value, attempt) : '' };
}

function inputOf(attempt: Attempt): TextInput {
  const { f, value } = attempt;
  if (f === 'get') return { type: 'get' };
  if (f === 'put' || f === 'append') return { type: f, text: textOf(value, attempt) };
  throw new Error(`event ${attempt.invoked}: a text has no ${f}`);
}

function step(state: string, input: TextInput, output: TextOutput | undefined): string | undefined {
  if (input.type === 'put') return input.text;
  if (input.type === 'append') return state + input.text;
  return output === undefined || output === state ? state : undefined;
}

function describe(input: TextInput, output: TextOutput | undefined): string {
  if (input.type !== 'get') return `${input.type} ${JSON.stringify(input.text)}`;
  return output === undefined ? 'get' : `get -> ${JSON.stringify(output)}`;
}

function textOf(value: unknown, attempt: Attempt): string {
  if (typeof value === 'string') return value;
  throw new Error(`event ${attempt.invoked}: a value is not a text`);
}
