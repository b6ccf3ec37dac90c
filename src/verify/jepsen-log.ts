/**
 * Reads the logs of old Jepsen runs against one register, as Porcupine's test data has them:
 * `INFO  jepsen.util - PROCESS  :TYPE  :F  VALUE`. Other lines are passed over. The value of an
 * ending is a number, `nil`, a pair `[1 2]`, or `:timed-out`, which is an error.
 */
import type { EventType, HistoryEvent } from './history.ts';

const LINE = /^INFO\s+jepsen\.util - (\d+)\s+:(invoke|ok|fail|info)\s+:(read|write|cas)\s+(.+)$/;
const PAIR = /^\[(\d+) (\d+)\]$/;

/** Throws, with the line's number, where a value cannot be read. */
export function parseJepsenLog(text: string): readonly HistoryEvent[] {
  const events: HistoryEvent[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const [, process, type, f, value] = LINE.exec(line.trimEnd()) ?? [];
    if (type === undefined || f === undefined || value === undefined) continue;
    const event = { process: Number(process), type: typeOf(type), f, key: 'register' };
    const time = index + 1;
    const isError = value.startsWith(':');
    if (isError) events.push({ ...event, value: null, time, error: value.slice(1) });
    else events.push({ ...event, value: valueOf(value, time), time });
  }
  return events;
}

function typeOf(type: string): EventType {
  return type === 'invoke' || type === 'ok' || type === 'fail' ? type : 'info';
}

function valueOf(text: string, line: number): unknown {
  if (text === 'nil') return null;
  if (/^\d+$/.test(text)) return Number(text);
  const [, from, to] = PAIR.exec(text) ?? [];
  if (from === undefined || to === undefined) throw new Error(`line ${line}: value ${text}`);
  return [Number(from), Number(to)];
}
