/** The figures as tables in Markdown: each case with its ratios, round by round. */
import { againstText, type Comparison } from './against.ts';
import { compactionText, type Rewrites, type SnapshotCost } from './compaction.ts';
import type { Environment } from './environment.ts';
import type { FailoverTimes } from './failover.ts';
import { median } from './latency.ts';
import type { Generator } from './load-spec.ts';
import type { ManyKeys } from './many-keys.ts';
import type { BenchOptions } from './options.ts';
import type { RestartTimes } from './restart.ts';
import type { LoadCase, Memory, Sample } from './rounds.ts';
import { type Delivery, type Streamed, watchersText } from './watchers.ts';
import { judge, ratiosOf, samplesOf } from './targets.ts';

export interface Report {
  readonly environment: Environment;
  readonly options: BenchOptions;
  readonly generator: Generator;
  samples: readonly Sample[];
  memory: readonly Memory[];
  failovers: readonly FailoverTimes[];
  restarts: readonly RestartTimes[];
  manyKeys?: ManyKeys;
  rewrites?: readonly Rewrites[];
  snapshot?: SnapshotCost;
  deliveries?: readonly Delivery[];
  streamed?: Streamed;
  comparisons?: readonly Comparison[];
}

export function environmentText({ environment: on, generator, options }: Report): string {
  return [
    `${on.processor}, ${on.cores} cores, ${on.memoryMiB} MiB (${on.freeMiB} free), Linux ${on.kernel}`,
    `load average before: ${on.loadBefore.toFixed(2)}; disk: ${on.disk}`,
    `node ${on.node}, etcd ${on.etcd ?? 'not there'}, commit ${on.commit}, ${on.started}`,
    `generator: ${generator === 'wrk' ? `${on.wrk}, one thread` : 'our own, one process'}`,
    `${options.rounds} rounds of ${options.seconds} s, ${options.keys} keys, ` +
      `${options.valueBytes} random bytes a value, drawn evenly, all clients at the leader`,
  ].join('\n');
}

export function reportText(report: Report): string {
  const parts = [environmentText(report)];
  if (report.samples.length > 0) parts.push(loadTable(report.samples));
  if (report.memory.length > 0) parts.push(memoryTable(report.memory));
  if (report.failovers.length > 0) parts.push(failoverTable(report.failovers));
  if (report.restarts.length > 0) parts.push(restartTable(report.restarts));
  if (report.manyKeys !== undefined) parts.push(manyKeysTable(report.manyKeys));
  const compaction = compactionText(report.rewrites, report.snapshot);
  if (compaction !== '') parts.push(compaction);
  const watching = watchersText(report.deliveries, report.streamed);
  if (watching !== '') parts.push(watching);
  if (report.comparisons !== undefined) parts.push(againstText(report.comparisons));
  else parts.push(targetsTable(report));
  return parts.join('\n\n');
}

function loadTable(samples: readonly Sample[]): string {
  const header = [
    '',
    'Synod',
    'etcd',
    'ratio: median (min..max)',
    'Synod p50 / p99',
    'etcd p50 / p99',
  ];
  header.push('p50 ratio', 'p99 ratio', 'processor time a request', 'failed');
  const rows = casesOf(samples).map((one) => {
    const synod = samplesOf(samples, one, 'synod');
    const etcd = samplesOf(samples, one, 'etcd');
    return [
      `${one.operation.toUpperCase()}, ${one.connections} clients, ${one.replicas} replicas`,
      rate(synod),
      rate(etcd),
      ratios(synod, etcd, (sample) => sample.result.perSecond),
      latency(synod),
      latency(etcd),
      ratios(synod, etcd, (sample) => sample.result.p50Ms),
      ratios(synod, etcd, (sample) => sample.result.p99Ms),
      `${processorTime(synod)} / ${processorTime(etcd)}`,
      String(sum([...synod, ...etcd].map((sample) => sample.result.failures))),
    ];
  });
  return table(header, rows);
}

interface ReportedCase extends LoadCase {
  readonly replicas: number;
}

function casesOf(samples: readonly Sample[]): readonly ReportedCase[] {
  const cases = new Map<string, ReportedCase>();
  for (const { operation, connections, replicas } of samples) {
    cases.set(`${operation} ${connections} ${replicas}`, { operation, connections, replicas });
  }
  return [...cases.values()];
}

function ratios(
  synod: readonly Sample[],
  etcd: readonly Sample[],
  figure: (sample: Sample) => number,
): string {
  const perRound = ratiosOf(synod, etcd, figure);
  if (perRound.length === 0) return '-';
  const range = `${Math.min(...perRound).toFixed(2)}..${Math.max(...perRound).toFixed(2)}`;
  return `${median(perRound).toFixed(2)}x (${range})`;
}

function rate(samples: readonly Sample[]): string {
  if (samples.length === 0) return '-';
  return `${Math.round(median(samples.map((sample) => sample.result.perSecond)))}/s`;
}

/** Of all replicas together. */
function processorTime(samples: readonly Sample[]): string {
  return samples.length === 0 ? '-' : `${median(samples.map(({ allUs }) => allUs)).toFixed(0)} us`;
}

function latency(samples: readonly Sample[]): string {
  if (samples.length === 0) return '-';
  const p50 = median(samples.map((sample) => sample.result.p50Ms));
  const p99 = median(samples.map((sample) => sample.result.p99Ms));
  return `${p50.toFixed(2)} / ${p99.toFixed(2)} ms`;
}

function memoryTable(memory: readonly Memory[]): string {
  const rows = (['loaded', 'after the rounds'] as const).flatMap((when) => {
    const of = (system: Memory['system']): number =>
      memory.find((one) => one.when === when && one.system === system)?.leaderMiB ?? Number.NaN;
    const [synod, etcd] = [of('synod'), of('etcd')];
    if (Number.isNaN(synod) && Number.isNaN(etcd)) return [];
    return [
      [when, `${synod.toFixed(0)} MiB`, `${etcd.toFixed(0)} MiB`, `${(synod / etcd).toFixed(2)}x`],
    ];
  });
  return table(["leader's resident memory", 'Synod', 'etcd', 'ratio'], rows);
}

function failoverTable(failovers: readonly FailoverTimes[]): string {
  return table(
    ['fault to the next acknowledged write', 'median', 'max', 'times'],
    failovers.map(({ system, fault, timesMs }) => [
      `${system}: leader ${fault}`,
      ...times(timesMs),
    ]),
  );
}

function restartTable(restarts: readonly RestartTimes[]): string {
  return table(
    ['restart after SIGKILL', 'median', 'max', 'times'],
    restarts.map(({ system, what, timesMs }) => [`${system}: ${what}`, ...times(timesMs)]),
  );
}

function manyKeysTable(many: ManyKeys): string {
  const rows = [
    ['keys', String(many.fewKeys), String(many.manyKeys)],
    [
      'PUT, 64 clients',
      `${many.few.perSecond.toFixed(0)}/s`,
      `${many.many.perSecond.toFixed(0)}/s`,
    ],
    ["leader's resident memory", `${many.fewMiB.toFixed(0)} MiB`, `${many.manyMiB.toFixed(0)} MiB`],
    ['loaded at', '', `${many.fillPerSecond.toFixed(0)}/s`],
    ['slots in the log', '', String(many.slots)],
    ...many.restarts.map(({ what, timesMs }) => [
      `restart: ${what}`,
      '',
      times(timesMs).join(', '),
    ]),
  ];
  return table(['many keys, Synod alone', 'few', 'many'], rows);
}

function targetsTable(report: Report): string {
  const rows = judge(report).map(({ what, must, aim, measured, verdict }) => {
    return [what, must, aim, measured ?? '-', verdict];
  });
  return table(['target', 'must', 'aim', 'measured', ''], rows);
}

function times(timesMs: readonly number[]): readonly string[] {
  return [
    `${median(timesMs).toFixed(0)} ms`,
    `${Math.max(...timesMs).toFixed(0)} ms`,
    String(timesMs.length),
  ];
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows].map(line).join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
