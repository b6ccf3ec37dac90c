/** Parts of a history that are searched in turns, one of them very hard. */
import { describe, expect, it } from 'vitest';
import { attemptsOf } from '../../src/verify/attempt.ts';
import type { HistoryEvent } from '../../src/verify/history.ts';
import { checkHistory, DEFAULT_SEARCH_LIMITS } from '../../src/verify/linearizability.ts';
import { mapModel } from '../../src/verify/map.ts';
import { callsOf } from '../../src/verify/model.ts';
import { Search } from '../../src/verify/search.ts';
import { searchInTurns, type Resumable } from '../../src/verify/turns.ts';
import { randomFrom } from './stories.ts';

/**
 * Numbers are added to a key, all at once, while one reads a sum of some of them: which ones, is
 * a puzzle that nobody solves quickly. It has an order, since the sum was made so.
 */
function puzzle(key: string, firstProcess: number): HistoryEvent[] {
  const random = randomFrom(firstProcess);
  const numbers = Array.from({ length: 40 }, () => 1 + random(1_000_000_000));
  const sum = numbers.filter(() => random(2) === 0).reduce((total, number) => total + number, 0);
  const calls = numbers.map((incr, index) => {
    const call = { process: firstProcess + index, f: 'txn', key: 'map', time: 0 };
    return { ...call, value: transaction({ op: 'incr', key, incr }) };
  });
  const result = { succeeded: true, results: [null] };
  return [
    ...calls.map((call) => ({ ...call, type: 'invoke' as const })),
    ...read(key, sum, firstProcess + numbers.length),
    ...calls.map((call) => ({ ...call, type: 'ok' as const, value: result })),
  ];
}

function transaction(action: unknown): unknown {
  return JSON.parse(`{"then":[${JSON.stringify(action)}]}`);
}

function read(key: string, value: unknown, process: number): HistoryEvent[] {
  const event = { process, f: 'read', key, time: 0 };
  return [
    { ...event, type: 'invoke', value: null },
    { ...event, type: 'ok', value },
  ];
}

describe('a key that is very hard', () => {
  const hard = puzzle('hard', 0);
  const limits = { maxSteps: 1_000_000, maxMemoryBytes: DEFAULT_SEARCH_LIMITS.maxMemoryBytes };

  it('cannot be decided soon', () => {
    const verdict = checkHistory(hard, mapModel, limits);
    expect(verdict).toMatchObject({ type: 'undecided', keys: 1, knownCalls: 41, openParts: 0 });
    expect(verdict.findings).toEqual(['key "hard": undecided, maxSteps (1000000) was reached']);
  });

  it.each([
    ['before', [...read('easy', 7, 1000), ...hard]],
    ['after', [...hard, ...read('easy', 7, 1000)]],
  ])('does not delay that one %s it is refuted', (_, events) => {
    const verdict = checkHistory(events, mapModel, { ...limits, maxSteps: 20_000 });
    expect(verdict).toMatchObject({ type: 'notLinearizable', keys: 2, openParts: 1 });
    expect(verdict.findings.map((text) => text.slice(0, 16))).toEqual(['key "easy": not ']);
  });

  it('takes all memory from none: the largest gives up, and the others go on', () => {
    const easy = Array.from({ length: 20 }, (_, i) => read(`easy ${i}`, null, 1000 + i)).flat();
    const small = { maxSteps: 5_000_000, maxMemoryBytes: 2_000_000 };
    const verdict = checkHistory([...hard, ...easy], mapModel, small);
    expect(verdict).toMatchObject({ type: 'undecided', keys: 21 });
    expect(verdict.findings).toEqual([
      'key "hard": undecided, maxMemoryBytes (2000000) was reached',
    ]);
  });

  it('shares one bound on memory with others that are', () => {
    const both = [...hard, ...puzzle('harder', 100)];
    const calls = callsOf(attemptsOf(hard), mapModel);
    const behaviour = mapModel.behaviourIn(calls);
    const search = new Search(behaviour, { calls, starts: [behaviour.initial], all: false });
    search.advance(60_000, Infinity);
    const maxMemoryBytes = 1.5 * search.bytes;
    const alone = checkHistory(hard, mapModel, { maxSteps: 60_000, maxMemoryBytes });
    expect(alone.findings.join()).toMatch(/^key "hard": undecided, maxSteps /);
    const verdict = checkHistory(both, mapModel, { maxSteps: 130_000, maxMemoryBytes });
    expect(verdict.findings.join()).toContain('maxMemoryBytes');
  });
});

/** Finds its result after so many steps, and remembers a byte for each. */
function search(steps: number, type: 'found' | 'none', log: string[], name: string): Resumable<1> {
  const state = { steps: 0, bytes: 0 };
  return Object.assign(state, {
    advance: (maxSteps: number, maxBytes: number) => {
      log.push(name);
      state.steps = Math.min(steps, maxSteps, maxBytes);
      state.bytes = state.steps;
      if (state.steps < steps) return undefined;
      if (type === 'none') return { type, blocking: 0, steps } as const;
      return { type, states: [1] } as const;
    },
  });
}

describe('turns', () => {
  it('get longer, go round, and end with the first refutation', () => {
    const log: string[] = [];
    const results = searchInTurns<1>(
      [
        () => search(1_000_000, 'found', log, 'a'),
        () => search(400, 'found', log, 'b'),
        () => search(1200, 'none', log, 'c'),
        () => search(2, 'none', log, 'd'),
      ].slice(0, 3),
      { maxSteps: 1e9, maxMemoryBytes: 1e9 },
    );
    expect(log.join(' ')).toBe('a b c a c');
    expect(results.map(({ type }) => type)).toEqual(['open', 'found', 'none']);
  });

  it('end with the steps, which all share', () => {
    const results = searchInTurns<1>(
      ['a', 'b'].map((name) => () => search(8000, 'found', [], name)),
      { maxSteps: 10_000, maxMemoryBytes: 1e9 },
    );
    expect(results).toEqual([
      { type: 'undecided', limit: 'maxSteps' },
      { type: 'undecided', limit: 'maxSteps' },
    ]);
  });

  it('take from the largest what it holds, so that another can go on', () => {
    const results = searchInTurns<1>(
      [() => search(9000, 'found', [], 'a'), () => search(5000, 'found', [], 'b')],
      { maxSteps: 1e9, maxMemoryBytes: 7000 },
    );
    expect(results.map(({ type }) => type)).toEqual(['undecided', 'found']);
  });
});
