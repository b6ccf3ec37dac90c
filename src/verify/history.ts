/**
 * A recorded history: what clients asked and what they were told, in the order in which it
 * happened. As a file it is JSON lines, one event a line, the order of the lines being the order
 * of the events:
 *
 *   {"process":0,"type":"invoke","f":"write","key":"k","value":1,"time":12}
 *   {"process":0,"type":"ok","f":"write","key":"k","value":1,"time":15}
 *
 *   process  a client that has at most one call open, a whole number from 0
 *   type     invoke  the call begins: written before its first byte can leave
 *            ok      it took effect, once, between its two events
 *            fail    it did not take effect, and never will
 *            info    nobody knows: it may take effect at any later time, or never
 *   f        what was called; which ones there are, the model says (register.ts: read, write, cas)
 *   key      each key is checked alone
 *   value    of the call (write: the new value; cas: [expected, new]; read: null) and, in the ok
 *            of a read, what was read (null: the key is absent)
 *   time     a number in any unit; it never goes back from one line to the next. Only the order
 *            of the lines counts for the verdict
 *   replica  optional, a whole number from 1: whom the call was asked at. For who reads it
 *   error    optional, a text. A `fail` of a cas without it means that the register did not hold
 *            what was expected; with it, that the call was refused before anything was looked at
 *
 *   Empty lines are passed over. A number is at most 2^53 - 1 away from 0, so that no two are
 *   taken for one; a larger one is written as a text.
 *
 * A call without an ending, when its process or the history ends, counts as `info`. After an
 * `info` its process may call again. A recorder merges the events of all processes by one clock.
 */
import { isRecord } from './json.ts';

export interface HistoryEvent {
  readonly process: number;
  readonly type: EventType;
  readonly f: string;
  readonly key: string;
  readonly value: unknown;
  readonly time: number;
  /** For the reader: no checker looks at it. */
  readonly replica?: number;
  readonly error?: string;
  /** Of the file that it was read from; it has no place in that file's line itself. */
  readonly line?: number;
}

export type EventType = 'invoke' | 'ok' | 'fail' | 'info';

const MEMBERS: ReadonlySet<string> = new Set([
  'process',
  'type',
  'f',
  'key',
  'value',
  'time',
  'replica',
  'error',
]);

/** One line, without its end. */
export function formatEvent(event: HistoryEvent): string {
  const { process, type, f, key, value, time, replica, error } = event;
  return JSON.stringify({ process, type, f, key, value: value ?? null, time, replica, error });
}

/** Throws, with the line's number, where a line is not an event. */
export function parseHistory(text: string): readonly HistoryEvent[] {
  const events: HistoryEvent[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      events.push(eventOf(JSON.parse(line, exact), index + 1));
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      throw new Error(`line ${index + 1} of the history: ${problem}`, { cause: error });
    }
  }
  return events;
}

/**
 * For recorders that write nothing where a process gave a call up and went on to its next: what
 * became of the first is then unknown.
 */
export function withLostEndings(events: readonly HistoryEvent[]): readonly HistoryEvent[] {
  const open = new Map<number, HistoryEvent>();
  return events.flatMap((event) => {
    const { process, type, time } = event;
    const lost = type === 'invoke' ? open.get(process) : undefined;
    if (type === 'invoke') open.set(process, event);
    else open.delete(process);
    return lost === undefined ? [event] : [{ ...lost, type: 'info', value: null, time }, event];
  });
}

/** JSON.parse gives a neighbour in place of a number that it cannot hold. */
function exact(_name: string, value: unknown): unknown {
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw new Error('a number beyond 2^53 - 1: write it as a text');
  }
  return value;
}

function eventOf(value: unknown, line: number): HistoryEvent {
  if (!isRecord(value)) throw new Error('not an object');
  const unknown = Object.keys(value).find((name) => !MEMBERS.has(name));
  if (unknown !== undefined) throw new Error(`unknown member ${JSON.stringify(unknown)}`);
  const { process, type, f, key, time, replica, error } = value;
  if (!isCount(process)) throw new Error('process is not a whole number from 0');
  if (!isEventType(type)) throw new Error('type is not one of invoke, ok, fail, info');
  if (typeof f !== 'string') throw new Error('f is not a text');
  if (typeof key !== 'string') throw new Error('key is not a text');
  if (typeof time !== 'number') throw new Error('time is not a number');
  if (replica !== undefined && !isId(replica)) throw new Error('replica is no whole number from 1');
  if (error !== undefined && typeof error !== 'string') throw new Error('error is not a text');
  const event = { process, type, f, key, value: value['value'] ?? null, time, line };
  return {
    ...event,
    ...(replica === undefined ? {} : { replica }),
    ...(error === undefined ? {} : { error }),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isId(value: unknown): value is number {
  return isCount(value) && value > 0;
}

function isEventType(value: unknown): value is EventType {
  return value === 'invoke' || value === 'ok' || value === 'fail' || value === 'info';
}
