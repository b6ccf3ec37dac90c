/** A client's command on a view of the store: its operation, and where it may come again, only once. */
import type { Answer } from './answer.ts';
import type { RangeRead } from './apply-transaction.ts';
import { apply, type ApplyLimits, rangesOf, type View, type Write } from './apply.ts';
import { dueRange, judgeOnce, keepOnce, MAX_DUE, type OnceLimits } from './once.ts';
import type { ClientCommand } from './operation.ts';

/** Where in the log the command is applied. */
export interface Moment {
  /** Of the store before. */
  readonly revision: number;
  /** Cluster time of the slot. */
  readonly timeMs: number;
}

export interface CommandLimits extends ApplyLimits {
  readonly once: OnceLimits;
}

export interface CommandApplied {
  readonly writes: readonly Write[];
  readonly answer: Answer;
}

type Command = Pick<ClientCommand, 'operation' | 'once'>;

export function applyCommand(
  view: View,
  { once, operation }: Command,
  moment: Moment,
  limits: CommandLimits,
): CommandApplied {
  const { revision, timeMs } = moment;
  if (once === undefined) return apply(view, operation, revision, limits);
  const judged = judgeOnce(view, once, moment);
  if (judged.type === 'known') return { writes: [], answer: judged.answer };
  const due = dueRange(view, timeMs);
  const queue = due === undefined ? [] : view.scan(due, MAX_DUE + 1);
  const applied = apply(view, operation, revision, limits);
  return keepOnce(view, once, applied, { ...moment, queue, limits: limits.once });
}

/** The ranges that `applyCommand` will scan, in that order, to be read beforehand. */
export function rangesOfCommand(
  view: Pick<View, 'item'>,
  { once, operation }: Command,
  moment: Moment,
  limits: CommandLimits,
): readonly RangeRead[] {
  const ranges = rangesOf(view, operation, limits);
  if (once === undefined) return ranges;
  if (judgeOnce(view, once, moment).type === 'known') return [];
  const due = dueRange(view, moment.timeMs);
  return due === undefined ? ranges : [{ range: due, limit: MAX_DUE + 1 }, ...ranges];
}
