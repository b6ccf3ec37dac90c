/**
 * Locks with fences, and leases with keys (docs/histories.md, `lock`). A lock under one fence is over
 * when anything is answered under a higher one. A `fail` without `error` says that it, or the lease,
 * is over; so does a key that is gone.
 */
import { attemptsOf, type Attempt } from './attempt.ts';
import type { HistoryEvent } from './history.ts';
import { isRecord, isWhole } from './json.ts';
import { Leases } from './leases.ts';
import { byKey, hasFailed, isRefusal, momentsOf } from './moments.ts';
import { describeCall, refuseAnswer, refuseCall, Violations, type Report } from './report.ts';
import { DEFAULT_CLOCKS, Tenure, ttlMsOf, type Clocks } from './tenure.ts';

const KINDS = ['fences', 'early', 'late'] as const;
const LOCK_CALLS: ReadonlySet<string> = new Set(['acquire', 'renew', 'release', 'write']);

interface LockCall {
  readonly attempt: Attempt;
  /** Of an `acquire` that was not acknowledged there is none. */
  readonly fence: number | undefined;
}

/** All that was called under one fence, the `acquire` that gave it apart. */
interface Term {
  readonly acquire: Attempt | undefined;
  readonly calls: Attempt[];
}

export function checkLock(
  events: readonly HistoryEvent[],
  clocks: Clocks = DEFAULT_CLOCKS,
): Report {
  const violations = new Violations<(typeof KINDS)[number]>(KINDS);
  const attempts = attemptsOf(events);
  const ofLocks = attempts.filter(({ f }) => LOCK_CALLS.has(f));
  const figures = { locks: 0, acquired: 0, fencedWrites: 0, refusedWrites: 0 };
  for (const [name, calls] of byKey(ofLocks)) {
    const lock = new Lock(name, calls.map(callOf), violations);
    lock.check(clocks);
    figures.locks += 1;
    figures.acquired += lock.terms.size;
    const writes = calls.filter(({ f }) => f === 'write');
    figures.fencedWrites += writes.filter(({ ending }) => ending?.type === 'ok').length;
    figures.refusedWrites += writes.filter(isRefusal).length;
  }
  const leases = new Leases(attempts.filter(({ f }) => !LOCK_CALLS.has(f)));
  leases.check(clocks, violations);
  return violations.report({ ...figures, ...leases.figures() });
}

class Lock {
  /** By the fence, in the order in which they were acquired. */
  readonly terms = new Map<number, Term>();
  readonly #name: string;
  readonly #calls: readonly LockCall[];
  readonly #violations: Violations<(typeof KINDS)[number]>;

  constructor(
    name: string,
    calls: readonly LockCall[],
    violations: Violations<(typeof KINDS)[number]>,
  ) {
    this.#name = `lock ${JSON.stringify(name)}`;
    this.#calls = calls;
    this.#violations = violations;
  }

  check(clocks: Clocks): void {
    this.#checkFences();
    this.#gather();
    let higher: Attempt | undefined;
    for (const [fence, term] of [...this.terms].toSorted(([a], [b]) => b - a)) {
      const tenure = this.#tenureOf(fence, term);
      if (higher !== undefined) tenure.over(higher);
      tenure.check(clocks, this.#violations);
      for (const call of [...term.calls, ...(term.acquire === undefined ? [] : [term.acquire])]) {
        if (call.ending?.type === 'ok' && endOf(call) < endOf(higher)) higher = call;
      }
    }
  }

  /** Each is above all that had been acknowledged when its `acquire` began. */
  #checkFences(): void {
    const highest = new Map<LockCall, Acknowledged>();
    let last: Acknowledged = { fence: Number.NEGATIVE_INFINITY, attempt: undefined };
    const acquires = this.#calls.filter(({ attempt }) => attempt.f === 'acquire');
    for (const { call, isEnd } of momentsOf(acquires)) {
      const { attempt, fence } = call;
      if (!isEnd) highest.set(call, last);
      if (!isEnd || fence === undefined) continue;
      const before = highest.get(call);
      if (before?.attempt !== undefined && before.fence >= fence) {
        this.#wrongFence(attempt, `is not above that of ${describeCall(before.attempt)}`);
      } else if (this.terms.has(fence)) this.#wrongFence(attempt, 'was given before');
      if (!this.terms.has(fence)) this.terms.set(fence, { acquire: attempt, calls: [] });
      if (fence > last.fence) last = { fence, attempt };
    }
  }

  #gather(): void {
    const unknown = this.#calls.find(({ attempt }) => {
      return attempt.f === 'acquire' && attempt.ending === undefined;
    });
    for (const { attempt, fence } of this.#calls) {
      if (attempt.f === 'acquire' || fence === undefined) continue;
      const term = this.terms.get(fence);
      if (term !== undefined) term.calls.push(attempt);
      else if (attempt.ending?.type === 'ok') {
        const mayBeGiven = unknown !== undefined && unknown.attempt.invoked < attempt.ending.at;
        if (!mayBeGiven) this.#wrongFence(attempt, 'was given to nobody');
        this.terms.set(fence, { acquire: undefined, calls: [attempt] });
      }
    }
  }

  #tenureOf(fence: number, { acquire, calls }: Term): Tenure {
    const name = `${this.#name} under fence ${fence}`;
    const tenure = new Tenure(name, acquire === undefined ? 0 : ttlMsOf(acquire));
    if (acquire !== undefined) tenure.renewed(acquire);
    for (const attempt of calls) {
      const isOk = attempt.ending?.type === 'ok';
      if (isOk) tenure.used(attempt);
      if (isOk && attempt.f === 'renew') tenure.renewed(attempt);
      if (attempt.f === 'release' && !hasFailed(attempt)) tenure.givenBack(attempt);
      if (isRefusal(attempt) || (isOk && attempt.f === 'release')) tenure.over(attempt);
    }
    return tenure;
  }

  #wrongFence(attempt: Attempt, why: string): void {
    const text = () => `${this.#name}: the fence of ${describeCall(attempt)} ${why}`;
    this.#violations.add('fences', attempt, text);
  }
}

interface Acknowledged {
  readonly fence: number;
  readonly attempt: Attempt | undefined;
}

function callOf(attempt: Attempt): LockCall {
  const { f, value, ending } = attempt;
  if (!isRecord(value)) return refuseCall('a lock', attempt);
  if (f !== 'acquire') {
    const { fence } = value;
    return isWhole(fence) ? { attempt, fence } : refuseCall('a lock', attempt);
  }
  if (!isWhole(value['ttlMs'])) return refuseCall('a lock', attempt);
  if (ending?.type !== 'ok') return { attempt, fence: undefined };
  const fence = isRecord(ending.value) ? ending.value['fence'] : undefined;
  return isWhole(fence) ? { attempt, fence } : refuseAnswer(attempt);
}

function endOf(attempt: Attempt | undefined): number {
  return attempt?.ending?.at ?? Number.POSITIVE_INFINITY;
}
