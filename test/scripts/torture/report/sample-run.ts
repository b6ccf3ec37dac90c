/** A run as it might have been, made up from a seed: to look at, and to test the report with. */
import { Random } from '../../../../src/simulation/random.ts';
import type { HistoryEvent } from '../../../../src/verify/history.ts';
import type {
  Check,
  FaultMark,
  RunRecord,
  Sample,
} from '../../../../scripts/torture/run-record.ts';

export interface SampleOptions {
  readonly seconds: number;
  /** Of each process, on the average, while all is well. */
  readonly callsPerSecond: number;
  readonly processesPerWorkload: number;
  /** Of each process whose calls only read. */
  readonly isGreen?: boolean;
}

/** A key and a value that would be markup, were they not texts. */
export const EVIL_KEY = '</script><img src=x onerror="document.title=\'evil\'">';
export const STALE_READ = 'key "k3": not linearizable';

type RecordedEvent = HistoryEvent & { readonly replica: number };

interface Trouble {
  readonly fromUs: number;
  readonly toUs: number;
  readonly replica: number;
}

const REPLICAS = [1, 2, 3] as const;
const WORKLOADS = {
  register: ['read', 'write', 'cas'],
  set: ['add', 'read-all'],
  bank: ['transfer', 'balances'],
} as const;

export function sampleRun(options: SampleOptions): RunRecord {
  const random = new Random(4711);
  const troubles = troublesOf(options, random);
  let process = 0;
  const histories = new Map<string, RecordedEvent[]>();
  for (const [workload, calls] of Object.entries(WORKLOADS)) {
    const events: RecordedEvent[] = [];
    for (let count = 0; count < options.processesPerWorkload; count += 1) {
      addCalls(events, { process, calls, options, troubles, random });
      process += 1;
    }
    histories.set(
      workload,
      events.toSorted((a, b) => a.time - b.time),
    );
  }
  const faults = troubles.flatMap(faultMarks);
  const samples = samplesOf(options, troubles, random);
  return { verdict: verdictOf(options, histories), histories, faults, samples };
}

function troublesOf({ seconds }: SampleOptions, random: Random): readonly Trouble[] {
  const troubles: Trouble[] = [];
  for (let at = 4; at < seconds - 8; at += 6 + random.next() * 8) {
    const length = 1.5 + random.next() * 5;
    const replica = random.pick(REPLICAS);
    troubles.push({ fromUs: at * 1e6, toUs: (at + length) * 1e6, replica });
  }
  return troubles.map(({ fromUs, toUs, replica }) => ({
    fromUs: Math.round(fromUs),
    toUs: Math.round(toUs),
    replica,
  }));
}

function faultMarks({ fromUs, toUs, replica }: Trouble, id: number): readonly FaultMark[] {
  const kind = id % 3;
  const fault = ['N5', 'N3', 'N1'][kind] ?? '';
  const text = [`isolate replica ${replica}`, `pause replica ${replica}`][kind];
  const replicas = [replica];
  if (text === undefined) {
    return [
      { time: fromUs, type: 'once', id, fault, text: `kill replica ${replica}`, replicas },
      { time: fromUs, type: 'begin', id: id + 1000, fault, text: 'it is down', replicas },
      { time: toUs, type: 'end', id: id + 1000, fault, text: 'restarted', replicas },
    ];
  }
  return [
    { time: fromUs, type: 'begin', id, fault, text, replicas },
    { time: toUs, type: 'end', id, fault, text: 'healed', replicas },
  ];
}

interface Caller {
  readonly process: number;
  readonly calls: readonly string[];
  readonly options: SampleOptions;
  readonly troubles: readonly Trouble[];
  readonly random: Random;
}

function addCalls(events: RecordedEvent[], caller: Caller): void {
  const { process, calls, options, troubles, random } = caller;
  const replica = REPLICAS[process % REPLICAS.length] ?? 1;
  const pauseUs = 1e6 / options.callsPerSecond;
  let time = Math.round(random.next() * pauseUs);
  while (time < options.seconds * 1e6) {
    const f = random.pick(calls);
    const key = random.chance(0.002) ? EVIL_KEY : `k${random.between(0, 7)}`;
    const value = askedValue(f, random);
    const call = { process, f, key, value, replica };
    events.push({ ...call, type: 'invoke', time });
    const { us, ending } = fate(f, time, replica, troubles, random);
    time += us;
    events.push({ ...call, ...ending, time });
    time += Math.round(random.next() * 2 * pauseUs) + 1;
  }
}

function askedValue(f: string, random: Random): unknown {
  if (f === 'cas') return [random.between(0, 9), random.between(0, 9)];
  if (f === 'transfer') return { from: 'a', to: 'b', amount: random.between(1, 20) };
  return f === 'write' || f === 'add' ? random.between(0, 1e6) : null;
}

type Ending = Pick<HistoryEvent, 'type'> & { readonly value?: unknown; readonly error?: string };

function fate(
  f: string,
  time: number,
  replica: number,
  troubles: readonly Trouble[],
  random: Random,
): { readonly us: number; readonly ending: Ending } {
  const trouble = troubles.find(({ fromUs, toUs }) => fromUs <= time && time <= toUs);
  const usual = Math.round(700 * Math.exp(1.2 * (random.next() + random.next() - 0.6)));
  const slow = f.startsWith('read') || f === 'balances' ? usual : usual * 3;
  if (trouble?.replica === replica) return troubled(trouble, time, random);
  if (trouble !== undefined && time - trouble.fromUs < 600_000) {
    return { us: 400_000 + slow, ending: { type: 'ok', value: answer(f, random) } };
  }
  if (f === 'cas' && random.chance(0.15)) return { us: slow, ending: { type: 'fail' } };
  return { us: slow, ending: { type: 'ok', value: answer(f, random) } };
}

function troubled(trouble: Trouble, time: number, random: Random) {
  const untilUs = Math.min(3_000_000, trouble.toUs - time + 50_000);
  const error = 'HeadersTimeoutError: no answer within 3000 ms';
  if (random.chance(0.5))
    return { us: Math.round(untilUs), ending: { type: 'info', error } as const };
  const refused = { type: 'fail', error: '503 no_leader' } as const;
  return { us: 2_000 + random.between(0, 300_000), ending: refused };
}

function answer(f: string, random: Random): unknown {
  if (f === 'read') return random.between(0, 9);
  if (f === 'read-all') return Array.from({ length: 30 }, (_, index) => index * 3);
  return f === 'balances' ? { a: 60, b: 40 } : null;
}

function samplesOf(
  { seconds }: SampleOptions,
  troubles: readonly Trouble[],
  random: Random,
): readonly Sample[] {
  const samples: Sample[] = [];
  let leader = 1;
  let round = 1;
  let slot = 0;
  for (let time = 100_000; time < seconds * 1e6; time += 250_000) {
    const trouble = troubles.find(({ fromUs, toUs }) => fromUs <= time && time <= toUs);
    const isElecting = trouble?.replica === leader && time - trouble.fromUs > 500_000;
    if (isElecting) {
      leader = (leader % 3) + 1;
      round += random.between(1, 2);
    }
    slot += trouble === undefined ? 300 : 90;
    for (const replica of REPLICAS) {
      const isOut = trouble?.replica === replica;
      if (isOut && random.chance(0.7)) continue;
      samples.push({
        time: time + replica * 900,
        replica,
        role: replica === leader ? 'leader' : isOut || isElecting ? 'candidate' : 'follower',
        leader: isOut ? null : leader,
        ballot: { round: isOut ? round + 1 : round, leader: isOut ? replica : leader },
        chosenUpTo: isOut ? slot - 400 : slot - random.between(0, 20),
        appliedUpTo: slot - 40,
        residentMiB: 90 + replica * 6 + (time / 1e6) * 0.3 + random.next() * 4,
      });
    }
  }
  return samples;
}

function verdictOf(
  { seconds, isGreen = false }: SampleOptions,
  histories: ReadonlyMap<string, readonly RecordedEvent[]>,
): RunRecord['verdict'] {
  const endings = [...histories.values()].flat();
  const count = (type: string) => endings.filter((event) => event.type === type).length;
  return {
    name: 'register+set+bank under partition+pause+kill',
    result: isGreen ? 'green' : 'red',
    skipped: null,
    workloads: Object.keys(WORKLOADS),
    faults: ['N1', 'N3', 'N5'],
    replicas: 3,
    seed: 4711,
    minutes: seconds / 60,
    commit: 'e9c6deb0c2d1',
    startedAt: '2025-01-02T03:04:05.678Z',
    host: { node: 'v20.20.2', kernel: 'Linux 6.1.0', cores: 2 },
    operations: { ok: count('ok'), failed: count('fail'), unknown: count('info') },
    recovery: { serviceMs: 412, readyMs: 900, equalMs: 1930 },
    checks: isGreen
      ? passedChecks()
      : [...passedChecks(), staleCheck(histories.get('register') ?? [])],
    messages: { sent: 182_734, dropped: 2_113, delayed: 991, duplicated: 0 },
  };
}

function passedChecks(): readonly Check[] {
  const none = { findings: [] };
  return [
    { name: 'set: nothing lost', result: 'passed', text: '5,113 added, all read', ...none },
    { name: 'bank: total', result: 'passed', text: '812 snapshots of 100', ...none },
    { name: 'hashes equal', result: 'passed', text: '3 replicas at slot 61,220', ...none },
    { name: 'service is back', result: 'passed', text: '412 ms after the last fault', ...none },
    { name: 'clocks', result: 'skipped', text: 'no shim on this host', ...none },
    {
      name: 'ballots settle',
      result: 'undecided',
      text: 'too few samples',
      findings: [{ text: 'replica 2 told of none for 3 s' }],
    },
  ];
}

/** Two reads after the middle of the run saw what was no longer there. */
function staleCheck(events: readonly RecordedEvent[]): Check {
  const middle = (events.at(-1)?.time ?? 0) / 2;
  const reads = events.filter(
    ({ type, f, time }) => type === 'invoke' && f === 'read' && time > middle,
  );
  const findings = reads.slice(0, 2).map(({ time, process }, index) => ({
    text: `${STALE_READ}. No order explains process ${process}: read -> ${index}\n  At the beginning there is null.\n  From there, these have no order, whatever else took effect:\n    process ${process}: read -> ${index} ${EVIL_KEY}`,
    atUs: time,
    process,
  }));
  const text = `8 keys, 1 of them wrong, ${events.length} events`;
  return { name: 'register: linearizable', result: 'failed', text, findings };
}
