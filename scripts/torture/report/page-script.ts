/**
 * The page's script: the modules of `page/`, as the compiler wrote them, in one. Each stands in a
 * scope of its own, behind those that it imports, and gives out what it exports; so two modules may
 * not export the same name. The browser test would see it: the script would not start.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ENTRY = 'main';
/** From a source in scripts/torture/report: where the build puts the page. */
const BUILT_FROM_SOURCE = '../../../dist/scripts/torture/report/page';

export function pageScript(): string {
  const folder = pageFolder();
  return joinModules(ENTRY, (name) => {
    const file = path.join(folder, `${name}.js`);
    if (!existsSync(file)) throw new Error(`${file} is not there: npm run build makes it`);
    return readFileSync(file, 'utf8');
  });
}

/** Beside this file where it is built itself; sources, as tests run them, use what was built last. */
function pageFolder(): string {
  const here = fileURLToPath(import.meta.url);
  const folder = here.endsWith('.ts') ? BUILT_FROM_SOURCE : 'page';
  return path.join(path.dirname(here), folder);
}

const IMPORT = /^import \{[^{}]*\} from '\.\/([a-z0-9-]+)\.js';\n/gm;
const EXPORT = /^export (?=(?:async )?(?:function|class|const) (\w+))/gm;

export function joinModules(entry: string, read: (name: string) => string): string {
  const joined = new Map<string, string>();
  const add = (name: string): void => {
    if (joined.has(name)) return;
    joined.set(name, '');
    const text = read(name);
    for (const [, imported = ''] of text.matchAll(IMPORT)) add(imported);
    // To the end: what it imports stands before it.
    joined.delete(name);
    joined.set(name, scoped(name, text));
  };
  add(entry);
  return [...joined.values()].join('\n');
}

function scoped(name: string, text: string): string {
  const exported = [...text.matchAll(EXPORT)].map(([, own = '']) => own);
  const own = ownText(name, text).trim();
  if (exported.length === 0) return `// ${name}\nawait (async () => {\n${own}\n})();\n`;
  const names = exported.join(', ');
  return `// ${name}\nconst { ${names} } = (() => {\n${own}\nreturn { ${names} };\n})();\n`;
}

function ownText(name: string, text: string): string {
  const own = text
    .replaceAll(IMPORT, '')
    .replaceAll(EXPORT, '')
    .replaceAll(/^export \{\};\n/gm, '')
    .replaceAll(/^\/\/# sourceMappingURL=.*$/gm, '');
  const left = /^(?:import|export)\b.*$/m.exec(own);
  if (left !== null) throw new Error(`page/${name}: one module cannot hold: ${left[0]}`);
  // An HTML parser looks for these before a script is one.
  if (/<\/script|<!--/i.test(own)) throw new Error(`page/${name}: ends the script element`);
  return own;
}
