/** A key that holds a text, empty at first, with `put`, `append` and `get`. */
import type { Attempt } from './attempt.ts';
import type { Asked, Behaviour, Call, Model } from './model.ts';
import { NOWHERE, SeenTexts, type TextPlace } from './seen-texts.ts';

export type TextInput =
  | { readonly type: 'put' | 'append'; readonly text: string }
  | { readonly type: 'get' };

/** What a `get` got; of the others, the empty text. */
export type TextOutput = string;

type TextCall = Call<TextInput, TextOutput>;

/** How many characters of a text a verdict shows: its end, where texts that grow differ. */
const MAX_DESCRIBED_CHARS = 120;

export const textModel: Model<TextPlace, TextInput, TextOutput> = {
  keysOf: (attempt) => [attempt.key],
  callOf,
  behaviourIn,
  describe,
};

function callOf(attempt: Attempt): Asked<TextInput, TextOutput> | undefined {
  const { ending } = attempt;
  const input = inputOf(attempt);
  if (ending?.type === 'fail') return undefined;
  if (ending === undefined) return input.type === 'get' ? undefined : { input, output: undefined };
  if (input.type === 'get') return { input, output: textOf(ending.value, ending.place) };
  if (ending.value !== null && ending.value !== input.text) {
    throw new Error(`${ending.place}: the ok of ${input.type} has another value`);
  }
  return { input, output: '' };
}

function inputOf(attempt: Attempt): TextInput {
  const { f, value } = attempt;
  if (f === 'get') return { type: 'get' };
  if (f === 'put' || f === 'append') return { type: f, text: textOf(value, attempt.place) };
  throw new Error(`${attempt.place}: a text has no ${f}`);
}

function textOf(value: unknown, place: string): string {
  if (typeof value === 'string') return value;
  throw new Error(`${place}: a value is not a text`);
}

/** Of the text that is there, only what it has in common with any that was got is known. */
function behaviourIn(calls: readonly TextCall[]): Behaviour<TextPlace, TextInput, TextOutput> {
  const gets = calls.filter(({ input }) => input.type === 'get');
  const seen = new SeenTexts(gets.map(({ output }) => output ?? ''));
  return {
    initial: seen.placeOf(''),
    step: (place, input, output) => {
      if (input.type === 'put') return seen.placeOf(input.text);
      if (input.type === 'append') return seen.appended(place, input.text);
      return output === undefined || seen.placeOf(output) === place ? place : undefined;
    },
    onlyReads: (input) => input.type === 'get',
    nameState: String,
    nameInput: (input) => JSON.stringify(input),
    isDeadEnd: (place) => place === NOWHERE,
    describeState: (place) => {
      const text = seen.textAt(place);
      return place === NOWHERE || text === undefined ? 'a text that nobody got' : quoted(text);
    },
  };
}

function describe(input: TextInput, output: TextOutput | undefined): string {
  if (input.type !== 'get') return `${input.type} ${quoted(input.text)}`;
  return output === undefined ? 'get' : `get -> ${quoted(output)}`;
}

function quoted(text: string): string {
  if (text.length <= MAX_DESCRIBED_CHARS) return JSON.stringify(text);
  const end = JSON.stringify(text.slice(-MAX_DESCRIBED_CHARS));
  return `(${text.length} characters, ending in) ${end}`;
}
