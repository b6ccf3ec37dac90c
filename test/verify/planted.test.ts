/**
 * Histories as large as recordings are, right ones and ones with a planted violation. Each is to
 * be decided within ten seconds, of the processor: those of a clock also measure what else runs.
 * That what is planted is wrong is shown on small ones.
 */
import { describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../../src/verify/history.ts';
import { checkHistory, type Verdict } from '../../src/verify/linearizability.ts';
import type { Defined, Model } from '../../src/verify/model.ts';
import { registerModel } from '../../src/verify/register.ts';
import { textModel } from '../../src/verify/text.ts';
import { mixedIn, withoutPiece, WRONG_REGISTERS } from './planted.ts';
import { record, type Recording } from './recorder.ts';
import { hasOrder, plainCalls } from './reference.ts';
import { randomFrom } from './stories.ts';
import { registers, texts, type Workload } from './workloads.ts';

const MAX_CPU_US = 10_000_000;

function checkInTime<State extends Defined, Input, Output>(
  events: readonly HistoryEvent[],
  model: Model<State, Input, Output>,
): Verdict {
  const before = process.cpuUsage();
  const verdict = checkHistory(events, model);
  const { user, system } = process.cpuUsage(before);
  expect(user + system).toBeLessThan(MAX_CPU_US);
  return verdict;
}

const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);

/** Each piece is appended once; 50 characters, as long ones of real recordings are. */
function appends(keys: readonly string[]): Workload {
  let count = 0;
  const workload = texts(keys, ['']);
  return {
    ...workload,
    wish: (random) => {
      const wish = workload.wish(random);
      if (wish.f === 'get') return wish;
      count += 1;
      return { ...wish, f: 'append', value: `x ${count} y`.padEnd(50, '.') };
    },
  };
}

describe('what is planted has no order', () => {
  const small = { events: 10, processes: 3, unknownPercent: 20 };

  it.each(WRONG_REGISTERS)('of a register: %s', (_, wrong) => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const workload = registers(['k'], [1, 2]);
      const { events } = record({ ...small, seed }, workload);
      const mixed = mixedIn(randomFrom(seed), events, wrong);
      expect(hasOrder(plainCalls(events), workload)).toBe(true);
      expect(hasOrder(plainCalls(mixed), workload)).toBe(false);
      expect(checkHistory(mixed, registerModel).type).toBe('notLinearizable');
    }
  });

  it('of a text: a get that lacks what was appended before', () => {
    let found = 0;
    for (let seed = 1; seed <= 100; seed += 1) {
      const workload = appends(['k']);
      const { events } = record({ ...small, seed }, workload);
      const wrong = withoutPiece(randomFrom(seed), events);
      if (wrong === undefined) continue;
      found += 1;
      expect(hasOrder(plainCalls(wrong), workload)).toBe(false);
      expect(checkHistory(wrong, textModel).type).toBe('notLinearizable');
    }
    expect(found).toBeGreaterThan(30);
  });
});

describe('one register', () => {
  const cases: readonly (readonly [string, Recording, Workload])[] = [
    [
      '5 values',
      { seed: 1, events: 50_000, processes: 5, unknownPercent: 10 },
      registers(['k'], numbers(5)),
    ],
    [
      '100 values',
      { seed: 2, events: 20_000, processes: 5, unknownPercent: 10 },
      registers(['k'], numbers(100)),
    ],
    [
      'a million values',
      { seed: 3, events: 50_000, processes: 5, unknownPercent: 10 },
      registers(['k'], numbers(1e6)),
    ],
    [
      '20 processes',
      { seed: 4, events: 20_000, processes: 20, unknownPercent: 5 },
      registers(['k'], numbers(5)),
    ],
  ];

  it.each(cases)('passes: %s', (_, recording, workload) => {
    const { events } = record(recording, workload);
    const verdict = checkInTime(events, registerModel);
    expect(verdict).toMatchObject({ type: 'linearizable', keys: 1 });
    expect(verdict.unknownCalls).toBeGreaterThan(100);
  });
});

describe('texts of 10 clients', () => {
  const cases: readonly (readonly [string, Recording, readonly string[]])[] = [
    [
      '10 keys',
      { seed: 1, events: 5000, processes: 10, unknownPercent: 10 },
      numbers(10).map(String),
    ],
    ['1 key', { seed: 2, events: 1500, processes: 10, unknownPercent: 10 }, ['0']],
    ['1 key, all known', { seed: 3, events: 2000, processes: 10, unknownPercent: 0 }, ['0']],
  ];

  it.each(cases)('pass, and are refuted without a piece: %s', (_, recording, keys) => {
    const { events } = record(recording, appends(keys));
    expect(checkInTime(events, textModel).type).toBe('linearizable');
    const wrong = withoutPiece(randomFrom(1), events);
    expect(checkInTime(wrong ?? [], textModel).type).toBe('notLinearizable');
  });
});
