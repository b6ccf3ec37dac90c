/** Both systems under the same load, one after the other, round after round. */
import { applyLoad } from './load.ts';
import type { Generator, LoadResult } from './load-spec.ts';
import { processorSeconds, residentMiB, type System } from './system.ts';

export interface LoadCase {
  readonly operation: 'put' | 'get';
  readonly connections: number;
}

export interface Sample extends LoadCase {
  readonly round: number;
  readonly system: System['name'];
  readonly replicas: number;
  readonly result: LoadResult;
  /** Processor time of the leader for each request, in microseconds. */
  readonly leaderUs: number;
  /** The same of all replicas together. */
  readonly allUs: number;
}

export interface Memory {
  readonly system: System['name'];
  readonly when: 'loaded' | 'after the rounds';
  readonly leaderMiB: number;
}

export interface RoundsPlan {
  readonly systems: readonly System[];
  readonly cases: readonly LoadCase[];
  readonly rounds: number;
  readonly seconds: number;
  readonly keys: number;
  readonly valueBytes: number;
  readonly generator: Generator;
}

const WARM_UP_S = 3;
const WARM_UP_CONNECTIONS = 64;
const US_PER_S = 1_000_000;

export async function runRounds(plan: RoundsPlan): Promise<readonly Sample[]> {
  for (const system of plan.systems) {
    for (const operation of ['put', 'get'] as const) {
      const warmUp = { operation, connections: WARM_UP_CONNECTIONS };
      await measure(system, warmUp, { ...plan, seconds: Math.min(WARM_UP_S, plan.seconds) }, 0);
    }
  }
  const samples: Sample[] = [];
  for (let round = 1; round <= plan.rounds; round += 1) {
    // Who comes first changes from round to round, so that neither always follows the other.
    const order = round % 2 === 1 ? plan.systems : plan.systems.toReversed();
    for (const one of plan.cases) {
      for (const system of order) {
        const sample = await measure(system, one, plan, round);
        samples.push(sample);
        console.log(lineOf(sample));
      }
    }
  }
  return samples;
}

async function measure(
  system: System,
  one: LoadCase,
  plan: RoundsPlan,
  round: number,
): Promise<Sample> {
  const leader = await system.leader();
  const pids = system.replicas().map(({ child }) => child.pid);
  const leaderBefore = processorSeconds(leader.child.pid);
  const allBefore = sumOf(pids, processorSeconds);
  const result = await applyLoad(plan.generator, {
    system: system.name,
    url: leader.clientUrl,
    seconds: plan.seconds,
    keys: plan.keys,
    valueBytes: plan.valueBytes,
    ...one,
  });
  const toUs = US_PER_S / Math.max(result.requests, 1);
  const leaderUs = (processorSeconds(leader.child.pid) - leaderBefore) * toUs;
  const allUs = (sumOf(pids, processorSeconds) - allBefore) * toUs;
  return { ...one, round, system: system.name, replicas: pids.length, result, leaderUs, allUs };
}

function sumOf(pids: readonly number[], figure: (pid: number) => number): number {
  return pids.reduce((sum, pid) => sum + figure(pid), 0);
}

function lineOf(sample: Sample): string {
  const { result } = sample;
  const rate = `${Math.round(result.perSecond)}/s`.padStart(9);
  const latency = `p50 ${result.p50Ms.toFixed(2)} ms  p99 ${result.p99Ms.toFixed(2)} ms`;
  const failed = result.failures === 0 ? '' : `  ${result.failures} FAILED`;
  const what = `${sample.operation} ${String(sample.connections).padStart(4)}`;
  const leader = `leader ${sample.leaderUs.toFixed(0)}, all ${sample.allUs.toFixed(0)} us a request`;
  return `round ${sample.round}  ${sample.system.padEnd(5)}  ${what}  ${rate}  ${latency}  ${leader}${failed}`;
}

export async function leaderMemory(
  systems: readonly System[],
  when: Memory['when'],
): Promise<readonly Memory[]> {
  return Promise.all(
    systems.map(async (system) => {
      const leader = await system.leader();
      return { system: system.name, when, leaderMiB: residentMiB(leader.child.pid) };
    }),
  );
}
