/**
 * Collects settings from a file, from `SYNOD_*` variables and from flags, by walking the schema:
 * `timing.tickMs` is `SYNOD_TIMING_TICK_MS` and `--timing-tick-ms`. It says of each where it came
 * from, and judges no value: that is the schema's.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export interface ConfigSources {
  /** Without node and the script. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** One value that can be set: a leaf of the schema. A list is one value, written as JSON, as `true` is. */
export interface Setting {
  readonly path: readonly string[];
  readonly variable: string;
  readonly flag: string;
  readonly kind: 'number' | 'text' | 'json';
  readonly description: string;
  readonly defaultsTo: string | undefined;
}

export type Collected =
  | {
      readonly type: 'settings';
      readonly settings: unknown;
      readonly secretVariable: string | undefined;
      /** ` (from --flag)` and so on, or nothing where nobody set it. */
      readonly originOf: (path: readonly PropertyKey[]) => string;
    }
  | { readonly type: 'refused'; readonly problems: readonly string[] }
  | { readonly type: 'help' }
  | { readonly type: 'version' };

const MAX_CONFIG_FILE_BYTES = 1_048_576;

export function settingsOf(schema: z.core.$ZodType, path: readonly string[] = []): Setting[] {
  const { inner, description, defaultsTo } = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape).flatMap(([name, field]) =>
      settingsOf(field, [...path, name]),
    );
  }
  const words = path.join('-').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return [
    {
      path,
      variable: `SYNOD_${words.replaceAll('-', '_').toUpperCase()}`,
      flag: `--${words}`,
      kind: kindOf(inner),
      description,
      defaultsTo,
    },
  ];
}

function kindOf(inner: z.core.$ZodType): Setting['kind'] {
  if (inner instanceof z.ZodNumber) return 'number';
  return inner instanceof z.ZodArray || inner instanceof z.ZodBoolean ? 'json' : 'text';
}

function unwrap(schema: z.core.$ZodType): {
  inner: z.core.$ZodType;
  description: string;
  defaultsTo: string | undefined;
} {
  let inner = schema;
  let description = '';
  let defaultsTo: string | undefined;
  for (;;) {
    description ||= z.globalRegistry.get(inner)?.description ?? '';
    if (inner instanceof z.ZodDefault) {
      defaultsTo = String(inner.def.defaultValue);
      inner = inner.unwrap();
    } else if (inner instanceof z.ZodPrefault || inner instanceof z.ZodExactOptional) {
      inner = inner.unwrap();
    } else {
      return { inner, description, defaultsTo };
    }
  }
}

export function collectSources(sources: ConfigSources, schema: z.core.$ZodType): Collected {
  const known = settingsOf(schema);
  const flags = readFlags(sources.argv, known);
  if (flags.help) return { type: 'help' };
  if (flags.version) return { type: 'version' };
  const variables = readVariables(sources.env, known);
  const configFile = flags.configFile ?? variables.configFile;
  const file = configFile === undefined ? EMPTY_FILE : readConfigFile(configFile);
  const problems = [...flags.problems, ...variables.problems, ...file.problems];
  if (problems.length > 0) return { type: 'refused', problems };

  const settings: Tree = structuredClone(file.settings);
  const origins = new Map<string, string>();
  for (const { setting, value, from } of [...variables.given, ...flags.given]) {
    const problem = set(settings, setting.path, value);
    if (problem !== undefined) problems.push(`${problem} (in ${configFile})`);
    origins.set(setting.path.join('.'), ` (from ${from})`);
  }
  if (problems.length > 0) return { type: 'refused', problems };
  const fromFile = configFile === undefined ? '' : ` (in ${configFile})`;
  return {
    type: 'settings',
    settings,
    secretVariable: sources.env['SYNOD_SECRET'],
    originOf: (path) => originOf(path.map(String), origins) ?? fromFile,
  };
}

/** The nearest field above `path` that a flag or a variable gave. */
function originOf(path: readonly string[], origins: ReadonlyMap<string, string>) {
  for (let length = path.length; length > 0; length -= 1) {
    const origin = origins.get(path.slice(0, length).join('.'));
    if (origin !== undefined) return origin;
  }
  return undefined;
}

interface Given {
  readonly setting: Setting;
  readonly value: unknown;
  readonly from: string;
}

interface Flags {
  readonly given: readonly Given[];
  readonly problems: readonly string[];
  readonly configFile: string | undefined;
  readonly help: boolean;
  readonly version: boolean;
}

/** A wrong flag is refused by its name; what stands after `=` is never repeated in a message. */
function readFlags(argv: readonly string[], known: readonly Setting[]): Flags {
  const given: Given[] = [];
  const problems: string[] = [];
  const seen = new Set<string>();
  let configFile: string | undefined;
  const rest = [...argv];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const at = arg.indexOf('=');
    const name = at < 0 ? arg : arg.slice(0, at);
    if (name === '--help' || name === '-h' || name === '--version') continue;
    const setting = known.find((candidate) => candidate.flag === name);
    if (setting === undefined && name !== '--config') {
      problems.push(describeUnknownFlag(name));
      if (at < 0 && rest[0]?.startsWith('-') === false) rest.shift();
      continue;
    }
    const text = at < 0 ? rest.shift() : arg.slice(at + 1);
    if (text === undefined) problems.push(`${name}: needs a value`);
    else if (seen.has(name)) problems.push(`${name}: is given twice`);
    else if (setting === undefined) configFile = text;
    else given.push({ setting, value: fromText(setting, text), from: name });
    seen.add(name);
  }
  const help = argv.includes('--help') || argv.includes('-h');
  return { given, problems, configFile, help, version: argv.includes('--version') };
}

function describeUnknownFlag(name: string): string {
  if (name === '--secret') {
    return '--secret: arguments can be read by others; use secretFile or SYNOD_SECRET';
  }
  return name.startsWith('-')
    ? `${name}: there is no such flag (--help lists them)`
    : 'arguments: only flags are taken (--help lists them)';
}

function readVariables(env: ConfigSources['env'], known: readonly Setting[]) {
  const given: Given[] = [];
  const problems: string[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('SYNOD_') || text === undefined) continue;
    if (name === 'SYNOD_CONFIG' || name === 'SYNOD_SECRET') continue;
    const setting = known.find((candidate) => candidate.variable === name);
    if (setting === undefined) problems.push(`${name}: there is no such setting`);
    else given.push({ setting, value: fromText(setting, text), from: name });
  }
  return { given, problems, configFile: env['SYNOD_CONFIG'] };
}

/** Text that is not of the setting's kind stays text, for the schema to refuse by its name. */
function fromText(setting: Setting, text: string): unknown {
  if (setting.kind === 'number') return /^\d{1,16}$/.test(text) ? Number(text) : text;
  if (setting.kind === 'text') return text;
  const parsed = parseJson(text);
  return parsed.type === 'json' ? parsed.value : text;
}

type Tree = Record<string, unknown>;

interface ConfigFile {
  readonly settings: Tree;
  readonly problems: readonly string[];
}

const EMPTY_FILE: ConfigFile = { settings: {}, problems: [] };

function readConfigFile(file: string): ConfigFile {
  const refused = (why: string) => ({ settings: {}, problems: [`${file}: ${why}`] });
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return refused(error instanceof Error ? error.message : 'cannot be read');
  }
  if (text.length > MAX_CONFIG_FILE_BYTES) return refused('is larger than a configuration is');
  const parsed = parseJson(text);
  if (parsed.type === 'wrong') return refused(`is not JSON (${parsed.why})`);
  if (!isTree(parsed.value)) return refused('must hold one JSON object');
  return { settings: parsed.value, problems: [] };
}

function parseJson(text: string) {
  try {
    const value: unknown = JSON.parse(text);
    return { type: 'json', value } as const;
  } catch (error) {
    return { type: 'wrong', why: error instanceof Error ? error.message : 'unknown' } as const;
  }
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets one leaf; says so where the file holds something else than an object on the way to it. */
function set(tree: Tree, path: readonly string[], value: unknown): string | undefined {
  let at = tree;
  for (const [depth, name] of path.slice(0, -1).entries()) {
    at[name] ??= {};
    const next = at[name];
    if (!isTree(next)) return `${path.slice(0, depth + 1).join('.')}: must be an object`;
    at = next;
  }
  at[path.at(-1) ?? ''] = value;
  return undefined;
}
