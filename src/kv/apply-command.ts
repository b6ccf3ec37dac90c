/**
 * A client's command on a view of the store: where it may come again, only once; where it bears a fence, only
 * under that; with what becomes of the keys that live for a time.
 */
import type { Answer } from './answer.ts';
import type { RangeRead } from './apply-transaction.ts';
import {
  type Applied,
  apply,
  type LifetimeChange,
  rangesOf,
  type View,
  type Write,
} from './apply.ts';
import { LeaseDraft, lockOf } from './lease-draft.ts';
import type { EndLimits } from './lease-end.ts';
import type { Fence } from './lease.ts';
import type { Moment } from './moment.ts';
import { dueRange, judgeOnce, keepOnce, MAX_DUE, type OnceLimits } from './once.ts';
import type { ClientCommand } from './operation.ts';

export interface CommandLimits extends EndLimits {
  readonly once: OnceLimits;
}

export interface CommandApplied {
  readonly writes: readonly Write[];
  readonly answer: Answer;
}

type Command = Pick<ClientCommand, 'operation' | 'once' | 'fence'>;
type Items = Pick<View, 'item'>;

export function applyCommand(
  view: View,
  command: Command,
  moment: Moment,
  limits: CommandLimits,
): CommandApplied {
  const { once } = command;
  if (once === undefined) return applyFenced(view, command, moment, limits);
  const judged = judgeOnce(view, once, moment);
  if (judged.type === 'known') return { writes: [], answer: judged.answer };
  const due = dueRange(view, moment.timeMs);
  const queue = due === undefined ? [] : view.scan(due, MAX_DUE + 1);
  const applied = applyFenced(view, command, moment, limits);
  return keepOnce(view, once, applied, { ...moment, queue, limits: limits.once });
}

/** The ranges that `applyCommand` will scan, in that order, to be read beforehand. */
export function rangesOfCommand(
  view: Items,
  command: Command,
  moment: Moment,
  limits: CommandLimits,
): readonly RangeRead[] {
  const { fence, once, operation } = command;
  if (once !== undefined && judgeOnce(view, once, moment).type === 'known') return [];
  const ranges = isStale(view, fence) ? [] : rangesOf(view, operation, moment, limits);
  const due = once === undefined ? undefined : dueRange(view, moment.timeMs);
  return due === undefined ? ranges : [{ range: due, limit: MAX_DUE + 1 }, ...ranges];
}

function applyFenced(
  view: View,
  { fence, operation }: Command,
  moment: Moment,
  limits: CommandLimits,
): Applied {
  if (isStale(view, fence)) return staleFence(view, fence, moment);
  const applied = apply(view, operation, moment, limits);
  const { lifetimes } = applied;
  if (lifetimes === undefined || lifetimes.length === 0) return applied;
  return withLifetimes(view, applied, lifetimes, moment);
}

/** Nobody holds the lock, or it has gone on to another one, or never had this fence. */
function isStale(view: Items, fence: Fence | undefined): fence is Fence {
  return fence !== undefined && lockOf(view, fence.name)?.fence !== fence.fence;
}

function staleFence(view: Items, { name }: Fence, { revision }: Moment): Applied {
  const lock = lockOf(view, name);
  const current = lock === undefined ? {} : { current: lock.fence };
  return { writes: [], answer: { type: 'staleFence', revision, ...current } };
}

function withLifetimes(
  view: View,
  applied: Applied,
  lifetimes: readonly LifetimeChange[],
  moment: Moment,
): Applied {
  const draft = new LeaseDraft(view, moment);
  for (const { after, before, key } of lifetimes) draft.changeLifetime(key, before, after);
  return { ...applied, writes: [...applied.writes, ...draft.writes] };
}
