/** Modules of the page become one script. */
import { expect, it } from 'vitest';
import { joinModules } from '../../../../scripts/torture/report/page-script.ts';

const modules: Readonly<Record<string, string>> = {
  main: "import { one, Two } from './one.js';\nimport { three } from './three.js';\nglobalThis.sum = one() + three + new Two().two;\n",
  one: "import { three } from './three.js';\nconst SIZE = 1;\nexport function one() {\n    return SIZE + three;\n}\nexport class Two {\n    two = 2;\n}\n//# sourceMappingURL=one.js.map",
  three: 'const SIZE = 3;\nexport const three = SIZE;\nexport {};\n',
  star: "import * as all from './one.js';\n",
  renamed: 'const one = 1;\nexport { one };\n',
  evil: "const text = '</script>';\n",
};

function join(entry: string): string {
  return joinModules(entry, (name) => modules[name] ?? '');
}

it('each stands behind what it imports, and keeps its own names to itself', async () => {
  const script = join('main');
  expect(script).not.toMatch(/^(import|export)|sourceMapping/m);
  const results: { sum?: number } = {};
  await import(`data:text/javascript,${encodeURIComponent(script)}`);
  Object.assign(results, { sum: Reflect.get(globalThis, 'sum') });
  Reflect.deleteProperty(globalThis, 'sum');
  expect(results.sum).toBe(9);
});

it.each(['star', 'renamed', 'evil'])('refuses %s', (name) => {
  expect(() => join(name)).toThrow(`page/${name}: `);
});
