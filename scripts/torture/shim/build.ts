/** The library is C, and compiled where it is used: it has to fit the C library of that machine. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { definitions } from './layout.ts';

const SOURCES = ['shim.c', 'rules.c', 'clock.c', 'files.c', 'names.c', 'calls.c', 'stdio.c'];
const FLAGS = ['-O2', '-std=gnu11', '-Wall', '-Wextra', '-shared', '-fPIC', '-fno-builtin'];

/** Why replicas cannot be run under the shim here, in words; `undefined`: they can. */
export async function shimMissing(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'the shim is for Linux alone';
  try {
    await promisify(execFile)('gcc', ['--version']);
    return undefined;
  } catch {
    return 'gcc is missing, so nothing stands between a replica and its disk and clocks';
  }
}

/** What this process has compiled already: it is the same for all. */
let built: Buffer | undefined;

/** Compiles it into a folder, where it is not there yet. Throws with what the compiler says. */
export function buildShim(folder: string): string {
  const library = join(folder, 'shim.so');
  if (existsSync(library)) return library;
  mkdirSync(folder, { recursive: true });
  if (built === undefined) compile(library);
  else writeFileSync(library, built);
  built ??= readFileSync(library);
  return library;
}

function compile(library: string): void {
  const from = sourceFolder();
  const sources = SOURCES.map((name) => join(from, name));
  const libraries = ['-ldl', '-lpthread'];
  execFileSync('gcc', [...FLAGS, ...definitions(), '-o', library, ...sources, ...libraries]);
}

/** C is not copied to `dist`. */
function sourceFolder(): string {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, 'package.json')) && root !== dirname(root)) root = dirname(root);
  return join(root, 'scripts', 'torture', 'shim');
}
