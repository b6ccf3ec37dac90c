/** How long replicas take to come back over the data that they have, after SIGKILL. */
import { setTimeout as pause } from 'node:timers/promises';

import type { System } from './system.ts';

export interface RestartTimes {
  readonly system: System['name'];
  readonly what: 'one follower, to ready' | 'all at once, to ready' | 'all at once, to a write';
  readonly timesMs: readonly number[];
}

const REPEATS = 3;
const LIMIT_MS = 120_000;
const ATTEMPT_LIMIT_MS = 500;
const BETWEEN_ATTEMPTS_MS = 5;

export async function timeRestarts(system: System): Promise<readonly RestartTimes[]> {
  const one: number[] = [];
  const ready: number[] = [];
  const write: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    one.push(await restartFollower(system));
    const all = await restartAll(system);
    ready.push(all.readyMs);
    write.push(all.writeMs);
  }
  const { name } = system;
  return [
    { system: name, what: 'one follower, to ready', timesMs: one },
    { system: name, what: 'all at once, to ready', timesMs: ready },
    { system: name, what: 'all at once, to a write', timesMs: write },
  ];
}

async function restartFollower(system: System): Promise<number> {
  const leader = await system.leader();
  const follower = system.replicas().find((replica) => replica.id !== leader.id);
  if (follower === undefined) return Number.NaN;
  follower.child.signal('SIGKILL');
  await follower.child.ended;
  const started = performance.now();
  await system.restart(follower.id);
  await system.ready(LIMIT_MS);
  return performance.now() - started;
}

async function restartAll(system: System): Promise<{ readyMs: number; writeMs: number }> {
  const replicas = system.replicas();
  for (const replica of replicas) replica.child.signal('SIGKILL');
  await Promise.all(replicas.map((replica) => replica.child.ended));
  const started = performance.now();
  for (const replica of replicas) await system.restart(replica.id);
  const [writeMs, readyMs] = await Promise.all([
    firstWrite(system).then(() => performance.now() - started),
    system.ready(LIMIT_MS).then(() => performance.now() - started),
  ]);
  return { readyMs, writeMs };
}

async function firstWrite(system: System): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    for (const replica of system.replicas()) {
      if (performance.now() > deadline) throw new Error(`no write within ${LIMIT_MS} ms`);
      try {
        if (await system.put(replica, 'restart', ATTEMPT_LIMIT_MS)) return;
      } catch {
        await pause(BETWEEN_ATTEMPTS_MS);
      }
    }
  }
}
