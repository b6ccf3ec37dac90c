import { describe, expect, it } from 'vitest';

import { describeEnvironment } from '../../../scripts/bench/environment.ts';
import { parseOptions } from '../../../scripts/bench/options.ts';
import { type Report, reportText } from '../../../scripts/bench/report.ts';
import type { Sample } from '../../../scripts/bench/rounds.ts';
import { judge } from '../../../scripts/bench/targets.ts';

const EMPTY: Report = {
  environment: describeEnvironment('/'),
  options: parseOptions([]),
  generator: 'own',
  samples: [],
  memory: [],
  failovers: [],
  restarts: [],
};

function puts(round: number, system: Sample['system'], perSecond: number): Sample {
  const rest = { requests: 1, p50Ms: 1, p99Ms: 1, maxMs: 1, failures: 0, generatorUs: 1 };
  const result = { ...rest, perSecond };
  const one = { operation: 'put', connections: 64, replicas: 3 } as const;
  return { ...one, round, system, result, leaderUs: 1, allUs: 1 };
}

function verdictOf(report: Report, what: string): string | undefined {
  return judge(report).find((one) => one.what === what)?.verdict;
}

describe('the targets', () => {
  it('judge by the median of the ratios, each within its round', () => {
    const rounds = [
      [2_000, 1_000],
      [900, 300],
      [5_000, 1_000],
    ];
    const samples = rounds.flatMap(([synod = 0, etcd = 0], round) => [
      puts(round, 'synod', synod),
      puts(round, 'etcd', etcd),
    ]);
    expect(verdictOf({ ...EMPTY, samples }, 'PUT, 64 clients')).toBe('aim met');
    expect(verdictOf({ ...EMPTY, samples: samples.slice(0, 2) }, 'PUT, 64 clients')).toBe(
      'must met',
    );
    const slow = [puts(1, 'synod', 1_999), puts(1, 'etcd', 1_000)];
    expect(verdictOf({ ...EMPTY, samples: slow }, 'PUT, 64 clients')).toBe('MISSED');
  });

  it('judge a failover by the slowest', () => {
    const failovers = [{ system: 'synod', fault: 'killed', timesMs: [20, 30, 501] }] as const;
    const what = 'leader killed, the slowest of all';
    expect(verdictOf({ ...EMPTY, failovers }, what)).toBe('MISSED');
  });

  it('say what was not measured', () => {
    for (const { verdict } of judge(EMPTY)) expect(verdict).toBe('not measured');
    expect(reportText(EMPTY)).toContain('not measured');
  });
});
