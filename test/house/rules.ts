/** The house rules as functions from files to complaints, so that each can be shown to bite. */
import path from 'node:path';
import { codeOf, importsOf, type SourceFile } from './source.ts';

/** Which rooms a room may import. `main.ts` wires, and may import all. */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
  paxos: [],
  kv: [],
  verify: [],
  storage: ['paxos', 'kv'],
  transport: ['paxos', 'kv'],
  replica: ['paxos', 'kv', 'storage', 'transport'],
  http: ['paxos', 'kv', 'replica'],
  recovery: ['paxos', 'kv', 'storage', 'replica'],
  exploration: ['paxos', 'verify'],
  simulation: ['paxos', 'kv', 'storage', 'transport', 'replica', 'verify'],
};

/** main.ts, and what was split from it. */
const WIRING = new Set([
  'src/main.ts',
  'src/server.ts',
  'src/replica-log.ts',
  'src/restore.ts',
  'src/recover.ts',
]);
/** The loop and the simulated world are here too: time and chance come from outside. */
const PURE_ROOMS = ['paxos', 'kv', 'verify', 'replica', 'exploration', 'simulation'];
/** `process` is a word of histories too: only what is asked of Node's is meant. */
const IMPURE =
  /(?<!\.)\b(Buffer|Date|performance|console|globalThis|setTimeout|setInterval|setImmediate|queueMicrotask|fetch|crypto|await|async|Promise|process\s*[.[])\b|\bMath\s*\.\s*random\b/;
const FORBIDDEN_FOLDERS =
  /\/(utils?|helpers?|interfaces|types|managers?|services?|common|misc|shared)\//;
const MAX_LINES = 300;

export function wrongArrows(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) => {
    const room = roomOf(file.path);
    if (room === 'main') return [];
    const allowed = room === 'root' ? [] : ARROWS[room];
    if (allowed === undefined) return [`${file.path}: src/${room} is no room; see ARROWS`];
    return importsOf(file.text)
      .filter((name) => name.startsWith('.'))
      .map((name) => path.posix.join(path.posix.dirname(file.path), name))
      .filter((target) => roomOf(target) !== room && !allowed.includes(roomOf(target)))
      .map((target) => `${file.path} imports ${target}`);
  });
}

/** `src/kv/item.ts` is in `kv`; files beside `main.ts` are in `root`. */
function roomOf(file: string): string {
  if (WIRING.has(file)) return 'main';
  return /^src\/([^/]+)\//.exec(file)?.[1] ?? 'root';
}

export function impurities(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter((file) => PURE_ROOMS.includes(roomOf(file.path)))
    .flatMap((file) => [
      ...importsOf(file.text)
        .filter((name) => !name.startsWith('.'))
        .map((name) => `${file.path} imports ${name}`),
      ...matchingLines(codeOf(file.text), IMPURE).map((line) => `${file.path}: ${line}`),
    ]);
}

/** `as`, `!` and `any` tell the compiler what it could not see; `as const` does not. */
export function escapesFromTypes(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) => {
    const code = codeOf(file.text).replaceAll(/(import|export)\s[^;]*?\bfrom\b/g, '');
    const escapes = [
      /\bas\s+(?!const\b)\S/,
      /[:<,|&(]\s*any\b(?!\s*[(:])/,
      /[\w)\]]!(?=[.,;)\]}[(\s])(?!\s*=)/,
      /@ts-(ignore|nocheck|expect-error)/,
    ];
    return escapes.flatMap((escape) =>
      matchingLines(code, escape).map((line) => `${file.path}: ${line}`),
    );
  });
}

export function defaultExports(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter(({ text }) => /\bexport\s+default\b|\bas\s+default\b/.test(codeOf(text)))
    .map(({ path: file }) => `${file} has a default export`);
}

/** A barrel only passes on what other files of the project export. */
export function barrels(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter(({ path: file, text }) => file.endsWith('/index.ts') || isBarrel(codeOf(text)))
    .map(({ path: file }) => `${file} is a barrel`);
}

function isBarrel(code: string): boolean {
  const statements = code.split(';').map((statement) => statement.trim());
  const full = statements.filter((statement) => statement !== '');
  return full.length > 0 && full.every((statement) => /^export\s.*\sfrom\s/s.test(statement));
}

export function longFiles(files: readonly SourceFile[]): readonly string[] {
  return files
    .map(({ path: file, text }) => ({ file, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ file, lines }) => `${file} has ${lines} lines, ${MAX_LINES} at most`);
}

/** The names of the marks stand here because these are what is looked for. */
export function leftovers(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path: file, text }) => [
    ...matchingLines(text, /\b(TODO|FIXME|XXX|HACK)\b/).map((line) => `${file}: ${line}`),
    ...matchingLines(codeOf(text), /\b(describe|it|test)\s*\.\s*only\b/).map(
      (line) => `${file}: ${line}`,
    ),
  ]);
}

export function badNames(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path: file }) => {
    const name = path.posix.basename(file).replace(/(\.test)?\.(ts|mjs)$/, '');
    return [
      ...(FORBIDDEN_FOLDERS.test(`/${file}`) ? [`${file}: a folder is named for a subject`] : []),
      ...(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) ? [] : [`${file}: names are in kebab case`]),
    ];
  });
}

function matchingLines(code: string, pattern: RegExp): readonly string[] {
  return code
    .split('\n')
    .filter((line) => pattern.test(line))
    .map((line) => line.trim());
}
