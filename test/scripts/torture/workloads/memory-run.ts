/**
 * A run of a workload against one replica in memory, without faults. Time is made up: a pause of a
 * client lets it go on at once, for the store and for the history, so that nobody waits for it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { ReplicaClient } from '../../../../scripts/torture/client.ts';
import { Recorder, RunClock } from '../../../../scripts/torture/recorder.ts';
import type { Workload, WorkloadContext } from '../../../../scripts/torture/workload.ts';
import { DEFAULT_HTTP_LIMITS } from '../../../../src/http/limits.ts';
import { buildHttpServer } from '../../../../src/http/server.ts';
import { Random } from '../../../../src/simulation/random.ts';
import { MemoryReplica } from '../../../http/memory-replica.ts';

const REPLICAS = 2;
const EVENTS = 240;
/** When no call may begin any longer, what is still held runs out, so that nobody waits for it. */
const AFTERWARDS_MS = 10_000;
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

export interface MemoryRun {
  readonly replica: MemoryReplica;
  readonly context: WorkloadContext;
  readonly recorder: Recorder;
  readonly url: string;
  /** Prepares, runs until so many events are recorded, and finishes. */
  run(workload: Workload, events?: number): Promise<void>;
}

export async function memoryRun(sabotage: readonly string[] = []): Promise<MemoryRun> {
  const replica = new MemoryReplica();
  const server = buildHttpServer({
    replica,
    limits: DEFAULT_HTTP_LIMITS,
    clock: { nowMs: () => performance.now() },
    bootNonce: 'b007',
    version: '0.1.0',
    peerRefusals: () => ({}),
  });
  closing.push(() => server.close());
  const url = `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
  const clients = Array.from({ length: REPLICAS }, (_, at) => new ReplicaClient(at + 1, url));
  closing.push(() => Promise.all(clients.map((client) => client.close())));
  const directory = mkdtempSync(join(tmpdir(), 'synod-workload-'));
  const recorder = new Recorder(new RunClock(() => replica.timeMs), join(directory, 'history'));
  closing.push(async () => {
    await recorder.close();
    rmSync(directory, { recursive: true });
  });
  let mostEvents = EVENTS;
  let wasOver = false;
  const passTime = (ms: number): void => {
    replica.timeMs += Math.round(ms);
    replica.expire();
  };
  const isOver = (): boolean => {
    const isNow = recorder.events.length >= mostEvents;
    if (isNow && !wasOver) passTime(AFTERWARDS_MS);
    wasOver = isNow;
    return isNow;
  };
  const context: WorkloadContext = {
    clients: () => clients,
    recorder,
    random: new Random(1),
    isOver,
    pause: (ms) => {
      passTime(ms);
      return new Promise((resolve) => setImmediate(resolve));
    },
    replicas: REPLICAS,
    sabotage: new Set(sabotage),
  };
  return {
    replica,
    context,
    recorder,
    url,
    run: async (workload, events = EVENTS) => {
      await workload.prepare?.(context);
      mostEvents = recorder.events.length + events;
      await workload.run(context);
      await workload.finish?.(context);
    },
  };
}
