/** What a verdict says of an offence, to a reader who has the history beside it. */
import type { Behaviour, Call, Defined, Model } from './model.ts';
import type { Offence } from './offence.ts';

/** How many calls and states a finding tells; the offence itself holds all. */
const MAX_DESCRIBED_CALLS = 40;
const MAX_DESCRIBED_STATES = 8;

interface Place<State extends Defined, Input, Output> {
  readonly behaviour: Behaviour<State, Input, Output>;
  /** What the numbers of events are. */
  readonly unit: 'line' | 'event';
}

export function describeOffence<State extends Defined, Input, Output>(
  offence: Offence<State, Input, Output>,
  model: Model<State, Input, Output>,
  { behaviour, unit }: Place<State, Input, Output>,
): string {
  const lineOf = ({ process, input, output, invoked, returned }: Call<Input, Output>) =>
    `process ${process}: ${model.describe(input, output)} (${unit}s ${invoked} to ${returned})`;
  const explanations = offence.explanations.flatMap(
    ({ after, states, part, isShortest }, index) => {
      const told = states
        .slice(0, MAX_DESCRIBED_STATES)
        .map((state) => behaviour.describeState(state));
      const more = states.length > told.length ? ` or ${states.length - told.length} others` : '';
      const start =
        after === 0 ? 'At the beginning there is' : `After ${unit} ${after} there can only be`;
      const described = part.slice(-MAX_DESCRIBED_CALLS).map((call) => `    ${lineOf(call)}`);
      const others = part.length - described.length;
      return [
        `  ${index === 0 ? '' : 'Or: '}${start} ${told.join(' or ')}${more}.`,
        `  From there, these have no order, whatever else took effect:`,
        ...(others > 0 ? [`    (${others} that began earlier)`] : []),
        ...described,
        ...(isShortest ? [] : ['  There may be fewer: the search for them was cut short.']),
      ];
    },
  );
  return [`not linearizable. No order explains ${lineOf(offence.call)}`, ...explanations].join(
    '\n',
  );
}
