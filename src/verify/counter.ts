/**
 * Counters to which each `add` adds exactly once (docs/histories.md, `counter`). What is read has
 * bounds; where all amounts are above 0, what each `add` answers takes a stretch of numbers that no
 * other takes, and the gaps between those stretches are left by adds that answered no number.
 */
import { attemptsOf, type Attempt } from './attempt.ts';
import type { HistoryEvent } from './history.ts';
import { isRecord, isWhole, jsonOf } from './json.ts';
import { byKey, hasFailed, momentsOf, type Moment } from './moments.ts';
import { describeCall, refuseAnswer, refuseCall, Violations, type Report } from './report.ts';
import { Sums, type Sum } from './sums.ts';

const KINDS = ['low', 'high', 'backward', 'overlapping', 'unexplained'] as const;

interface Call {
  readonly attempt: Attempt;
  /** 0 of a read. */
  readonly amount: number;
  /** What was read, or what the counter was right after the `add`; `undefined`: nobody knows. */
  readonly told: number | undefined;
}

/** Taken when a call begins. */
interface Before {
  readonly done: Sum;
  /** The highest that had been told. */
  readonly highest: number;
}

/** A call that told a number. */
interface Look {
  readonly attempt: Attempt;
  readonly amount: number;
  readonly told: number;
  /** The amounts, all together, that may be in it and of which no `add` answered where. */
  readonly untold: number;
  readonly isTooHigh: boolean;
}

export function checkCounter(events: readonly HistoryEvent[]): Report {
  const violations = new Violations(KINDS);
  const figures = { counters: 0, adds: 0, acknowledged: 0, unknown: 0, reads: 0 };
  for (const [name, attempts] of byKey(attemptsOf(events))) {
    const calls = attempts.map(callOf).filter(({ attempt }) => !hasFailed(attempt));
    const adds = calls.filter(({ amount }) => amount !== 0);
    const acknowledged = adds.filter(({ attempt }) => attempt.ending !== undefined).length;
    figures.counters += 1;
    figures.adds += adds.length;
    figures.acknowledged += acknowledged;
    figures.unknown += adds.length - acknowledged;
    figures.reads += calls.filter(({ amount, told }) => amount === 0 && told !== undefined).length;
    new Counter(name, calls, violations).check();
  }
  return violations.report(figures);
}

class Counter {
  readonly #name: string;
  readonly #calls: readonly Call[];
  readonly #violations: Violations<(typeof KINDS)[number]>;
  readonly #grows: boolean;
  readonly #before = new Map<Call, Before>();
  readonly #looks: Look[] = [];
  readonly #sums = new Sums();
  #untold = 0;
  #highest = Number.NEGATIVE_INFINITY;

  constructor(
    name: string,
    calls: readonly Call[],
    violations: Violations<(typeof KINDS)[number]>,
  ) {
    this.#name = `counter ${JSON.stringify(name)}`;
    this.#calls = calls;
    this.#violations = violations;
    this.#grows = calls.every(({ amount }) => amount >= 0);
  }

  check(): void {
    for (const moment of momentsOf(this.#calls)) this.#pass(moment);
    if (this.#grows) this.#checkStretches();
  }

  #pass({ call, isEnd }: Moment<Call>): void {
    const { amount, told } = call;
    if (!isEnd) {
      this.#sums.begin(amount);
      if (told === undefined) this.#untold += amount;
      this.#before.set(call, { done: this.#sums.done(), highest: this.#highest });
      return;
    }
    const before = this.#before.get(call);
    this.#before.delete(call);
    if (told !== undefined && before !== undefined) this.#look(call, told, before);
    this.#sums.end(amount);
  }

  #look({ attempt, amount }: Call, told: number, { done, highest }: Before): void {
    const bounds = this.#sums.bounds(done);
    const low = bounds.low + Math.max(amount, 0);
    const high = bounds.high + Math.min(amount, 0);
    const least = `${this.#name}: at least ${low} had been added at`;
    const isBackward = this.#grows && (amount > 0 ? told <= highest : told < highest);
    if (told < low) this.#add('low', attempt, least);
    else if (told > high) {
      this.#add('high', attempt, `${this.#name}: at most ${high} had been added at`);
    } else if (isBackward) {
      this.#add('backward', attempt, `${this.#name}: ${highest} had been told before`);
    }
    const isTooHigh = told > high;
    this.#highest = Math.max(this.#highest, told);
    this.#looks.push({ attempt, amount, told, untold: this.#untold, isTooHigh });
  }

  /** By their numbers, each `add` before a read of the same. */
  #checkStretches(): void {
    const looks = this.#looks.toSorted((a, b) => a.told - b.told || b.amount - a.amount);
    let last: Look | undefined;
    let explained = 0;
    for (const look of looks) {
      const { attempt, amount, told, untold } = look;
      if (last !== undefined && amount > 0 && told - amount < last.told) {
        const what = `${this.#name}: ${last.told} is told by ${describeCall(last.attempt)}`;
        this.#add('overlapping', attempt, `${what}, which is passed over by`);
      }
      last = look;
      explained += amount;
      if (told - explained <= untold || look.isTooHigh) continue;
      const gaps = `${told - explained} of it are of adds that told no number, at most ${untold} at`;
      this.#add('unexplained', attempt, `${this.#name}: ${gaps}`);
      return;
    }
  }

  #add(kind: (typeof KINDS)[number], attempt: Attempt, why: string): void {
    this.#violations.add(kind, attempt, () => `${why} ${describeCall(attempt)}`);
  }
}

function callOf(attempt: Attempt): Call {
  const { f, value, ending } = attempt;
  if (f === 'read') {
    const told = ending?.type === 'ok' ? (ending.value ?? 0) : undefined;
    if (told !== undefined && !isWhole(told)) return refuseAnswer(attempt);
    return { attempt, amount: 0, told };
  }
  if (f !== 'add' || !isWhole(value) || value === 0) return refuseCall('a counter', attempt);
  return { attempt, amount: value, told: afterOf(attempt) };
}

function afterOf(attempt: Attempt): number | undefined {
  const { value, ending } = attempt;
  if (ending?.type !== 'ok' || ending.value === null) return undefined;
  if (isRecord(ending.value)) {
    const { after } = ending.value;
    return isWhole(after) ? after : refuseAnswer(attempt);
  }
  return jsonOf(ending.value) === jsonOf(value) ? undefined : refuseAnswer(attempt);
}
