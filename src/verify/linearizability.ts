/**
 * Whether a recorded history is linearizable: whether there is one order of all its calls, each
 * at a moment between its beginning and its end, in which every answer is right (Herlihy and
 * Wing, 1990). Linearizability is local: a history is linearizable if and only if it is for each
 * part that has nothing in common with the others, mostly one key. So the parts are searched
 * apart, in turns, and the first that is refuted ends the check.
 *
 * There are three verdicts. `undecided` says that a limit was reached first: it is no pass.
 */
import { attemptsOf } from './attempt.ts';
import { describeOffence } from './finding.ts';
import type { HistoryEvent } from './history.ts';
import { callsOf, type Behaviour, type Call, type Defined, type Model } from './model.ts';
import { OffenceFinder, type Offence } from './offence.ts';
import { partsOf } from './parts.ts';
import { Search, type SearchLimits } from './search.ts';
import { searchInTurns, type TurnsResult } from './turns.ts';

/** For one check, of all its parts together. */
export const DEFAULT_SEARCH_LIMITS: SearchLimits = {
  maxSteps: 50_000_000,
  maxMemoryBytes: 512 * 1024 * 1024,
};

export interface Verdict {
  /** Of any part not linearizable, else of any undecided. */
  readonly type: CallsVerdict<unknown, unknown, unknown>['type'];
  /** How much was checked: a history in which nothing happened is linearizable too. */
  readonly keys: number;
  readonly knownCalls: number;
  readonly unknownCalls: number;
  /** How many parts had no verdict yet when another was refuted; mostly a part is one key. */
  readonly openParts: number;
  /** One text for the part that is not linearizable, if any, and one for each undecided. */
  readonly findings: readonly string[];
}

export type CallsVerdict<State, Input, Output> =
  | { readonly type: 'linearizable' }
  | { readonly type: 'notLinearizable'; readonly offence: Offence<State, Input, Output> }
  | { readonly type: 'undecided'; readonly limit: keyof SearchLimits };

interface Part<State extends Defined, Input, Output> {
  readonly name: string;
  readonly calls: readonly Call<Input, Output>[];
  readonly behaviour: Behaviour<State, Input, Output>;
}

/** Throws where the history contradicts its format, or holds a call that the model has not. */
export function checkHistory<State extends Defined, Input, Output>(
  events: readonly HistoryEvent[],
  model: Model<State, Input, Output>,
  limits: SearchLimits = DEFAULT_SEARCH_LIMITS,
): Verdict {
  const groups = partsOf(attemptsOf(events), (attempt) => model.keysOf(attempt));
  const parts = groups.map(({ keys, attempts }) => {
    const calls = callsOf(attempts, model);
    return { name: nameOf(keys), calls, behaviour: model.behaviourIn(calls) };
  });
  const results = searchParts(parts, limits);
  const unit = events.some((event) => event.line !== undefined) ? 'line' : 'event';
  const offences = parts.flatMap((part, index) => {
    const result = results[index];
    if (result?.type !== 'none') return [];
    const offence = new OffenceFinder(part.behaviour, limits).find(part.calls, result);
    return [`${part.name}: ${describeOffence(offence, model, { ...part, unit })}`];
  });
  const undecided = parts.flatMap((part, index) =>
    describeLimit(part.name, results[index], limits),
  );
  const type = offences.length > 0 ? 'notLinearizable' : undecided.length > 0 ? 'undecided' : null;
  const calls = parts.flatMap((part) => part.calls);
  const knownCalls = calls.filter((call) => call.returned !== undefined).length;
  return {
    type: type ?? 'linearizable',
    keys: groups.reduce((sum, { keys }) => sum + keys.length, 0),
    knownCalls,
    unknownCalls: calls.length - knownCalls,
    openParts: results.filter((result) => result.type === 'open').length,
    findings: [...offences, ...undecided],
  };
}

/** Of calls that are checked at once, in the order of their beginnings. */
export function checkCalls<State extends Defined, Input, Output>(
  calls: readonly Call<Input, Output>[],
  model: Model<State, Input, Output>,
  limits: SearchLimits = DEFAULT_SEARCH_LIMITS,
): CallsVerdict<State, Input, Output> {
  const behaviour = model.behaviourIn(calls);
  const [result] = searchParts([{ name: '', calls, behaviour }], limits);
  if (result?.type === 'undecided') return result;
  if (result?.type !== 'none') return { type: 'linearizable' };
  const offence = new OffenceFinder(behaviour, limits).find(calls, result);
  return { type: 'notLinearizable', offence };
}

function searchParts<State extends Defined, Input, Output>(
  parts: readonly Part<State, Input, Output>[],
  limits: SearchLimits,
): readonly TurnsResult<State>[] {
  const begin = parts.map(({ calls, behaviour }) => {
    return () => new Search(behaviour, { calls, starts: [behaviour.initial], all: false });
  });
  return searchInTurns<State>(begin, limits);
}

/** How many keys a finding names. */
const MAX_NAMED_KEYS = 5;

function nameOf(keys: readonly string[]): string {
  const named = keys.slice(0, MAX_NAMED_KEYS).map((key) => JSON.stringify(key));
  const others = keys.length - named.length;
  const more = others > 0 ? ` and ${others} more` : '';
  return `${keys.length > 1 ? 'keys' : 'key'} ${named.join(', ')}${more}`;
}

function describeLimit(
  name: string,
  result: TurnsResult<unknown> | undefined,
  limits: SearchLimits,
): readonly string[] {
  if (result?.type !== 'undecided') return [];
  const { limit } = result;
  return [`${name}: undecided, ${limit} (${limits[limit]}) was reached`];
}
