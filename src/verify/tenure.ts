/**
 * Something that is held for a time to live and renewed: a lock under one fence, or a lease. It may not
 * end before its time is up, unless it was given back, and what is over stays over. How late it ends is
 * not looked at.
 */
import type { Attempt } from './attempt.ts';
import { isRecord, isWhole } from './json.ts';
import { isBefore } from './moments.ts';
import { describeCall, refuseCall, type Violations } from './report.ts';

export interface Clocks {
  /** By how much in a thousand the clock of whoever counts the time may be ahead of the history's. */
  readonly driftPerMille: number;
}

/** As `timing.leaseDriftPerMille` by default. */
export const DEFAULT_CLOCKS: Clocks = { driftPerMille: 50 };
/** Both the store and the recorder round. */
const ROUNDING_US = 2_000;
const US_PER_MS = 1_000;

export type TenureKind = 'early' | 'late';

export class Tenure {
  readonly #name: string;
  readonly #ttlMs: number;
  /** The last to begin of those that gave it its whole time to live. */
  #renewal: Attempt | undefined;
  /** The first to end of those by whose answer it was over. */
  #over: Attempt | undefined;
  /** The first to begin of those that may have given it back. */
  #givenBack: Attempt | undefined;
  readonly #uses: Attempt[] = [];

  constructor(name: string, ttlMs: number) {
    this.#name = name;
    this.#ttlMs = ttlMs;
  }

  renewed(attempt: Attempt): void {
    if (this.#renewal === undefined || this.#renewal.invoked < attempt.invoked) {
      this.#renewal = attempt;
    }
  }

  givenBack(attempt: Attempt): void {
    if (this.#givenBack === undefined || this.#givenBack.invoked > attempt.invoked) {
      this.#givenBack = attempt;
    }
  }

  /** Was acknowledged, as it would not have been once the tenure was over. */
  used(attempt: Attempt): void {
    this.#uses.push(attempt);
  }

  /** By the end of this call it was over. */
  over(attempt: Attempt): void {
    const at = attempt.ending?.at ?? Number.POSITIVE_INFINITY;
    if (at < (this.#over?.ending?.at ?? Number.POSITIVE_INFINITY)) this.#over = attempt;
  }

  check(clocks: Clocks, violations: Violations<TenureKind>): void {
    const over = this.#over;
    if (over === undefined) return;
    this.#checkTime(over, clocks, violations);
    for (const use of this.#uses) {
      if (!isBefore(over, use)) continue;
      const why = `${this.#name} was over at the end of ${describeCall(over)}, and serves`;
      violations.add('late', use, () => `${why} ${describeCall(use)}`);
    }
  }

  #checkTime(over: Attempt, clocks: Clocks, violations: Violations<TenureKind>): void {
    const renewal = this.#renewal;
    const { ending } = over;
    if (renewal === undefined || ending === undefined || isBefore(over, renewal)) return;
    const mayBeGivenBack = this.#givenBack !== undefined && this.#givenBack.invoked < ending.at;
    const ttlUs = this.#ttlMs * US_PER_MS;
    const leastUs = ttlUs - (ttlUs * clocks.driftPerMille) / 1000 - ROUNDING_US;
    const livedUs = ending.time - renewal.time;
    if (mayBeGivenBack || livedUs >= leastUs) return;
    const lived = `${Math.round(livedUs / US_PER_MS)} of ${this.#ttlMs} ms`;
    const why = `${this.#name} ended at most ${lived} after the start of ${describeCall(renewal)}`;
    violations.add('early', over, () => `${why}, as shown by ${describeCall(over)}`);
  }
}

/** Of an `acquire` or a `grant`. */
export function ttlMsOf(attempt: Attempt): number {
  const ttlMs = isRecord(attempt.value) ? attempt.value['ttlMs'] : undefined;
  return isWhole(ttlMs) ? ttlMs : refuseCall('a lease', attempt);
}
