/** The targets, and what a report says of each. A ratio is to etcd's, in the same sitting. */
import { median } from './latency.ts';
import type { Report } from './report.ts';
import type { LoadCase, Sample } from './rounds.ts';

export interface Judged {
  readonly what: string;
  readonly must: string;
  readonly aim: string;
  /** Undefined where this report did not measure it. */
  readonly measured: string | undefined;
  readonly verdict: 'aim met' | 'aim missed' | 'must met' | 'MISSED' | 'not measured';
}

interface Target {
  readonly what: string;
  readonly better: 'higher' | 'lower';
  readonly must: number;
  readonly aim: number;
  readonly unit: 'x' | 'ms' | 'MiB';
  /** NaN where the report does not have it. */
  readonly measure: (report: Report) => number;
}

const MILLION = 1_000_000;

const TARGETS: readonly Target[] = [
  {
    what: 'PUT, 1 client, p50',
    better: 'lower',
    must: 0.85,
    aim: 0.65,
    unit: 'x',
    measure: (report) => ratio(report, { operation: 'put', connections: 1 }, 3, 'p50Ms'),
  },
  {
    what: 'PUT, 1 client, p99 (aim: no worse)',
    better: 'lower',
    must: Infinity,
    aim: 1,
    unit: 'x',
    measure: (report) => ratio(report, { operation: 'put', connections: 1 }, 3, 'p99Ms'),
  },
  {
    what: 'PUT, 64 clients',
    better: 'higher',
    must: 2,
    aim: 3,
    unit: 'x',
    measure: (report) => ratio(report, { operation: 'put', connections: 64 }, 3, 'perSecond'),
  },
  {
    what: 'PUT, 256 clients',
    better: 'higher',
    must: 2,
    aim: 4,
    unit: 'x',
    measure: (report) => ratio(report, { operation: 'put', connections: 256 }, 3, 'perSecond'),
  },
  {
    what: 'linearizable GET, 64 clients, at the leader',
    better: 'higher',
    must: 4,
    aim: 6,
    unit: 'x',
    measure: (report) => ratio(report, { operation: 'get', connections: 64 }, 3, 'perSecond'),
  },
  {
    what: '5 replicas, PUT, 64 clients',
    better: 'higher',
    must: 2,
    aim: 3,
    unit: 'x',
    measure: (report) => ratio(report, { operation: 'put', connections: 64 }, 5, 'perSecond'),
  },
  {
    what: 'leader killed, the slowest of all',
    better: 'lower',
    must: 500,
    aim: 150,
    unit: 'ms',
    measure: (report) => slowestFailover(report, ['killed']),
  },
  {
    what: 'leader stopped or cut off, the slowest of all',
    better: 'lower',
    must: 1_500,
    aim: 600,
    unit: 'ms',
    measure: (report) => slowestFailover(report, ['stopped', 'cut off']),
  },
  {
    what: "leader's memory, the worst moment",
    better: 'lower',
    must: 1.6,
    aim: 1.2,
    unit: 'x',
    measure: worstMemoryRatio,
  },
  {
    what: '10 million keys: PUT rate against that of 100,000',
    better: 'higher',
    must: 0.6,
    aim: 0.85,
    unit: 'x',
    measure: ({ manyKeys: many }) =>
      many?.manyKeys === 10 * MILLION ? many.many.perSecond / many.few.perSecond : Number.NaN,
  },
  {
    what: 'restart with 1 million slots and keys, to ready',
    better: 'lower',
    must: 5_000,
    aim: 1_000,
    unit: 'ms',
    measure: ({ manyKeys: many }) =>
      many !== undefined && many.slots >= MILLION
        ? Math.max(...many.restarts.flatMap(({ timesMs }) => timesMs))
        : Number.NaN,
  },
  {
    what: 'memory with 10 million keys',
    better: 'lower',
    must: 1_000,
    aim: 400,
    unit: 'MiB',
    measure: ({ manyKeys: many }) => (many?.manyKeys === 10 * MILLION ? many.manyMiB : Number.NaN),
  },
];

export function judge(report: Report): readonly Judged[] {
  return TARGETS.map((target) => {
    const { what, unit, better } = target;
    const measured = target.measure(report);
    const text = (value: number): string =>
      value === Infinity ? '-' : `${unit === 'x' ? value.toFixed(2) : Math.round(value)} ${unit}`;
    const words = { what, must: text(target.must), aim: text(target.aim) };
    if (!Number.isFinite(measured)) {
      return { ...words, measured: undefined, verdict: 'not measured' };
    }
    const meets = (bound: number): boolean =>
      better === 'higher' ? measured >= bound : measured <= bound;
    return { ...words, measured: text(measured), verdict: verdictOf(target, meets) };
  });
}

function verdictOf(target: Target, meets: (bound: number) => boolean): Judged['verdict'] {
  if (meets(target.aim)) return 'aim met';
  // Where there is no must, the aim alone can be missed.
  if (target.must === Infinity) return 'aim missed';
  return meets(target.must) ? 'must met' : 'MISSED';
}

/** Ratios are taken within a round: what disturbs the machine then disturbs both. */
export function ratiosOf(
  synod: readonly Sample[],
  etcd: readonly Sample[],
  figure: (sample: Sample) => number,
): readonly number[] {
  return synod.flatMap((sample) => {
    const other = etcd.find((one) => one.round === sample.round);
    return other === undefined ? [] : [figure(sample) / figure(other)];
  });
}

export function samplesOf(
  samples: readonly Sample[],
  one: LoadCase & { readonly replicas: number },
  system: Sample['system'],
): readonly Sample[] {
  return samples.filter(
    (sample) =>
      sample.system === system &&
      sample.operation === one.operation &&
      sample.connections === one.connections &&
      sample.replicas === one.replicas,
  );
}

function ratio(
  { samples }: Report,
  one: LoadCase,
  replicas: number,
  figure: 'perSecond' | 'p50Ms' | 'p99Ms',
): number {
  const synod = samplesOf(samples, { ...one, replicas }, 'synod');
  const etcd = samplesOf(samples, { ...one, replicas }, 'etcd');
  return median(ratiosOf(synod, etcd, (sample) => sample.result[figure]));
}

function slowestFailover({ failovers }: Report, faults: readonly string[]): number {
  const ours = failovers.filter(
    ({ system, fault }) => system === 'synod' && faults.includes(fault),
  );
  return Math.max(...ours.flatMap(({ timesMs }) => timesMs));
}

function worstMemoryRatio({ memory }: Report): number {
  const ratios = memory
    .filter(({ system }) => system === 'synod')
    .flatMap((ours) =>
      memory
        .filter((other) => other.system === 'etcd' && other.when === ours.when)
        .map((other) => ours.leaderMiB / other.leaderMiB),
    );
  return Math.max(...ratios);
}
