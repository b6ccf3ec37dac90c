/**
 * `npm run check-history`: whether recorded histories are linearizable, one line for each file.
 * docs/histories.md describes the formats.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseEdnLog } from '../src/verify/edn-log.ts';
import { parseHistory } from '../src/verify/history.ts';
import { parseJepsenLog } from '../src/verify/jepsen-log.ts';
import {
  checkHistory,
  DEFAULT_SEARCH_LIMITS,
  type Verdict,
} from '../src/verify/linearizability.ts';
import { mapModel } from '../src/verify/map.ts';
import { registerModel } from '../src/verify/register.ts';
import type { SearchLimits } from '../src/verify/search.ts';
import { textModel } from '../src/verify/text.ts';

type Check = (text: string, limits: SearchLimits) => Verdict;

const CHECKS: ReadonlyMap<string, Check> = new Map([
  ['etcd-register', (text, limits) => checkHistory(parseJepsenLog(text), registerModel, limits)],
  ['kv', (text, limits) => checkHistory(parseEdnLog(text), textModel, limits)],
  ['register', (text, limits) => checkHistory(parseHistory(text), registerModel, limits)],
  ['map', (text, limits) => checkHistory(parseHistory(text), mapModel, limits)],
]);

/** As grep has it: trouble with a file outweighs what was found in others. */
const STATUS = { linearizable: 0, notLinearizable: 1, wrong: 2, undecided: 3 } as const;
const GRAVITY = ['linearizable', 'undecided', 'notLinearizable', 'wrong'] as const;
type Result = keyof typeof STATUS;

const BYTES_PER_MIB = 1024 * 1024;
const DEFAULT_MEMORY_MIB = DEFAULT_SEARCH_LIMITS.maxMemoryBytes / BYTES_PER_MIB;

const HELP = `usage: npm run check-history -- --model MODEL [--explain] FILE...

Prints, for each file, one line: FILE linearizable, FILE not linearizable, or
FILE undecided: WHY, where a limit was reached first. Status 0: all are linearizable; 1: one is
not; 2: an option or a file is wrong; 3: one is undecided.

  --model MODEL    etcd-register  one register, a log of Jepsen
                   kv             texts with put, append and get, in EDN
                   register       registers with read, write and cas, in JSON lines
                   map            a map with transactions, in JSON lines
  --explain        after the line, the fewest calls that have no order
  --steps N        how often the model may be asked for one file; ${DEFAULT_SEARCH_LIMITS.maxSteps}
  --memory MIB     how much the search of one file may remember; ${DEFAULT_MEMORY_MIB}

docs/histories.md describes the formats.
`;

function main(): void {
  const { values, positionals } = optionsOf(process.argv.slice(2));
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const check = CHECKS.get(values.model ?? '');
  if (check === undefined) {
    return refuse(`--model: not one of ${[...CHECKS.keys()].join(', ')}: ${values.model ?? ''}`);
  }
  if (positionals.length === 0) return refuse('no FILE is given');
  const limits = {
    maxSteps: count('--steps', values.steps),
    maxMemoryBytes: count('--memory', values.memory) * BYTES_PER_MIB,
  };
  const results = positionals.map((file) => checkFile(file, check, { limits, ...values }));
  const gravest = Math.max(...results.map((result) => GRAVITY.indexOf(result)));
  process.exitCode = STATUS[GRAVITY[gravest] ?? 'wrong'];
}

function optionsOf(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        model: { type: 'string' },
        explain: { type: 'boolean', default: false },
        steps: { type: 'string', default: String(DEFAULT_SEARCH_LIMITS.maxSteps) },
        memory: { type: 'string', default: String(DEFAULT_MEMORY_MIB) },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return refuse(problemOf(error));
  }
}

function checkFile(
  file: string,
  check: Check,
  { limits, explain }: { limits: SearchLimits; explain: boolean },
): Result {
  try {
    const verdict = check(textOf(file), limits);
    process.stdout.write(`${file} ${describe(verdict)}\n`);
    const findings = verdict.findings.map((finding) => `${finding}\n`.replaceAll(/^(?=.)/gm, '  '));
    if (explain) process.stdout.write(findings.join(''));
    return verdict.type;
  } catch (error) {
    process.stderr.write(`${file}: ${problemOf(error)}\n`);
    return 'wrong';
  }
}

function describe({ type, findings }: Verdict): string {
  if (type === 'notLinearizable') return 'not linearizable';
  return type === 'undecided' ? `undecided: ${findings.join('; ')}` : type;
}

/** Throws where it is not UTF-8. A mark of the byte order is passed over. */
function textOf(file: string): string {
  const bytes = readFileSync(placeOf(file));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Error(`not UTF-8: ${problemOf(error)}`, { cause: error });
  }
}

/** `npm run` changes the directory to the package's: where it was called from counts too. */
function placeOf(file: string): string {
  const { INIT_CWD: calledFrom } = process.env;
  if (existsSync(file) || calledFrom === undefined) return file;
  const other = path.resolve(calledFrom, file);
  return existsSync(other) ? other : file;
}

function count(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0 && /^\d+$/.test(text)) return number;
  return refuse(`${name}: not a whole number above 0: ${text}`);
}

function refuse(problem: string): never {
  process.stderr.write(`${problem}\n\n${HELP}`);
  return process.exit(STATUS.wrong);
}

function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

main();
