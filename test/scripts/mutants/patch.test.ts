/** Patches that somebody else brings: what they may look like, and what is refused. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished, describe, expect, test } from 'vitest';
import { plantPatch, readPatch } from '../../../scripts/mutants/patch.ts';

const FILE = 'src/paxos/rule.ts';
const TEXT = `/** A rule. */
export function rule(a: number, b: number): boolean {
  const isAtLeast = a >= b;
  return isAtLeast;
}

export const LIMIT = 8;
`;
const HUNK = `@@ -1,5 +1,5 @@
 /** A rule. */
 export function rule(a: number, b: number): boolean {
-  const isAtLeast = a >= b;
+  const isAtLeast = a > b;
   return isAtLeast;
 }
`;
const PLANTED = TEXT.replace('a >= b', 'a > b');

/** A copy of a source with one file, or with this text in it. */
function makeCopy(text = TEXT): string {
  const directory = mkdtempSync(join(tmpdir(), 'synod-patch-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  write(join(directory, FILE), text);
  return directory;
}

function write(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function plant(directory: string, patch: string): Promise<string> {
  const patches = await readPatch(write(join(directory, 'mutant.patch'), patch));
  await plantPatch(directory, patches);
  const path = join(directory, FILE);
  return existsSync(path) ? readFileSync(path, 'utf8') : 'it is gone';
}

describe('a patch is planted', () => {
  test.each([
    ['git, with its prefixes', `diff --git a/${FILE} b/${FILE}\n--- a/${FILE}\n+++ b/${FILE}\n`],
    ['plain, with time stamps', `--- ${FILE}\t2026-01-01 12:00:00\n+++ ${FILE}\t2026-01-02\n`],
    ['of two trees', `diff -ru old/${FILE} new/${FILE}\n--- old/${FILE}\n+++ new/${FILE}\n`],
    ['of a copy beside it', `--- ${FILE}.orig\n+++ ${FILE}\n`],
    ['against a copy elsewhere', `--- /tmp/rule.ts\n+++ ./${FILE}\n`],
    ['with whole paths', `--- /home/a/synod/${FILE}\n+++ /home/a/synod/${FILE}\n`],
    ['svn', `Index: ${FILE}\n=====\n--- ${FILE}\t(revision 1)\n+++ ${FILE}\t(working copy)\n`],
  ])('%s', async (_, head) => {
    expect(await plant(makeCopy(), head + HUNK)).toBe(PLANTED);
  });

  const head = `--- a/${FILE}\n+++ b/${FILE}\n`;

  test('with CRLF, and in a source with CRLF', async () => {
    const patch = (head + HUNK).replaceAll('\n', '\r\n');
    expect(await plant(makeCopy(), patch)).toBe(PLANTED);
    expect(await plant(makeCopy(TEXT.replaceAll('\n', '\r\n')), head + HUNK)).toBe(PLANTED);
  });

  test('as a mail, with a signature', async () => {
    const mail = `From 1234 Mon Sep 17\nSubject: [PATCH] a bug\n\n---\n ${FILE} | 2 +-\n\n`;
    expect(
      await plant(
        makeCopy(),
        `${mail}diff --git a/${FILE} b/${FILE}\n${head}${HUNK}-- \n2.43.0\n\n`,
      ),
    ).toBe(PLANTED);
  });

  test('some lines further down, and beside a line that has changed', async () => {
    expect(await plant(makeCopy(`// one\n// two\n${TEXT}`), head + HUNK)).toContain('a > b');
    const changed = TEXT.replace('/** A rule. */', '/** A rule of two numbers. */');
    expect(await plant(makeCopy(changed), head + HUNK)).toContain('a > b');
  });

  test('with several hunks, files that are new and files that go', async () => {
    const directory = makeCopy(TEXT + '//\n'.repeat(20));
    write(join(directory, 'src/kv/old.ts'), 'export const OLD = 1;\n');
    const patch = `${head}${HUNK}@@ -26,2 +26,3 @@
 //
 //
+// the end
diff --git a/src/kv/new.ts b/src/kv/new.ts
new file mode 100644
--- /dev/null
+++ b/src/kv/new.ts
@@ -0,0 +1 @@
+export const NEW = 2;
--- a/src/kv/old.ts
+++ /dev/null
@@ -1 +0,0 @@
-export const OLD = 1;
`;
    expect(await plant(directory, patch)).toMatch(/a > b[^]*the end/);
    expect(readFileSync(join(directory, 'src/kv/new.ts'), 'utf8')).toBe('export const NEW = 2;\n');
    expect(existsSync(join(directory, 'src/kv/old.ts'))).toBe(false);
  });
});

describe('a patch is refused', () => {
  test.each([
    ['outside of src/', '--- a/test/rule.ts\n+++ b/test/rule.ts\n', 'not within src/'],
    ['package.json', '--- a/package.json\n+++ b/package.json\n', 'not within src/'],
    ['escapes', '--- a/src/../../rule.ts\n+++ b/src/../../rule.ts\n', 'not within src/'],
    ['escapes by a backslash', '--- src\\..\\..\\x.ts\n+++ src\\..\\..\\x.ts\n', 'not within src/'],
    ['a file that is not there', '--- a/src/kv/no.ts\n+++ b/src/kv/no.ts\n', 'no such file'],
    ['without a file', '', 'not within src/'],
    ['of one name only', `--- a/${FILE}\n`, 'no unified diff'],
  ])('%s', async (_, head, problem) => {
    await expect(plant(makeCopy(), head + HUNK)).rejects.toThrow(problem);
  });

  test('that fits nowhere, or makes a file that is there', async () => {
    const head = `--- a/${FILE}\n+++ b/${FILE}\n`;
    const other = HUNK.replace('-  const isAtLeast = a >= b;', '-  const isMore = b < a;');
    await expect(plant(makeCopy(), head + other)).rejects.toThrow('does not apply');
    const made = `--- /dev/null\n+++ b/${FILE}\n@@ -0,0 +1 @@\n+export const NEW = 2;\n`;
    await expect(plant(makeCopy(), made)).rejects.toThrow('is there already');
  });

  test.each(['', 'no diff at all\n', '@@ -1 +1 @@\n-only\n'])('no diff: %j', async (text) => {
    await expect(plant(makeCopy(), text)).rejects.toThrow(/no unified diff|not within src/);
  });

  test('and a file that cannot be read', async () => {
    await expect(readPatch('no/such.patch')).rejects.toThrow('cannot be read');
  });
});
