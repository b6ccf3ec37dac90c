/** The sources as the house rules see them: each file's path, its text, and its code alone. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface SourceFile {
  /** From the root of the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

export function readSources(...folders: readonly string[]): readonly SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => ({
        path: file.split(path.sep).join('/'),
        text: readFileSync(file, 'utf8'),
      })),
  );
}

const STRING = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/y;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const REGEXP = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;

/** The code without comments, and with empty strings; code inside of templates stays. */
export function codeOf(text: string): string {
  let code = '';
  /** One entry for each open template: the depth of braces inside of its `${`, or -1 in its text. */
  const templates: number[] = [];
  for (let at = 0; at < text.length;) {
    const inText = templates.at(-1) === -1;
    const char = text.charAt(at);
    if (inText) {
      if (char === '\\') at += 2;
      else if (text.startsWith('${', at)) {
        templates[templates.length - 1] = 0;
        code += '${';
        at += 2;
      } else {
        if (char === '`') {
          templates.pop();
          code += '`';
        }
        at += 1;
      }
      continue;
    }
    const skipped = match(COMMENT, text, at) ?? match(STRING, text, at) ?? regexpAt(text, at, code);
    if (skipped !== undefined) {
      code += skipped.startsWith('//') || skipped.startsWith('/*') ? ' ' : "''";
      at += skipped.length;
      continue;
    }
    const depth = templates.at(-1);
    if (char === '`') templates.push(-1);
    else if (depth !== undefined && char === '{') templates[templates.length - 1] = depth + 1;
    else if (depth !== undefined && char === '}') templates[templates.length - 1] = depth - 1;
    code += char;
    at += 1;
  }
  return code;
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** A slash opens a regular expression only where no value stands before it. */
function regexpAt(text: string, at: number, before: string): string | undefined {
  if (text[at] !== '/') return undefined;
  const isOperandBefore = /[\w$)\]}'`]\s*$/.test(before) && !/\b(return|case)\s*$/.test(before);
  return isOperandBefore ? undefined : match(REGEXP, text, at);
}

/** What a file imports or re-exports: names as they are written. */
export function importsOf(text: string): readonly string[] {
  const statement =
    /(?:^|\n)\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(statement)].map((found) => found[1] ?? found[2] ?? '');
}
