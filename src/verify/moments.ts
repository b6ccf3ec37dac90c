/** Calls by their beginnings and their ends, in the order in which those happened. */
import type { Attempt } from './attempt.ts';

export interface Moment<Call> {
  readonly call: Call;
  readonly isEnd: boolean;
  readonly at: number;
}

/** What nobody knows the end of has none. */
export function momentsOf<Call extends { readonly attempt: Attempt }>(
  calls: readonly Call[],
): readonly Moment<Call>[] {
  const moments: Moment<Call>[] = [];
  for (const call of calls) {
    const { invoked, ending } = call.attempt;
    moments.push({ call, isEnd: false, at: invoked });
    if (ending !== undefined) moments.push({ call, isEnd: true, at: ending.at });
  }
  return moments.toSorted((a, b) => a.at - b.at);
}

/** In the order in which each key was called first. */
export function byKey(attempts: readonly Attempt[]): ReadonlyMap<string, readonly Attempt[]> {
  const groups = new Map<string, Attempt[]>();
  for (const attempt of attempts) {
    const group = groups.get(attempt.key);
    if (group === undefined) groups.set(attempt.key, [attempt]);
    else group.push(attempt);
  }
  return groups;
}

/** Whether the first had ended before the second began. */
export function isBefore(first: Attempt, second: Attempt): boolean {
  return first.ending !== undefined && first.ending.at < second.invoked;
}

/** It did not take effect, and never will. */
export function hasFailed({ ending }: Attempt): boolean {
  return ending?.type === 'fail';
}

/** The state was looked at, and did not allow it. */
export function isRefusal({ ending }: Attempt): boolean {
  return ending?.type === 'fail' && ending.error === undefined;
}
