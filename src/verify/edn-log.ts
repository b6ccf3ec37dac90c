/**
 * Reads the histories of texts in Porcupine's test data, one event a line in EDN:
 * `{:process 9, :type :invoke, :f :append, :key "0", :value "x 9 0 y"}`. The order of the members
 * is free, others than these are passed over, and so are empty lines.
 */
import { EdnKeyword, parseEdn, type EdnMap, type EdnValue } from './edn.ts';
import { withLostEndings, type EventType, type HistoryEvent } from './history.ts';

/** Throws, with the line's number, where a line cannot be read. */
export function parseEdnLog(text: string): readonly HistoryEvent[] {
  const events: HistoryEvent[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      events.push(eventOf(parseEdn(line), index + 1));
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      throw new Error(`line ${index + 1} is no event: ${problem}`, { cause: error });
    }
  }
  return withLostEndings(events);
}

function eventOf(map: EdnValue, line: number): HistoryEvent {
  if (!(map instanceof Map)) throw new Error('not a map');
  const process = map.get('process');
  if (typeof process !== 'number' || !Number.isSafeInteger(process) || process < 0) {
    throw new Error(':process is not a whole number from 0');
  }
  const type = typeOf(keywordOf(map, 'type'));
  const f = keywordOf(map, 'f');
  const key = map.get('key');
  if (typeof key !== 'string') throw new Error(':key is not a text');
  const value = map.get('value') ?? null;
  const got = type === 'ok' && f === 'get' && value === null ? '' : value;
  return { process, type, f, key, value: got, time: line, line };
}

function keywordOf(map: EdnMap, name: string): string {
  const value = map.get(name);
  if (value instanceof EdnKeyword) return value.name;
  throw new Error(`:${name} is not a keyword`);
}

function typeOf(name: string): EventType {
  if (name === 'invoke' || name === 'ok' || name === 'fail' || name === 'info') return name;
  throw new Error(':type is not one of :invoke, :ok, :fail, :info');
}
