/**
 * The slow checker: straight from the definition, with no cleverness, no partition by key, and
 * none of the code that it is held against.
 */
import type { HistoryEvent } from '../../src/verify/history.ts';
import type { Answer, Contents, Wish, Workload } from './workloads.ts';

export interface PlainCall {
  readonly wish: Wish;
  readonly invoked: number;
  /** `undefined`: unknown; it may take effect at any time after its beginning, or never. */
  readonly returned: number | undefined;
  /** What it answered, if it took effect; `undefined`: any. */
  readonly answer: Answer | undefined;
}

/** Events are numbered from 1. */
export function plainCalls(events: readonly HistoryEvent[]): PlainCall[] {
  const calls: PlainCall[] = [];
  const open = new Map<number, number>();
  for (const [index, { process, type, f, key, value }] of events.entries()) {
    if (type === 'invoke') {
      open.set(process, calls.length);
      const wish = { f, key, value };
      calls.push({ wish, invoked: index + 1, returned: undefined, answer: undefined });
      continue;
    }
    const at = open.get(process) ?? -1;
    const call = calls[at];
    if (call === undefined || type === 'info') continue;
    calls[at] = { ...call, returned: index + 1, answer: { type, value } };
  }
  return calls;
}

/** Every state in which an order of the calls can end; none where there is no order. */
export function endsOf(
  calls: readonly PlainCall[],
  starts: readonly Contents[],
  workload: Workload,
): Map<string, Contents> {
  const ends = new Map<string, Contents>();
  for (const start of starts) collect(calls, start, { workload, ends, been: new Set() });
  return ends;
}

export function hasOrder(calls: readonly PlainCall[], workload: Workload): boolean {
  return endsOf(calls, [new Map()], workload).size > 0;
}

interface Walk {
  readonly workload: Workload;
  readonly ends: Map<string, Contents>;
  readonly been: Set<string>;
}

function collect(calls: readonly PlainCall[], contents: Contents, walk: Walk): void {
  const name = `${nameOf(contents)} ${calls.map((call) => call.invoked).join()}`;
  if (walk.been.has(name)) return;
  walk.been.add(name);
  const known = calls.filter((call) => call.returned !== undefined);
  if (known.length === 0) walk.ends.set(nameOf(contents), contents);
  const firstEnd = Math.min(...known.map((call) => call.returned ?? Infinity));
  for (const call of calls) {
    if (call.invoked > firstEnd) continue;
    const after = new Map(contents);
    const answer = walk.workload.apply(after, call.wish);
    if (call.answer !== undefined && JSON.stringify(call.answer) !== JSON.stringify(answer))
      continue;
    const others = calls.filter((other) => other !== call);
    collect(others, after, walk);
  }
}

export function nameOf(contents: Contents): string {
  const entries = [...contents].filter(([, value]) => value !== null && value !== '');
  return JSON.stringify(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
