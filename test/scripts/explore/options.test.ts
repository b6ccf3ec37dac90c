import { describe, expect, test } from 'vitest';
import { readOrder } from '../../../scripts/explore/options.ts';
import { describe as summarize, statusOf } from '../../../scripts/explore/summary.ts';
import { CoreSystem } from '../../../src/exploration/core/core-system.ts';
import { DEFAULT_CORE_SCOPE } from '../../../src/exploration/core/scope.ts';
import { explore } from '../../../src/exploration/explorer.ts';

const SMALL = { ...DEFAULT_CORE_SCOPE, crashes: 0, slots: 1, proposers: 1 };

describe('npm run explore is told', () => {
  test('nothing: three replicas, two proposers, two slots, one crash', () => {
    expect(readOrder([])).toMatchObject({ model: 'core', scope: DEFAULT_CORE_SCOPE, limits: {} });
    expect(DEFAULT_CORE_SCOPE).toMatchObject({ replicas: 3, proposers: 2, slots: 2, crashes: 1 });
  });

  test('a scope and limits', () => {
    const text =
      '--slots 3 --crashes 0 --duplicates 2 --heartbeats --max-states 7 --max-memory-mb 2';
    expect(readOrder([...text.split(' '), '--no-reductions'])).toMatchObject({
      scope: { slots: 3, crashes: 0, duplicates: 2, heartbeats: true },
      limits: { maxStates: 7, maxMemoryBytes: 2 * 1024 ** 2 },
    });
  });

  test('which reductions to do without', () => {
    const args = ['--without', 'selfAtOnce', '--without', 'deadMessages'];
    expect(readOrder(args)).toMatchObject({
      scope: { reductions: { chosenVictim: true, selfAtOnce: false, deadMessages: false } },
    });
  });

  test('help, and the example', () => {
    expect(readOrder(['--help'])).toEqual({ type: 'help' });
    expect(readOrder(['--model', 'paxos-example'])).toMatchObject({ model: 'paxos-example' });
  });

  test.each([
    [['--slots', '0']],
    [['--slots', 'two']],
    [['--crashes', '-1']],
    [['--model', 'raft']],
    [['--proposers', '4']],
    [['--without', 'haste']],
    [['--speed']],
    [['more']],
  ])('what makes no sense: %s', (args) => expect(() => readOrder(args)).toThrow(/./));
});

describe('npm run explore ends', () => {
  test('well', () => {
    const report = explore(new CoreSystem(SMALL));
    expect(statusOf(report)).toBe(0);
    const text = summarize(report, 2, true);
    expect(text).toContain('reached after 4: something is chosen in slot 1');
    expect(text).toContain(
      '   1. replica 1 campaigns; replica 1 promises 1.1, is candidate in 1.1',
    );
    expect(text).toMatch(/verdict: complete\n$/);
  });

  test('with 1 where what must be reached is not', () => {
    const report = explore(new CoreSystem({ ...SMALL, campaigns: 0 }));
    expect(statusOf(report)).toBe(1);
    expect(summarize(report, 1, false)).toContain('NOT REACHED: something is chosen in slot 1');
  });

  test('with 1 and the path on a violation', () => {
    const report = explore(new CoreSystem(SMALL));
    const violation = { property: 'I1', message: 'I1: agreement', path: ['this', 'then that'] };
    const violated = { ...report, verdict: 'violated', violation } as const;
    expect(statusOf(violated)).toBe(1);
    expect(summarize(violated, 1, false)).toContain(
      'VIOLATED: I1: agreement\n   1. this\n   2. then that\n',
    );
  });

  test('with 3 at a limit', () => {
    const report = explore(new CoreSystem(SMALL), { limits: { maxStates: 5 } });
    expect(statusOf(report)).toBe(3);
    expect(summarize(report, 1, false)).toContain('verdict: limitReached (maxStates)');
  });
});
