/**
 * Reads the histories of texts in Porcupine's test data, one event a line in EDN:
 * `{:process 9, :type :invoke, :f :append, :key "0", :value "x 9 0 y"}`. Only what stands there
 * is read: texts hold no escapes.
 */
import type { HistoryEvent } from './history.ts';

const LINE =
  /^\{:process (\d+), :type :(invoke|ok), :f :(put|append|get), :key "([^"\\]*)", :value (?:nil|"([^"\\]*)")\}$/;

/** Throws, with the line's number, where a line cannot be read. */
export function parseEdnLog(text: string): readonly HistoryEvent[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line, index) => {
      const time = index + 1;
      const [, process, type, f, key, value] = LINE.exec(line) ?? [];
      if (f === undefined || key === undefined) throw new Error(`line ${time} is no event`);
      const kind = type === 'ok' ? 'ok' : 'invoke';
      return { process: Number(process), type: kind, f, key, value: value ?? null, time };
    });
}
