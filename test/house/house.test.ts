import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  badNames,
  barrels,
  defaultExports,
  escapesFromTypes,
  impurities,
  leftovers,
  longFiles,
  wrongArrows,
} from './rules.ts';
import { codeOf, importsOf, readSources } from './source.ts';

const src = readSources('src');
const rest = readSources('scripts', 'test').filter(({ path }) => !path.startsWith('test/house/'));

describe('the house', () => {
  test('is read', () => expect(src.length).toBeGreaterThan(10));
  test('arrows between rooms run one way', () => expect(wrongArrows(src)).toEqual([]));
  test('the pure rooms are pure', () => expect(impurities(src)).toEqual([]));
  test('no `as`, `!` or `any` in src', () => expect(escapesFromTypes(src)).toEqual([]));
  test('no default exports', () => expect(defaultExports([...src, ...rest])).toEqual([]));
  test('no barrels', () => expect(barrels(src)).toEqual([]));
  test('files are short', () => {
    const scripts = rest.filter(({ path }) => path.startsWith('scripts/'));
    expect(longFiles([...src, ...scripts])).toEqual([]);
  });
  test('nothing is left over', () => expect(leftovers([...src, ...rest])).toEqual([]));
  test('names are subjects, in kebab case', () => expect(badNames([...src, ...rest])).toEqual([]));
});

/** `[kv/apply.ts](../src/kv/apply.ts) \`apply\`, \`other\`` names functions of that file. */
describe('docs/a-put.md', () => {
  const page = readFileSync('docs/a-put.md', 'utf8');
  const named = [...page.matchAll(/\]\(\.\.\/([^)]+)\)((?:,? `[#\w]+`)*)/g)];
  const functions = named.flatMap(([, file = '', names = '']) =>
    [...names.matchAll(/`([#\w]+)`/g)].map(([, name = '']) => ({ file, name })),
  );
  test('names files that are there', () => {
    expect(named.length).toBeGreaterThan(20);
    const files = new Set(src.map(({ path }) => path));
    expect(named.map(([, file = '']) => file).filter((file) => !files.has(file))).toEqual([]);
  });
  test.each(functions)('$file has $name', ({ file, name }) => {
    const { text } = src.find(({ path }) => path === file) ?? { text: '' };
    expect(text).toMatch(
      new RegExp(String.raw`^(export function|function|  (static )?)\s*${name}[<(]`, 'm'),
    );
  });
});

const at = (path: string, text: string) => [{ path, text }];

describe('each rule bites', () => {
  test.each([
    ['src/kv/a.ts', "import { b } from '../paxos/b.ts';"],
    ['src/paxos/a.ts', "import type { Key } from '../kv/key.ts';"],
    ['src/storage/a.ts', "import {\n  b,\n} from '../replica/b.ts';"],
    ['src/transport/a.ts', "export { c } from '../main.ts';"],
    ['src/config.ts', "import { c } from './kv/c.ts';"],
    ['src/http/a.ts', "const c = await import('../storage/c.ts');"],
    ['src/cellar/a.ts', ''],
  ])('arrows: %s %s', (path, text) => expect(wrongArrows(at(path, text))).toHaveLength(1));

  test('arrows that are allowed', () => {
    expect(wrongArrows(at('src/replica/a.ts', "import { b } from '../kv/b.ts';"))).toEqual([]);
    expect(wrongArrows(at('src/main.ts', "import { b } from './http/b.ts';"))).toEqual([]);
  });

  test.each([
    "import fs from 'node:fs';",
    "import { z } from 'zod';",
    'const now = Date.now();',
    'const x = Math.random();',
    'const b = `${Buffer.from(a)}`;',
    'async function f() {}',
    'const e = process.env;',
    'setTimeout(f, 1);',
  ])('purity: %s', (text) => expect(impurities(at('src/paxos/a.ts', text))).toHaveLength(1));

  test('purity looks at code alone, and at the pure rooms alone', () => {
    const text = "// Date, process\n/* await */ const word = 'Buffer'; const t = `process`;";
    expect(impurities(at('src/kv/a.ts', text))).toEqual([]);
    expect(impurities(at('src/http/a.ts', 'const now = Date.now();'))).toEqual([]);
  });

  test.each([
    'const a = b as string;',
    'const a = b!;',
    'const a = b!.c;',
    'f(a[0]!)',
    'const a: any = 1;',
    'function f(): Map<string, any> {}',
    'const a = <T extends any>() => 1;',
  ])('types: %s', (text) => {
    const expected = text.includes('extends any') ? 0 : 1;
    expect(escapesFromTypes(at('src/kv/a.ts', text))).toHaveLength(expected);
  });

  test.each([
    'const a = [1] as const;',
    "import { a as b } from './b.ts';",
    'if (!a || a !== b) f(!c);',
    'const text = `as ${any} !`; // as string',
    'const any = 1;',
    'const r = /as string!./;',
  ])('types that are allowed: %s', (text) => {
    expect(escapesFromTypes(at('src/kv/a.ts', text))).toEqual([]);
  });

  test('the others', () => {
    expect(defaultExports(at('src/a.ts', 'export default 1;'))).toHaveLength(1);
    expect(barrels(at('src/kv/all.ts', "export * from './a.ts';"))).toHaveLength(1);
    expect(barrels(at('src/kv/all.ts', "export * from './a.ts';\nconst b = 1;"))).toEqual([]);
    expect(longFiles(at('src/a.ts', 'a\n'.repeat(301)))).toHaveLength(1);
    expect(longFiles(at('src/a.ts', 'a\n'.repeat(300)))).toEqual([]);
    // Marks as the rule is to find them: nothing is left over here.
    expect(leftovers(at('src/a.ts', '// TODO: later'))).toHaveLength(1);
    expect(leftovers(at('test/a.ts', "test.only('a', f)"))).toHaveLength(1);
    expect(badNames(at('src/utils/a.ts', ''))).toHaveLength(1);
    expect(badNames(at('src/kv/ApplyThing.ts', ''))).toHaveLength(1);
  });

  test('code is told apart from text', () => {
    expect(codeOf("a('b') // c")).toBe("a('')  ");
    expect(codeOf('`a ${b ? `c ${d}` : { e: 1 }.e} f` + g')).toBe(
      '`${b ? `${d}` : { e: 1 }.e}` + g',
    );
    expect(codeOf("const a = b / c; // '")).toBe('const a = b / c;  ');
    expect(codeOf("x.replace(/'/g, y)")).toBe("x.replace('', y)");
    expect(importsOf("import a from 'a';\nimport type {\n B,\n} from './b.ts';")).toEqual([
      'a',
      './b.ts',
    ]);
  });
});
