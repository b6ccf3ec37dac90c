/**
 * The power goes out for all three replicas at once, under load: they are killed, and each loses of
 * its LevelDB logs a random part of what was never synced. No acknowledged write may be gone. The
 * same with syncing taken out must lose some: else this test could not see a loss.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import type { ReplicaCluster } from '../../scripts/bench/replica-cluster.ts';
import { expectNothingLost } from '../support/aftermath.ts';
import { ClientLoad } from '../support/client-load.ts';
import { clientsOf, startCluster } from '../support/cluster.ts';
import { buildMutant, SYNC_OFF } from '../support/mutant-build.ts';
import {
  fileLengths,
  hasStrace,
  readEndedTrace,
  type SystemCall,
  traceFile,
  tracing,
} from '../support/syscall-trace.ts';
import { findLosses } from '../support/write-workload.ts';
import { cutPower } from '../storage/power-cut.ts';

const CUTS = 3;
const MUTANT_CUTS = 10;
const OPERATIONS = 200;
const LINE_CHARS = 200;
const READY_LIMIT_MS = 20_000;
const MUTANT_READY_LIMIT_MS = 5_000;
const TRACED_CALLS = 'write,fdatasync,fsync';

const straceMissing = !hasStrace();
if (straceMissing) console.error('SKIPPED: strace is missing, so no power cut was tested');

describe.skipIf(straceMissing)('a power cut on all three replicas under load', () => {
  it('takes no acknowledged write', async () => {
    const { cluster, directory } = await startTraced();
    const clients = clientsOf(cluster);
    for (let cut = 1; cut <= CUTS; cut += 1) {
      const load = new ClientLoad(clients, `cut ${cut}/`);
      await load.progress(OPERATIONS + Math.floor(Math.random() * OPERATIONS));
      const taken = await cutPowerOfAll(cluster, directory);
      await cluster.start(READY_LIMIT_MS);
      await load.stop();
      const name = `power cut ${cut}`;
      await expectNothingLost({ cluster, clients, load, name, operations: OPERATIONS });
      const { length } = load.writes.acknowledged;
      expect(length).toBeGreaterThan(OPERATIONS);
      console.log(`cut ${cut}: ${taken} bytes taken, ${length} writes are there`);
    }
  });

  it('takes some with syncing taken out', async () => {
    const main = buildMutant(SYNC_OFF);
    let lost: string | undefined;
    for (let cut = 1; cut <= MUTANT_CUTS && lost === undefined; cut += 1) {
      lost = await loseWithout(main);
    }
    expect(lost).toBeDefined();
    console.log(`without syncing, ${lost}`.slice(0, LINE_CHARS));
  });
});

/** One power cut on a cluster whose replicas do not sync; in words, what became of its writes. */
async function loseWithout(main: string): Promise<string | undefined> {
  const { cluster, directory } = await startTraced(main);
  const clients = clientsOf(cluster);
  const load = new ClientLoad(clients, '');
  await load.progress(OPERATIONS);
  await cutPowerOfAll(cluster, directory);
  try {
    await cluster.start(MUTANT_READY_LIMIT_MS);
  } catch (error) {
    return `the replicas do not come back: ${String(error)}`;
  } finally {
    await load.stop();
  }
  const losses = await findLosses(someClient(clients), load.writes.acknowledged);
  await cluster.kill9();
  if (losses.length === 0) return undefined;
  return `of ${load.writes.acknowledged.length} acknowledged writes these are gone: ${losses.join('; ')}`;
}

async function startTraced(
  main?: string,
): Promise<{ readonly cluster: ReplicaCluster; readonly directory: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'synod-power-cut-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const wrap = tracing(directory, { calls: TRACED_CALLS, textBytes: 0 });
  const options = { directory, wrap, ...(main === undefined ? {} : { main }) };
  return { cluster: await startCluster(options), directory };
}

/** Returns how many bytes the logs lost. */
async function cutPowerOfAll(cluster: ReplicaCluster, directory: string): Promise<number> {
  await cluster.kill9();
  let taken = 0;
  for (const { id, child, plan } of cluster.replicas) {
    const calls = await readEndedTrace(traceFile(directory, id), child.pid);
    taken += cutPower(plan.directory, syncedSizes(calls, plan.directory), Math.random);
  }
  return taken;
}

function syncedSizes(
  calls: readonly SystemCall[],
  replicaDirectory: string,
): ReadonlyMap<string, number> {
  const within = `${replicaDirectory}/`;
  const sizes = new Map<string, number>();
  for (const [path, { synced }] of fileLengths(calls)) {
    if (path.startsWith(within)) sizes.set(path.slice(within.length), synced);
  }
  return sizes;
}

function someClient<T>(clients: readonly T[]): T {
  const [first] = clients;
  if (first === undefined) throw new Error('no clients');
  return first;
}
