/** From a history's events to whole calls, each with its beginning and its end. */
import type { HistoryEvent } from './history.ts';

/**
 * One call, from its event `invoke` to its ending. Events are numbered from 1, or by the lines of
 * the file that they were read from.
 */
export interface Attempt {
  readonly process: number;
  readonly f: string;
  readonly key: string;
  /** As it was invoked with. */
  readonly value: unknown;
  readonly invoked: number;
  /** The `time` of its event `invoke`. */
  readonly time: number;
  /** Of its event `invoke`, for messages: `event 3`, or `line 3`. */
  readonly place: string;
  /** `undefined`: nobody knows what became of it. */
  readonly ending: Ending | undefined;
}

export interface Ending {
  readonly type: 'ok' | 'fail';
  readonly value: unknown;
  readonly error: string | undefined;
  readonly at: number;
  readonly time: number;
  readonly place: string;
}

/** In the order in which they began. Throws where the history contradicts its own format. */
export function attemptsOf(events: readonly HistoryEvent[]): readonly Attempt[] {
  const attempts: Attempt[] = [];
  /** Where each process's open call stands in `attempts`. */
  const open = new Map<number, number>();
  let time = Number.NEGATIVE_INFINITY;
  for (const [index, event] of events.entries()) {
    const at = event.line ?? index + 1;
    const place = placeOf(event, at);
    if (!(event.time >= time)) throw new Error(`${place}: the time goes back`);
    time = event.time;
    const position = open.get(event.process);
    if (event.type === 'invoke') {
      if (position !== undefined) throw new Error(`${place}: a call of its process is open`);
      open.set(event.process, attempts.length);
      attempts.push(begun(event, at));
      continue;
    }
    const attempt = position === undefined ? undefined : attempts[position];
    if (position === undefined || attempt === undefined || !isOfCall(event, attempt)) {
      throw new Error(`${place}: no such call of its process is open`);
    }
    open.delete(event.process);
    attempts[position] = ended(attempt, event, at);
  }
  return attempts;
}

function begun(event: HistoryEvent, at: number): Attempt {
  const { process, f, key, value, time } = event;
  return {
    process,
    f,
    key,
    value,
    invoked: at,
    time,
    place: placeOf(event, at),
    ending: undefined,
  };
}

function ended(attempt: Attempt, event: HistoryEvent, at: number): Attempt {
  const { type, value, error, time } = event;
  if (type !== 'ok' && type !== 'fail') return attempt;
  return { ...attempt, ending: { type, value, error, at, time, place: placeOf(event, at) } };
}

function placeOf(event: HistoryEvent, at: number): string {
  return `${event.line === undefined ? 'event' : 'line'} ${at}`;
}

function isOfCall(event: HistoryEvent, attempt: Attempt): boolean {
  return event.f === attempt.f && event.key === attempt.key;
}
