/** What millions of keys cost: the rate of puts, the leader's memory, and a restart. */
import { applyLoad } from './load.ts';
import type { Generator, LoadResult } from './load-spec.ts';
import { statusOf } from './replica-cluster.ts';
import { type RestartTimes, timeRestarts } from './restart.ts';
import { fillSynod, type SynodSystem } from './synod.ts';
import { residentMiB } from './system.ts';

export interface ManyKeys {
  readonly fewKeys: number;
  readonly manyKeys: number;
  readonly few: LoadResult;
  readonly many: LoadResult;
  readonly fewMiB: number;
  readonly manyMiB: number;
  readonly fillPerSecond: number;
  readonly slots: number;
  readonly restarts: readonly RestartTimes[];
}

export interface ManyKeysPlan {
  readonly keys: number;
  readonly manyKeys: number;
  readonly valueBytes: number;
  readonly seconds: number;
  readonly generator: Generator;
  readonly fillConnections: number;
}

const CONNECTIONS = 64;

export async function measureManyKeys(system: SynodSystem, plan: ManyKeysPlan): Promise<ManyKeys> {
  const { keys: fewKeys, manyKeys } = plan;
  await fill(system, plan, fewKeys);
  const few = await puts(system, plan, fewKeys);
  const fewMiB = await leaderMiB(system);
  const filled = await fill(system, plan, manyKeys);
  const many = await puts(system, plan, manyKeys);
  const manyMiB = await leaderMiB(system);
  const leader = await system.cluster.leader();
  const slots = (await statusOf(leader))?.chosenUpTo ?? Number.NaN;
  const restarts = await timeRestarts(system);
  const fillPerSecond = filled.perSecond;
  return { fewKeys, manyKeys, few, many, fewMiB, manyMiB, fillPerSecond, slots, restarts };
}

async function fill(system: SynodSystem, plan: ManyKeysPlan, keys: number): Promise<LoadResult> {
  const { valueBytes, fillConnections: connections } = plan;
  return fillSynod(await system.leader(), { keys, valueBytes, connections });
}

async function puts(system: SynodSystem, plan: ManyKeysPlan, keys: number): Promise<LoadResult> {
  const { clientUrl: url } = await system.leader();
  const { generator, seconds, valueBytes } = plan;
  const spec = { system: 'synod', operation: 'put', url, connections: CONNECTIONS } as const;
  return applyLoad(generator, { ...spec, seconds, keys, valueBytes });
}

async function leaderMiB(system: SynodSystem): Promise<number> {
  return residentMiB((await system.leader()).child.pid);
}
