/**
 * Reads the logs of old Jepsen runs against one register, as Porcupine's test data has them:
 * `INFO  jepsen.util - PROCESS  :TYPE  :F  VALUE`. Other lines are passed over.
 *
 * The value of an `:invoke` or `:ok` is a number, `nil` (of a read), or a pair `[1 2]` (of a
 * cas). That of a `:fail` or `:info` is a reason, as `:timed-out`, unless it is a cas's own pair:
 * a `:fail` with it says that the register did not hold what was expected.
 */
import { withLostEndings, type EventType, type HistoryEvent } from './history.ts';

const LINE =
  /^INFO\s+jepsen\.util\s+-\s+(\d+)\s+:(invoke|ok|fail|info)\s+:(read|write|cas)(?:\s+(.*))?$/;
const PAIR = /^\[\s*(-?\d+)[\s,]+(-?\d+)\s*\]$/;

/** Throws, with the line's number, where a value cannot be read. */
export function parseJepsenLog(text: string): readonly HistoryEvent[] {
  const events: HistoryEvent[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const event = eventOf(line.trimEnd(), index + 1);
    if (event !== undefined) events.push(event);
  }
  return withLostEndings(events);
}

function eventOf(text: string, line: number): HistoryEvent | undefined {
  const [, process, kind, f, rest = ''] = LINE.exec(text) ?? [];
  if (kind === undefined || f === undefined) return undefined;
  const type = typeOf(kind);
  const event = { process: Number(process), type, f, key: 'register', time: line, line };
  if (!Number.isSafeInteger(event.process)) throw new Error(`line ${line}: process ${process}`);
  const value = valueOf(f, rest);
  if (type === 'fail' || type === 'info') {
    const isMismatch = f === 'cas' && value !== undefined;
    return isMismatch ? { ...event, value } : { ...event, value: null, error: rest };
  }
  if (value === undefined) throw new Error(`line ${line}: no value of a ${f}: ${rest}`);
  return { ...event, value };
}

function typeOf(type: string): EventType {
  return type === 'invoke' || type === 'ok' || type === 'fail' ? type : 'info';
}

function valueOf(f: string, text: string): unknown {
  if (f === 'read' && text === 'nil') return null;
  if (f !== 'cas') return /^-?\d+$/.test(text) ? numberOf(text) : undefined;
  const [, from, to] = PAIR.exec(text) ?? [];
  return from === undefined || to === undefined ? undefined : [numberOf(from), numberOf(to)];
}

/** A number that is too large to be told from its neighbours stays a text. */
function numberOf(text: string): number | string {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text).toString();
}
