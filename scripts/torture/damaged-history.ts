/**
 * A recorded history in which one answer is changed by hand, so that it cannot be right: a negative
 * control for the checker of each workload.
 */
import { isRecord } from '../../src/verify/json.ts';
import type { HistoryEvent } from '../../src/verify/history.ts';

/** What the last `ok` of some calls is changed to; `undefined`: not this one. */
type Damage = (event: HistoryEvent, earlier: readonly HistoryEvent[]) => unknown;

/** Nothing that any client writes. */
const NEVER_WRITTEN = 999_999_999;

/** By the workload's id. */
const DAMAGES: Readonly<Record<string, Damage>> = {
  W1: ({ f, value }) => (f === 'read' && value !== null ? NEVER_WRITTEN : undefined),
  W2: ({ value }) => withOtherResult(value),
  W3: ({ f, value }) => (f === 'read' && isFilled(value) ? value.slice(1) : undefined),
  W4: ({ f, value }) => (f === 'read' && typeof value === 'number' ? NEVER_WRITTEN : undefined),
  W5: ({ f, value }) => (f === 'read' ? withMoreMoney(value) : undefined),
  W6: (event, earlier) => withFenceOfAnother(event, earlier),
  W7: ({ f, value }) => (f === 'watch' ? withoutOneEvent(value) : undefined),
  W8: ({ f, value }) =>
    f === 'read' && isRecord(value) && typeof value['value'] === 'string'
      ? { ...value, value: String(NEVER_WRITTEN) }
      : undefined,
};

/** `undefined`: there is no answer in it that could be changed so. */
export function damagedHistory(
  workload: string,
  events: readonly HistoryEvent[],
): readonly HistoryEvent[] | undefined {
  const damage = DAMAGES[workload];
  if (damage === undefined) return undefined;
  for (let at = events.length - 1; at >= 0; at -= 1) {
    const event = events[at];
    if (event?.type !== 'ok') continue;
    const value = damage(event, events.slice(0, at));
    if (value !== undefined) return events.with(at, { ...event, value });
  }
  return undefined;
}

function isFilled(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0;
}

function withOtherResult(value: unknown): unknown {
  if (!isRecord(value) || !isFilled(value['results'])) return undefined;
  const { results } = value;
  const at = results.findIndex(
    (result) => typeof result === 'number' || typeof result === 'string',
  );
  if (at < 0) return undefined;
  return { ...value, results: results.with(at, NEVER_WRITTEN) };
}

function withMoreMoney(value: unknown): unknown {
  if (!isRecord(value)) return undefined;
  const [account] = Object.entries(value);
  if (account === undefined || typeof account[1] !== 'number') return undefined;
  return { ...value, [account[0]]: account[1] + 1 };
}

function withFenceOfAnother(event: HistoryEvent, earlier: readonly HistoryEvent[]): unknown {
  const { f, key, value } = event;
  if (f !== 'acquire' || !isRecord(value)) return undefined;
  const other = earlier.findLast(
    (one) => one.type === 'ok' && one.f === 'acquire' && one.key === key,
  );
  return isRecord(other?.value) ? { ...value, fence: other.value['fence'] } : undefined;
}

function withoutOneEvent(value: unknown): unknown {
  if (!isRecord(value) || !isFilled(value['events'])) return undefined;
  const { events } = value;
  const at = events.findIndex((event) => isRecord(event) && event['event'] === 'put');
  return at < 0 || events.length < 3 ? undefined : { ...value, events: events.toSpliced(at, 1) };
}
