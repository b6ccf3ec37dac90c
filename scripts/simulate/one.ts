/** One world: by its seed, or out of a file. */
import { readFileSync } from 'node:fs';
import { isSameFailure, type Outcome, runCase } from '../../src/simulation/case.ts';
import { parseTrace, type TraceFile } from '../../src/simulation/trace-file.ts';
import { failureText, printFailure, saveTrace, shrinkFailure } from './failure.ts';
import { type Order, type TraceView, UsageError } from './options.ts';
import { caseOf, difference } from './seed-run.ts';
import { printStory } from './story.ts';
import { grouped } from './tally.ts';

export type OneOrder = Extract<Order, { readonly type: 'one' }>;
export type ReplayOrder = Extract<Order, { readonly type: 'replay' }>;

/** The exit status. */
export function runOne({ change, save, seed, shrinks, view }: OneOrder): number {
  const tried = caseOf(seed, change);
  const isRecording = view.isShown || save !== undefined;
  const outcome = runCase({ ...tried, isRecording });
  tell(outcome, view);
  if (save !== undefined) saveTrace(save, tried, outcome);
  const changed = difference(outcome.traceHash, runCase(tried).traceHash);
  const failure = outcome.failure ?? changed;
  if (failure === undefined) return 0;
  printFailure(seed, failure, change);
  if (shrinks && changed === undefined) shrinkFailure(seed, change);
  return 1;
}

/** The exit status: 1 where it still fails. */
export function runReplay({ file, view }: ReplayOrder): number {
  const saved = readTrace(file);
  const outcome = runCase({ ...saved.case, isRecording: true });
  tell(outcome, { isShown: true, isComplete: view.isComplete });
  print(`\n${file}: ${comparison(saved, outcome)}`);
  return outcome.failure === undefined ? 0 : 1;
}

function tell(outcome: Outcome, view: TraceView): void {
  if (view.isShown) printStory(outcome, view);
  const { events, failure, result, traceHash } = outcome;
  const held =
    result?.isDecided === false ? 'every invariant but I16, which is open,' : 'every invariant';
  const end = failure === undefined ? `${held} holds` : `VIOLATES ${failureText(failure)}`;
  const { applied = 0, leaders = 0, operations = 0, reads = 0, slots = 0 } = result ?? {};
  const counts =
    result === undefined
      ? ''
      : `; ${operations} operations, ${applied} applied, ${reads} reads, ${slots} slots, ` +
        `${leaders} leaders`;
  print(`\n${end}; ${grouped(events)} events${counts}; trace hash ${traceHash}`);
}

function comparison(saved: TraceFile, outcome: Outcome): string {
  const { failure } = saved;
  const same = `trace hash ${outcome.traceHash}`;
  const isSame = isSameFailure(failure, outcome.failure);
  if (isSame && saved.traceHash === outcome.traceHash) return `the same happens, ${same}`;
  if (!isSame) {
    const before = failure === undefined ? 'every invariant held' : failureText(failure);
    return `it ends otherwise: when it was saved, ${before}`;
  }
  return `it ends in the same way, but other things happen: ${same}, it was ${saved.traceHash}`;
}

function readTrace(file: string): TraceFile {
  try {
    return parseTrace(readFileSync(file, 'utf8'));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--replay ${file}: ${problem}`, { cause: error });
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
