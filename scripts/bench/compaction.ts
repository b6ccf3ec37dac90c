/**
 * What it costs that a cluster runs on: disk and memory under a constant load of rewrites, and
 * writes while a replica gets a snapshot.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { applyLoad } from './load.ts';
import type { Generator, LoadResult } from './load-spec.ts';
import { type ReplicaProcess, statusOf } from './replica-cluster.ts';
import { fillSynod, type SynodSystem } from './synod.ts';
import { ownMiB, residentMiB } from './system.ts';

export interface CompactionPlan {
  readonly keys: number;
  readonly valueBytes: number;
  readonly seconds: number;
  readonly generator: Generator;
  readonly fillConnections: number;
  /** Of the rewrites, in all. */
  readonly rewriteMinutes: number;
  /** Of values, in the snapshot. */
  readonly snapshotMiB: number;
}

export interface Rewrites {
  readonly minutes: number;
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly diskMiB: number;
  readonly leaderMiB: number;
  /** Of that, what is not the pages of mapped files. */
  readonly leaderOwnMiB: number;
}

export interface SnapshotCost {
  readonly snapshotMiB: number;
  /** Before the transfer, and once it is over. */
  readonly quiet: readonly LoadResult[];
  /** From the start of the replica until it was ready again. */
  readonly transferSeconds: number;
  readonly during: readonly LoadResult[];
}

const CONNECTIONS = 64;
const READY_LIMIT_MS = 3_600_000;
/** So long that a fill is short, and so short that a put costs what the other measures' puts cost. */
const SNAPSHOT_VALUE_BYTES = 1024;
const BYTES_OF_MIB = 1024 * 1024;

/** Samples, one a minute: both figures are to stay level. */
export async function measureRewrites(
  system: SynodSystem,
  plan: CompactionPlan,
): Promise<readonly Rewrites[]> {
  await fillSynod(await system.leader(), { ...plan, connections: plan.fillConnections });
  const samples: Rewrites[] = [];
  for (let minute = 1; minute <= plan.rewriteMinutes; minute += 1) {
    const { p99Ms, perSecond } = await puts(system, { ...plan, seconds: 60 });
    const leader = await system.cluster.leader();
    const diskMiB = Math.max(...system.cluster.replicas.map((one) => sizeOf(one.plan.directory)));
    const sample = {
      minutes: minute,
      perSecond,
      p99Ms,
      diskMiB,
      leaderMiB: residentMiB(leader.child.pid),
      leaderOwnMiB: ownMiB(leader.child.pid),
    };
    console.log(
      `after ${minute} min of rewrites: ${Math.round(perSecond)} puts a second, p99 ${p99Ms.toFixed(1)} ms, ` +
        `disk ${Math.round(diskMiB)} MiB, leader ${Math.round(sample.leaderMiB)} MiB, ` +
        `${Math.round(sample.leaderOwnMiB)} of them its own`,
    );
    samples.push(sample);
  }
  return samples;
}

/** A follower loses the directory of its state, and gets a snapshot while clients write. */
export async function measureSnapshot(
  system: SynodSystem,
  plan: CompactionPlan,
): Promise<SnapshotCost> {
  const keys = Math.ceil((plan.snapshotMiB * BYTES_OF_MIB) / SNAPSHOT_VALUE_BYTES);
  const load = { ...plan, keys, valueBytes: SNAPSHOT_VALUE_BYTES };
  await fillSynod(await system.leader(), { ...load, connections: plan.fillConnections });
  const before = await puts(system, load);
  const follower = await loseState(system);
  const startedAtMs = performance.now();
  follower.start();
  const transfer = { seconds: 0, wasSeen: false };
  const watch = async (): Promise<void> => {
    await system.ready(READY_LIMIT_MS);
    transfer.seconds = (performance.now() - startedAtMs) / 1_000;
  };
  const ready = watch();
  const during: LoadResult[] = [];
  do {
    during.push(await puts(system, load));
    transfer.wasSeen ||= await isPulling(follower);
  } while (transfer.seconds === 0);
  await ready;
  if (!transfer.wasSeen) throw new Error('the follower pulled no snapshot: its peers had the log');
  const quiet = [before, await puts(system, load)];
  return { snapshotMiB: plan.snapshotMiB, quiet, transferSeconds: transfer.seconds, during };
}

/** A follower, stopped, without the directory of its state. */
async function loseState(system: SynodSystem): Promise<ReplicaProcess> {
  const [follower] = await system.cluster.followers();
  if (follower === undefined) throw new Error('a snapshot needs a second replica');
  await follower.stop();
  for (const name of readdirSync(follower.plan.directory)) {
    if (!/^state(?:-\d+)?$/.test(name)) continue;
    rmSync(join(follower.plan.directory, name), { recursive: true });
  }
  return follower;
}

async function isPulling(follower: ReplicaProcess): Promise<boolean> {
  return ((await statusOf(follower))?.transfers.length ?? 0) > 0;
}

async function puts(system: SynodSystem, plan: CompactionPlan): Promise<LoadResult> {
  const { clientUrl: url } = await system.leader();
  const { generator, keys, seconds, valueBytes } = plan;
  const spec = { system: 'synod', operation: 'put', url, connections: CONNECTIONS } as const;
  return applyLoad(generator, { ...spec, seconds, keys, valueBytes });
}

/** Of all files, in MiB; one that goes away meanwhile is none. */
function sizeOf(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const size = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size;
    if (entry.isFile()) bytes += size ?? 0;
  }
  return bytes / BYTES_OF_MIB;
}

export function compactionText(
  rewrites: readonly Rewrites[] | undefined,
  snapshot: SnapshotCost | undefined,
): string {
  const lines: string[] = [];
  const [first, last] = [rewrites?.[0], rewrites?.at(-1)];
  if (first !== undefined && last !== undefined) {
    lines.push(
      `rewrites for ${last.minutes} min: disk ${Math.round(first.diskMiB)} to ${Math.round(last.diskMiB)} MiB, ` +
        `leader ${Math.round(first.leaderMiB)} to ${Math.round(last.leaderMiB)} MiB, its own ` +
        `${Math.round(first.leaderOwnMiB)} to ${Math.round(last.leaderOwnMiB)} MiB`,
    );
  }
  if (snapshot !== undefined) {
    const quietMs = Math.min(...snapshot.quiet.map((one) => one.p99Ms));
    const p99Ms = Math.max(...snapshot.during.map((one) => one.p99Ms));
    lines.push(
      `a snapshot of ${snapshot.snapshotMiB} MiB in ${snapshot.transferSeconds.toFixed(1)} s; ` +
        `p99 of puts ${quietMs.toFixed(1)} ms without, at most ${p99Ms.toFixed(1)} ms meanwhile`,
    );
  }
  return lines.join('\n');
}
