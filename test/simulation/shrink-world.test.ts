/** The shrinker on real worlds, whose replicas have a planted bug. */
import { beforeAll, describe, expect, test } from 'vitest';
import type * as caseModule from '../../src/simulation/case.ts';
import { CHOICE_KINDS } from '../../src/simulation/choices.ts';
import type * as shrinkModule from '../../src/simulation/shrink.ts';
import { importMutant, type Mutation } from '../support/mutant.ts';

const ROOMS = ['paxos', 'kv', 'storage', 'transport', 'replica', 'verify', 'simulation'];
/** An acceptor accepts below its promise. */
const ACCEPTS_ALL: Mutation = {
  file: 'paxos/acceptor-rules.ts',
  find: 'export function mayAccept(promised: Ballot, ballot: Ballot): boolean {',
  replace: 'export function mayAccept(promised: Ballot, ballot: Ballot): boolean { return true;',
};
/** Of the seed that is shrunk: many choices, and runs that are quick. */
const MIN_CHOICES = 50;
const MAX_EVENTS = 800;
const MAX_SEED = 200;
const MAX_RUNS = 4_000;

type Modules = typeof caseModule & typeof shrinkModule;

let runCase: Modules['runCase'];
let isSameFailure: Modules['isSameFailure'];
let shrunk: shrinkModule.Shrunk;

beforeAll(async () => {
  const modules = ['simulation/case.ts', 'simulation/shrink.ts'];
  const mutant = await importMutant<Modules>([ACCEPTS_ALL], modules, ROOMS);
  ({ runCase, isSameFailure } = mutant);
  let runs = 0;
  const isOver = (): boolean => {
    runs += 1;
    return runs > MAX_RUNS;
  };
  const found = mutant.shrink({ seed: failingSeed(mutant) }, { run: runCase, isOver });
  if (found === undefined) throw new Error('a seed that failed passes');
  shrunk = found;
});

function failingSeed(mutant: Modules): number {
  for (let seed = 1; seed <= MAX_SEED; seed += 1) {
    const { failure, kept } = mutant.runCase({ seed, untilEvents: MAX_EVENTS });
    if (failure !== undefined && mutant.countChoices(kept) >= MIN_CHOICES) return seed;
  }
  throw new Error(`no seed up to ${MAX_SEED} finds the bug`);
}

describe('a world with a planted bug', () => {
  test('is shrunk to a small part, which fails in the same way', () => {
    const { after, before, isMinimal, outcome } = shrunk;
    expect(isMinimal).toBe(true);
    expect(after.choices).toBeLessThan(before.choices / 4);
    expect(after.events).toBeLessThan(before.events);
    const whole = runCase({ seed: shrunk.case.seed });
    expect(isSameFailure(outcome.failure, whole.failure)).toBe(true);
  });

  test('happens again from its case alone, recorded or not', () => {
    const again = runCase(shrunk.case);
    const recorded = runCase({ ...shrunk.case, isRecording: true });
    expect(again.traceHash).toBe(shrunk.outcome.traceHash);
    expect(recorded.traceHash).toBe(shrunk.outcome.traceHash);
    expect(recorded.trace.at(-1)?.event.type).toBe('violation');
  });

  test('does not fail in that way, or later, without any one of the choices that are left', () => {
    const { case: tried, outcome } = shrunk;
    for (const kind of CHOICE_KINDS) {
      const kept = tried.kept?.[kind] ?? [];
      for (const left of kept) {
        const others = { ...tried.kept, [kind]: kept.filter((number) => number !== left) };
        const { events, failure } = runCase({ ...tried, kept: others });
        const isWorse = !isSameFailure(failure, outcome.failure) || events > outcome.events;
        expect(isWorse, `${kind} ${left}`).toBe(true);
      }
    }
  });
});
