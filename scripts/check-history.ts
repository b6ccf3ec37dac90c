/**
 * `npm run check-history`: whether recorded histories are linearizable, or keep another promise, one
 * line for each file.
 * docs/histories.md describes the formats.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseEdnLog } from '../src/verify/edn-log.ts';
import { checkBank } from '../src/verify/bank.ts';
import { checkCounter } from '../src/verify/counter.ts';
import { parseHistory, type HistoryEvent } from '../src/verify/history.ts';
import { parseJepsenLog } from '../src/verify/jepsen-log.ts';
import {
  checkHistory,
  DEFAULT_SEARCH_LIMITS,
  type Verdict,
} from '../src/verify/linearizability.ts';
import { checkLock } from '../src/verify/lock.ts';
import { mapModel } from '../src/verify/map.ts';
import { registerModel } from '../src/verify/register.ts';
import type { Report } from '../src/verify/report.ts';
import type { SearchLimits } from '../src/verify/search.ts';
import { checkSet } from '../src/verify/set.ts';
import { checkStaleness } from '../src/verify/staleness.ts';
import { textModel } from '../src/verify/text.ts';
import { checkWatch } from '../src/verify/watch.ts';

/** What is printed of one file. */
interface Outcome {
  readonly result: Result;
  readonly text: string;
  readonly findings: readonly string[];
}

type Check = (text: string, limits: SearchLimits) => Outcome;

const CHECKS: ReadonlyMap<string, Check> = new Map([
  [
    'etcd-register',
    ordered((text, limits) => checkHistory(parseJepsenLog(text), registerModel, limits)),
  ],
  ['kv', ordered((text, limits) => checkHistory(parseEdnLog(text), textModel, limits))],
  ['register', ordered((text, limits) => checkHistory(parseHistory(text), registerModel, limits))],
  ['map', ordered((text, limits) => checkHistory(parseHistory(text), mapModel, limits))],
  ['set', promised(checkSet)],
  ['counter', promised(checkCounter)],
  ['bank', promised(checkBank)],
  ['lock', promised((events) => checkLock(events))],
  ['watch', promised(checkWatch)],
  ['staleness', promised(checkStaleness)],
]);

/** As grep has it: trouble with a file outweighs what was found in others. */
const STATUS = { good: 0, bad: 1, wrong: 2, undecided: 3 } as const;
const GRAVITY = ['good', 'undecided', 'bad', 'wrong'] as const;
type Result = keyof typeof STATUS;

const BYTES_PER_MIB = 1024 * 1024;
const DEFAULT_MEMORY_MIB = DEFAULT_SEARCH_LIMITS.maxMemoryBytes / BYTES_PER_MIB;

const HELP = `usage: npm run check-history -- --model MODEL [--explain] FILE...

Prints, for each file, one line: FILE linearizable, FILE not linearizable, or
FILE undecided: WHY, where a limit was reached first; of the last six models, FILE passed or
FILE failed, with what was counted. Status 0: all are linearizable, or passed; 1: one is not, or
failed; 2: an option or a file is wrong; 3: one is undecided.

  --model MODEL    etcd-register  one register, a log of Jepsen
                   kv             texts with put, append and get, in EDN
                   register       registers with read, write and cas, in JSON lines
                   map            a map with transactions, in JSON lines
                   set            sets that only grow, in JSON lines, as all below
                   counter        counters, to which each addition is added once
                   bank           accounts with a total that stays
                   lock           locks with fences, and leases
                   watch          streams of watches, and the writes that they tell of
                   staleness      reads at the revision that they claim
  --explain        after the line, the fewest calls that have no order, or what is wrong
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
    const { text, findings, result } = check(textOf(file), limits);
    process.stdout.write(`${file} ${text}\n`);
    const told = findings.map((finding) => `${finding}\n`.replaceAll(/^(?=.)/gm, '  '));
    if (explain) process.stdout.write(told.join(''));
    return result;
  } catch (error) {
    process.stderr.write(`${file}: ${problemOf(error)}\n`);
    return 'wrong';
  }
}

function ordered(verdictOf: (text: string, limits: SearchLimits) => Verdict): Check {
  return (text, limits) => {
    const { type, findings } = verdictOf(text, limits);
    if (type === 'linearizable') return { result: 'good', text: type, findings };
    if (type === 'notLinearizable') return { result: 'bad', text: 'not linearizable', findings };
    return { result: type, text: `undecided: ${findings.join('; ')}`, findings };
  };
}

function promised(reportOf: (events: readonly HistoryEvent[]) => Report): Check {
  return (text) => {
    const { type, counts, findings } = reportOf(parseHistory(text));
    const counted = Object.entries(counts).filter(([, count]) => count > 0);
    const figures = counted.map(([name, count]) => `${name} ${count}`).join(', ');
    return {
      result: type === 'passed' ? 'good' : 'bad',
      text: figures === '' ? type : `${type}: ${figures}`,
      findings: findings.map((finding) => finding.text),
    };
  };
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
