/** Reads the journal of names that the library keeps (names.c). */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type NameChange =
  | { readonly type: 'create'; readonly path: string }
  | ({ readonly type: 'rename'; readonly path: string; readonly from: string } & Gone)
  | ({ readonly type: 'unlink'; readonly path: string } & Gone);

/** What stood under the name before. */
interface Gone {
  /** The number of its file among those that are kept; `undefined`: there is none. */
  readonly kept: number | undefined;
  readonly synced: number | undefined;
}

const CREATE = /^(\d+) create (\S+)$/;
const RENAME = /^(\d+) rename (-?\d+) (-?\d+) (\S+) (\S+)$/;
const UNLINK = /^(\d+) unlink (-?\d+) (-?\d+) (\S+)$/;
const SYNCED = /^(\d+) synced$/;

/** Those that would not outlive a power cut, in order. A line that the process did not finish is none. */
export function unsyncedNames(folder: string): readonly NameChange[] {
  const path = join(folder, 'journal');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  const syncedUpTo = Math.max(0, ...lines.map((line) => Number(SYNCED.exec(line)?.[1] ?? 0)));
  return lines.flatMap((line) => {
    const number = Number(line.split(' ', 1)[0]);
    const change = parse(line);
    return change === undefined || number <= syncedUpTo ? [] : [change];
  });
}

function parse(line: string): NameChange | undefined {
  const [, , created] = CREATE.exec(line) ?? [];
  if (created !== undefined) return { type: 'create', path: created };
  const [, , kept, synced, from, to] = RENAME.exec(line) ?? [];
  if (from !== undefined && to !== undefined) {
    return { type: 'rename', path: to, from, ...gone(kept, synced) };
  }
  const [, , keptToo, syncedToo, path] = UNLINK.exec(line) ?? [];
  return path === undefined ? undefined : { type: 'unlink', path, ...gone(keptToo, syncedToo) };
}

function gone(kept: string | undefined, synced: string | undefined): Gone {
  return { kept: natural(kept), synced: natural(synced) };
}

function natural(text: string | undefined): number | undefined {
  const number = Number(text);
  return text === undefined || number < 0 ? undefined : number;
}
