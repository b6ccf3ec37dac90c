/**
 * A mutant that somebody else brings: a unified diff of files in `src/`, as from `git diff` or
 * `diff -u`, with the paths of this project, with or without a prefix such as `a/`.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { applyPatch, parsePatch, type StructuredPatch } from 'diff';
import { PlantingError } from './source-copy.ts';

/** `git format-patch` ends with its version: no line of the hunk before. */
const SIGNATURE = /^-- \n\d.*$/gm;
/** How many lines of a hunk's context may differ, where it fits nowhere as it is. */
const FUZZ_LINES = 2;
const NOWHERE = '/dev/null';

/** Throws a `PlantingError` where it is no unified diff. */
export async function readPatch(file: string): Promise<readonly StructuredPatch[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new PlantingError(`it cannot be read: ${String(error)}`);
  });
  const patches = parse(text.replaceAll('\r\n', '\n').replaceAll(SIGNATURE, ''));
  if (patches.every(({ hunks }) => hunks.length === 0)) {
    throw new PlantingError('it is no unified diff: it changes nothing');
  }
  return patches;
}

function parse(text: string): readonly StructuredPatch[] {
  try {
    return parsePatch(text);
  } catch (error) {
    throw new PlantingError(`it is no unified diff: ${String(error)}`);
  }
}

/** Changes the copy in this directory. */
export async function plantPatch(
  directory: string,
  patches: readonly StructuredPatch[],
): Promise<void> {
  for (const patch of patches) {
    if (patch.isBinary === true) throw new PlantingError('it changes a binary file');
    const { from, to } = targetOf(patch, (path) => existsSync(join(directory, path)));
    const before = from === undefined ? '' : await readSource(directory, from);
    const after = apply(before, patch, to ?? from);
    if (from !== undefined && from !== to) await rm(join(directory, from));
    if (to === undefined) continue;
    await mkdir(dirname(join(directory, to)), { recursive: true });
    await writeFile(join(directory, to), after);
  }
}

async function readSource(directory: string, path: string): Promise<string> {
  const text = await readFile(join(directory, path), 'utf8');
  return text.replaceAll('\r\n', '\n');
}

function apply(before: string, patch: StructuredPatch, path = ''): string {
  const options = { autoConvertLineEndings: false };
  const exact = applyPatch(before, patch, options);
  if (exact !== false) return exact;
  const close = applyPatch(before, patch, { ...options, fuzzFactor: FUZZ_LINES });
  if (close !== false) return close;
  throw new PlantingError(`${path}: it does not apply`);
}

interface Target {
  /** Undefined: the file is new. */
  readonly from: string | undefined;
  /** Undefined: the file is deleted. */
  readonly to: string | undefined;
}

/** Of the two names that a diff gives a changed file, that of a file which is there. */
function targetOf(patch: StructuredPatch, isThere: (path: string) => boolean): Target {
  const { oldFileName = patch.index, newFileName = patch.index } = patch;
  const [from, to] = [pathOf(oldFileName), pathOf(newFileName)];
  const known = [to, from].filter((path) => path !== undefined);
  if (known.length === 0) {
    throw new PlantingError(`${newFileName ?? 'a hunk without a file'}: it is not within src/`);
  }
  if (oldFileName === NOWHERE || patch.isCreate === true) {
    if (to === undefined || isThere(to)) throw new PlantingError(`${to}: it is there already`);
    return { from: undefined, to };
  }
  const found = known.find((path) => isThere(path));
  if (found === undefined) throw new PlantingError(`${known[0]}: there is no such file`);
  if (newFileName === NOWHERE) return { from: found, to: undefined };
  return patch.isRename === true
    ? { from: from ?? found, to: to ?? found }
    : { from: found, to: found };
}

/** Within the project, without what stands before `src/`; undefined: somewhere else. */
function pathOf(name: string | undefined): string | undefined {
  const parts = (name ?? NOWHERE).replaceAll('\\', '/').split('/');
  const at = parts.indexOf('src');
  if (at < 0 || at === parts.length - 1 || parts.includes('..')) return undefined;
  return parts.slice(at).join('/');
}
