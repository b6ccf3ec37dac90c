/** What the checkers say that look for violations of a promise, one by one, and count them. */
import type { Attempt } from './attempt.ts';
import { jsonOf } from './json.ts';

export interface Report {
  readonly type: 'passed' | 'failed';
  /** Each kind of violation by its name, 0 too, and how much was looked at. */
  readonly counts: Readonly<Record<string, number>>;
  /** Some of the violations: those of the calls that began first, in that order. */
  readonly findings: readonly ReportFinding[];
}

export interface ReportFinding {
  readonly text: string;
  /** The `time` at which the call began whose answer shows it. */
  readonly atUs?: number;
  readonly process?: number;
}

interface Found {
  readonly kind: string;
  readonly attempt: Attempt;
  readonly textOf: () => string;
}

const MAX_FINDINGS = 20;
/** So many are gathered before those are thrown away that began last. */
const MAX_GATHERED = 10 * MAX_FINDINGS;
const MAX_VALUE_LETTERS = 80;

export class Violations<Kind extends string> {
  readonly #counts: Map<string, number>;
  #found: Found[] = [];
  /** A call that began then, or later, is not told of any more. */
  #lastTold = Number.POSITIVE_INFINITY;

  constructor(kinds: readonly Kind[]) {
    this.#counts = new Map<string, number>(kinds.map((kind) => [kind, 0]));
  }

  /** `attempt` is the call whose answer shows it. */
  add(kind: Kind, attempt: Attempt, textOf: () => string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    if (attempt.invoked >= this.#lastTold) return;
    this.#found.push({ kind, attempt, textOf });
    if (this.#found.length < MAX_GATHERED) return;
    this.#found = this.#first();
    this.#lastTold = this.#found.at(-1)?.attempt.invoked ?? this.#lastTold;
  }

  report(figures: Readonly<Record<string, number>>): Report {
    const found = this.#first();
    return {
      type: found.length > 0 ? 'failed' : 'passed',
      counts: { ...figures, ...Object.fromEntries(this.#counts) },
      findings: found.map(({ kind, textOf, attempt: { time, process } }) => ({
        text: `${kind}: ${textOf()}`,
        atUs: time,
        process,
      })),
    };
  }

  #first(): Found[] {
    return this.#found
      .toSorted((a, b) => a.attempt.invoked - b.attempt.invoked)
      .slice(0, MAX_FINDINGS);
  }
}

/** For a finding: `process 3: read -> [17] (lines 5 to 8)`. */
export function describeCall(attempt: Attempt): string {
  const { value, ending } = attempt;
  const isTold = ending?.type === 'ok' && ending.value !== null;
  const isNew = isTold && jsonOf(ending.value) !== jsonOf(value);
  return describe(attempt, isNew ? ` -> ${shortOf(ending.value)}` : '');
}

/** Without what was answered. */
export function describeAsked(attempt: Attempt): string {
  return describe(attempt, '');
}

function describe({ process, f, value, ending, place, invoked }: Attempt, told: string): string {
  const call = `process ${process}: ${f}${value === null ? '' : ` ${shortOf(value)}`}${told}`;
  if (ending === undefined) return `${call} (${place}, unknown)`;
  const failed = ending.type === 'fail' ? ', failed' : '';
  return `${call} (${place.split(' ')[0]}s ${invoked} to ${ending.at}${failed})`;
}

function shortOf(value: unknown): string {
  const json = jsonOf(value);
  return json.length > MAX_VALUE_LETTERS ? `${json.slice(0, MAX_VALUE_LETTERS)}...` : json;
}

/** Throws: the history holds a call, or an answer, that the model has not. */
export function refuseCall(what: string, { place, f, value }: Attempt): never {
  throw new Error(`${place}: ${what} has no ${f} of ${shortOf(value)}`);
}

export function refuseAnswer({ ending, place, f }: Attempt): never {
  throw new Error(`${ending?.place ?? place}: no answer to a ${f}: ${shortOf(ending?.value)}`);
}
