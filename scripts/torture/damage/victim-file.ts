/** Which file of a replica's data directory is damaged. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const FILE_KINDS = ['journal', 'table', 'manifest', 'current', 'witness'] as const;

/** `journal`: what LevelDB calls its log, `*.log`; `table`: `*.ldb`. */
export type FileKind = (typeof FILE_KINDS)[number];

/** The acceptor's log, the key-value state (also one that is being had from a peer), or all of it. */
export type Room = 'log' | 'state';

export interface VictimFile {
  /** Below the data directory. */
  readonly path: string;
  readonly kind: FileKind;
  readonly bytes: number;
}

const KINDS: Readonly<Record<FileKind, RegExp>> = {
  journal: /^(?:log|state(?:-\d+)?)\/\d+\.log$/,
  table: /^(?:log|state(?:-\d+)?)\/\d+\.(?:ldb|sst)$/,
  manifest: /^(?:log|state(?:-\d+)?)\/MANIFEST-\d+$/,
  current: /^(?:log|state(?:-\d+)?)\/CURRENT$/,
  witness: /^witness$/,
};

/** With something in them, in the order of their paths. */
export function victimFiles(dataDir: string): readonly VictimFile[] {
  const paths = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).toSorted();
  return paths.flatMap((path) => {
    const kind = FILE_KINDS.find((one) => KINDS[one].test(path));
    const bytes = statSync(join(dataDir, path), { throwIfNoEntry: false })?.size ?? 0;
    return kind === undefined || bytes === 0 ? [] : [{ path, kind, bytes }];
  });
}

/** The witness is of the log. */
export function roomOf({ path }: VictimFile): Room {
  return path.startsWith('state') ? 'state' : 'log';
}
