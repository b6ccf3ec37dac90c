/** A failing seed: how it is told, replayed, and made smaller. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Case, type Failure, type Outcome, runCase } from '../../src/simulation/case.ts';
import { CHOICE_KINDS } from '../../src/simulation/choices.ts';
import { shrink, type Shrunk } from '../../src/simulation/shrink.ts';
import { formatTrace, traceFileOf } from '../../src/simulation/trace-file.ts';
import type { TraceView, WorldChange } from './options.ts';
import { caseOf } from './seed-run.ts';
import { printStory } from './story.ts';
import { grouped } from './tally.ts';

const SHRINK_SECONDS = 60;
const CASES = join('runs', 'simulate');
const WHOLE: TraceView = { isShown: true, isComplete: false };

export function printFailure(seed: number, failure: Failure, change: WorldChange): void {
  print(`\nseed ${seed} VIOLATES ${failureText(failure)}`);
  if (failure.stack !== undefined) print(failure.stack.replaceAll(/^/gm, '    '));
  print(`  replay: ${replayCommand(seed, change)}`);
}

/** With every option that makes it exact. */
export function replayCommand(seed: number, { minEvents, replicas }: WorldChange): string {
  const size = replicas === undefined ? '' : ` --replicas ${replicas}`;
  const events = minEvents === undefined ? '' : ` --events ${minEvents}`;
  return `npm run simulate -- --seed ${seed}${size}${events} --trace`;
}

/** Prints the smallest version of the failure that is found in time, and saves it. */
export function shrinkFailure(seed: number, change: WorldChange): void {
  print(`\nshrinking seed ${seed}, for ${SHRINK_SECONDS} s at the most ...`);
  const untilMs = performance.now() + SHRINK_SECONDS * 1_000;
  const isOver = (): boolean => performance.now() >= untilMs;
  const shrunk = shrink(caseOf(seed, change), { run: runCase, isOver });
  if (shrunk === undefined) {
    print('  it does not fail when it is run again');
    return;
  }
  const outcome = runCase({ ...shrunk.case, isRecording: true });
  printStory(outcome, WHOLE);
  print(`\n${shrunkText(shrunk)}`);
  const file = join(CASES, `seed-${seed}.jsonl`);
  saveTrace(file, shrunk.case, outcome);
  print(`  replay: npm run simulate -- --replay ${file}`);
}

export function saveTrace(file: string, tried: Case, outcome: Outcome): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, formatTrace(traceFileOf(tried, outcome)));
  print(`  saved: ${file}`);
}

export function failureText({ detail, rule }: Failure): string {
  return detail === '' ? rule : `${rule} (${detail})`;
}

function shrunkText({ after, before, case: tried, isMinimal, runs }: Shrunk): string {
  const kinds = CHOICE_KINDS.flatMap((kind) => {
    const count = tried.kept?.[kind]?.length ?? 0;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  const what = isMinimal ? 'none can be left out' : 'time was over, others may be left out too';
  return [
    `shrunk in ${grouped(runs)} runs: ` +
      `${grouped(before.choices)} choices to ${after.choices}, ` +
      `${grouped(before.events)} events to ${grouped(after.events)}`,
    `  choices kept: ${kinds.length === 0 ? 'none' : kinds.join(', ')} (${what})`,
  ].join('\n');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
