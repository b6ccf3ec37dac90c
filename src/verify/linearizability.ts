/**
 * Whether a recorded history is linearizable: whether there is one order of all its calls, each
 * at a moment between its beginning and its end, in which every answer is right (Herlihy and
 * Wing, 1990). Linearizability is local: a history is linearizable if and only if it is for each
 * key alone, so each key is checked alone.
 *
 * There are three verdicts. `undecided` says that a limit was reached first: it is no pass.
 */
import { attemptsOf, type Attempt } from './attempt.ts';
import type { HistoryEvent } from './history.ts';
import { callsOf, type Call, type Defined, type Model } from './model.ts';
import { OffenceFinder, type Offence } from './offence.ts';
import { Search, type SearchLimits } from './search.ts';

/** For each key. */
export const DEFAULT_SEARCH_LIMITS: SearchLimits = {
  maxSteps: 50_000_000,
  maxMemoryBytes: 512 * 1024 * 1024,
};

/** How many calls of an offence a finding tells; the offence itself holds all. */
const MAX_DESCRIBED_CALLS = 40;

export type KeyVerdict<State, Input, Output> =
  | { readonly type: 'linearizable' }
  | { readonly type: 'notLinearizable'; readonly offence: Offence<State, Input, Output> }
  | { readonly type: 'undecided'; readonly limit: keyof SearchLimits };

export interface Verdict {
  /** Of any key not linearizable, else of any undecided. */
  readonly type: KeyVerdict<unknown, unknown, unknown>['type'];
  /** How much was checked: a history in which nothing happened is linearizable too. */
  readonly keys: number;
  readonly knownCalls: number;
  readonly unknownCalls: number;
  /** One text for each key that is not linearizable, then one for each that is undecided. */
  readonly findings: readonly string[];
}

/** Throws where the history contradicts its format, or holds a call that the model has not. */
export function checkHistory<State extends Defined, Input, Output>(
  events: readonly HistoryEvent[],
  model: Model<State, Input, Output>,
  limits: SearchLimits = DEFAULT_SEARCH_LIMITS,
): Verdict {
  const byKey = attemptsByKey(events);
  const offences: string[] = [];
  const undecided: string[] = [];
  let [knownCalls, unknownCalls] = [0, 0];
  for (const [key, attempts] of byKey) {
    const calls = callsOf(attempts, model);
    const known = calls.filter((call) => call.returned !== undefined).length;
    knownCalls += known;
    unknownCalls += calls.length - known;
    const verdict = checkCalls(calls, model, limits);
    if (verdict.type === 'notLinearizable')
      offences.push(describeOffence(key, verdict.offence, model));
    if (verdict.type === 'undecided') undecided.push(describeLimit(key, verdict.limit, limits));
  }
  const counts = { keys: byKey.size, knownCalls, unknownCalls };
  const findings = [...offences, ...undecided];
  if (offences.length > 0) return { type: 'notLinearizable', ...counts, findings };
  return { type: undecided.length > 0 ? 'undecided' : 'linearizable', ...counts, findings };
}

/** Of calls that are checked at once, in the order of their beginnings. */
export function checkCalls<State extends Defined, Input, Output>(
  calls: readonly Call<Input, Output>[],
  model: Model<State, Input, Output>,
  limits: SearchLimits = DEFAULT_SEARCH_LIMITS,
): KeyVerdict<State, Input, Output> {
  const simple = model.simplify(calls);
  const result = new Search(model, simple, limits).run([model.initial], false);
  if (result.type === 'found') return { type: 'linearizable' };
  if (result.type === 'undecided') return { type: 'undecided', limit: result.limit };
  const found = new OffenceFinder(model, limits).find(simple, result.blocking);
  const originals = new Map(calls.map((call) => [call.invoked, call]));
  const original = (call: Call<Input, Output>) => {
    return { ...call, input: originals.get(call.invoked)?.input ?? call.input };
  };
  const { states } = found;
  const offence = { call: original(found.call), part: found.part.map(original), states };
  return { type: 'notLinearizable', offence };
}

function attemptsByKey(events: readonly HistoryEvent[]): ReadonlyMap<string, Attempt[]> {
  const byKey = new Map<string, Attempt[]>();
  for (const attempt of attemptsOf(events)) {
    const attempts = byKey.get(attempt.key);
    if (attempts === undefined) byKey.set(attempt.key, [attempt]);
    else attempts.push(attempt);
  }
  return byKey;
}

function describeLimit(key: string, limit: keyof SearchLimits, limits: SearchLimits): string {
  return `key ${JSON.stringify(key)}: undecided, ${limit} (${limits[limit]}) was reached`;
}

function describeOffence<State extends Defined, Input, Output>(
  key: string,
  offence: Offence<State, Input, Output>,
  model: Model<State, Input, Output>,
): string {
  const lineOf = (call: Call<Input, Output>) => {
    const text = model.describe(call.input, call.output);
    const end = call.returned === undefined ? 'unknown from there on' : `to ${call.returned}`;
    return `process ${call.process}: ${text} (events ${call.invoked} ${end})`;
  };
  const states = offence.states.map((state) => model.nameState(state)).join(' or ');
  const described = offence.part.slice(-MAX_DESCRIBED_CALLS).map((call) => `  ${lineOf(call)}`);
  const others = offence.part.length - described.length;
  return [
    `key ${JSON.stringify(key)}: not linearizable. No order explains ${lineOf(offence.call)}`,
    `  starting from ${states}, these calls have none:`,
    ...(others > 0 ? [`  (${others} that began earlier)`] : []),
    ...described,
  ].join('\n');
}
