/** Leases, and keys that live as long (docs/histories.md, `lock`). */
import type { Attempt } from './attempt.ts';
import { byKey, hasFailed, isBefore, isRefusal } from './moments.ts';
import { refuseAnswer, refuseCall, type Violations } from './report.ts';
import { Tenure, ttlMsOf, type Clocks, type TenureKind } from './tenure.ts';

const CALLS: ReadonlySet<string> = new Set(['keepalive', 'revoke', 'attach', 'present']);

export class Leases {
  readonly #tenures: Tenure[] = [];
  readonly #attempts: readonly Attempt[];
  /** By the key; none is put on two leases. */
  readonly #attached = new Map<string, Attempt>();

  /** Throws where a call or an answer is none of a lease. */
  constructor(attempts: readonly Attempt[]) {
    this.#attempts = attempts;
    for (const attempt of attempts) if (attempt.f === 'attach') this.#attach(attempt);
    for (const [name, calls] of byKey(attempts)) this.#tenures.push(this.#tenureOf(name, calls));
  }

  check(clocks: Clocks, violations: Violations<TenureKind>): void {
    for (const tenure of this.#tenures) tenure.check(clocks, violations);
  }

  figures(): Readonly<Record<string, number>> {
    const done = this.#attempts.filter(({ ending }) => ending?.type === 'ok');
    return {
      leases: this.#tenures.length,
      renewals: done.filter(({ f }) => f === 'keepalive').length,
      keysFound: done.filter(({ f, ending }) => f === 'present' && ending?.value === true).length,
      keysGone: done.filter(({ f, ending }) => f === 'present' && ending?.value === false).length,
    };
  }

  #attach(attempt: Attempt): void {
    const { value: key, place } = attempt;
    if (typeof key !== 'string') return refuseCall('a lease', attempt);
    if (this.#attached.has(key)) throw new Error(`${place}: ${key} is put on a lease again`);
    this.#attached.set(key, attempt);
  }

  #tenureOf(name: string, [grant, ...calls]: readonly Attempt[]): Tenure {
    if (grant?.f !== 'grant') throw new Error(`${grant?.place}: there is no lease ${name} yet`);
    const tenure = new Tenure(`lease ${JSON.stringify(name)}`, ttlMsOf(grant));
    if (grant.ending?.type === 'ok') tenure.renewed(grant);
    for (const attempt of calls) {
      if (!CALLS.has(attempt.f)) return refuseCall('a lease', attempt);
      if (!isBefore(grant, attempt)) throw new Error(`${attempt.place}: the lease is not granted`);
      if (attempt.f === 'present') this.#look(tenure, attempt);
      else call(tenure, attempt);
    }
    return tenure;
  }

  /** A key that was put there in time tells of the lease. */
  #look(tenure: Tenure, attempt: Attempt): void {
    const { value: key, ending } = attempt;
    const attach = typeof key === 'string' ? this.#attached.get(key) : undefined;
    if (attach?.key !== attempt.key) return refuseCall('a lease', attempt);
    if (ending?.type !== 'ok') return;
    if (typeof ending.value !== 'boolean') return refuseAnswer(attempt);
    if (ending.value) tenure.used(attempt);
    else if (attach.ending?.type === 'ok' && isBefore(attach, attempt)) tenure.over(attempt);
  }
}

function call(tenure: Tenure, attempt: Attempt): void {
  const isOk = attempt.ending?.type === 'ok';
  if (isOk) tenure.used(attempt);
  if (isOk && attempt.f === 'keepalive') tenure.renewed(attempt);
  if (attempt.f === 'revoke' && !hasFailed(attempt)) tenure.givenBack(attempt);
  if (isRefusal(attempt) || (isOk && attempt.f === 'revoke')) tenure.over(attempt);
}
