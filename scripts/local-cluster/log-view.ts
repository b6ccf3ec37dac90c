/** A replica's JSON log lines as short lines for a person. What is not JSON is shown as it is. */
import { z } from 'zod';

const COLOURS = [36, 33, 35, 32, 34, 96, 93, 95, 92];
const WARN = 40;
const ERROR = 50;
/** What every line has, or its text says already. The log file has it all. */
const HIDDEN = new Set(
  `level time pid hostname msg replica name err why role ballot leader from chosenUpTo clusterId
  members version node dataDir clients peers peer direction linked`.split(/\s+/),
);

const lineSchema = z.looseObject({
  level: z.number(),
  time: z.union([z.number(), z.string()]),
  msg: z.string(),
  why: z.string().exactOptional(),
});

export interface LogView {
  ofReplica(id: number, line: string): string;
  ofLauncher(text: string): string;
}

export function logView(colours: boolean, now: () => Date = () => new Date()): LogView {
  const paint = (colour: number, text: string) =>
    colours ? `\u001B[${colour}m${text}\u001B[0m` : text;
  const head = (at: Date, id: number) =>
    `${at.toTimeString().slice(0, 8)} ${paint(COLOURS[(id - 1) % COLOURS.length] ?? 37, `replica ${id}`)}`;
  return {
    ofReplica(id, line) {
      const parsed = lineSchema.safeParse(parseJson(line));
      if (!parsed.success) return `${head(now(), id)}  ${printable(line)}`;
      const { level, time, msg, why } = parsed.data;
      const fields = Object.entries(parsed.data)
        .filter(([name]) => !HIDDEN.has(name))
        .map(([name, value]) => ` ${name}=${show(value)}`)
        .join('');
      const text = printable(msg);
      const shown = level >= ERROR ? paint(31, text) : level >= WARN ? paint(33, text) : text;
      const more = `${why === undefined || msg.includes(why) ? '' : ` (${why})`}${fields}`;
      return `${head(new Date(time), id)}  ${shown}${paint(2, printable(more))}`;
    },
    ofLauncher: (text) => `${now().toTimeString().slice(0, 8)} ${paint(1, 'cluster')}    ${text}`,
  };
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What a terminal would act on is shown, not sent. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '\uFFFD');
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
