/**
 * How long writes stop when the leader is lost: from the fault to the next acknowledged write, of a
 * client that tries one replica after the other, each attempt cut short, the lost leader among them.
 */
import { setTimeout as pause } from 'node:timers/promises';

import type { LinkProxy } from './link-proxy.ts';
import type { System, SystemReplica } from './system.ts';

/** `ended`: by SIGTERM, so that it can hand over. */
export type Fault = 'ended' | 'killed' | 'stopped' | 'cut off';

export interface FailoverTimes {
  readonly system: System['name'];
  readonly fault: Fault;
  readonly timesMs: readonly number[];
}

export interface FailoverPlan {
  readonly system: System;
  readonly fault: Fault;
  readonly repeats: number;
  /** Needed to cut a replica off. */
  readonly proxy?: LinkProxy;
}

const ATTEMPT_LIMIT_MS = 100;
const BETWEEN_ATTEMPTS_MS = 2;
const GIVE_UP_MS = 30_000;
const SETTLED_WRITES = 20;
/** The fault comes at a random moment within some heartbeats. */
const MAX_DELAY_MS = 500;

export async function timeFailovers(plan: FailoverPlan): Promise<FailoverTimes> {
  const timesMs: number[] = [];
  for (let repeat = 0; repeat < plan.repeats; repeat += 1) {
    await settle(plan.system);
    const leader = await plan.system.leader();
    await pause(Math.random() * MAX_DELAY_MS);
    const started = performance.now();
    strike(plan, leader);
    await untilAcknowledged(plan.system, leader);
    timesMs.push(performance.now() - started);
    await heal(plan, leader);
    console.log(`${plan.system.name}: leader ${plan.fault}: ${timesMs.at(-1)?.toFixed(0)} ms`);
  }
  return { system: plan.system.name, fault: plan.fault, timesMs };
}

function strike(plan: FailoverPlan, leader: SystemReplica): void {
  switch (plan.fault) {
    case 'ended':
      return leader.child.signal('SIGTERM');
    case 'killed':
      return leader.child.signal('SIGKILL');
    case 'stopped':
      return leader.child.signal('SIGSTOP');
    case 'cut off':
      return plan.proxy?.cutOff(leader.id);
  }
}

async function heal(plan: FailoverPlan, leader: SystemReplica): Promise<void> {
  switch (plan.fault) {
    case 'ended':
    case 'killed':
      return plan.system.restart(leader.id);
    case 'stopped':
      return leader.child.signal('SIGCONT');
    case 'cut off':
      return plan.proxy?.heal();
  }
}

/** Every replica is ready and takes writes: the next fault hits a healthy cluster. */
async function settle(system: System): Promise<void> {
  await system.ready(GIVE_UP_MS);
  const deadline = performance.now() + GIVE_UP_MS;
  let inARow = 0;
  while (inARow < SETTLED_WRITES) {
    if (performance.now() > deadline) throw new Error('the cluster does not settle');
    const acknowledged = await Promise.all(
      system.replicas().map((replica) => attempt(system, replica)),
    );
    inARow = acknowledged.every(Boolean) ? inARow + 1 : 0;
  }
}

async function untilAcknowledged(system: System, first: SystemReplica): Promise<void> {
  const replicas = system.replicas();
  const deadline = performance.now() + GIVE_UP_MS;
  let at = replicas.findIndex((replica) => replica.id === first.id);
  while (performance.now() < deadline) {
    const replica = replicas[at % replicas.length];
    if (replica !== undefined && (await attempt(system, replica))) return;
    at += 1;
    await pause(BETWEEN_ATTEMPTS_MS);
  }
  throw new Error(`no write was acknowledged within ${GIVE_UP_MS} ms`);
}

async function attempt(system: System, replica: SystemReplica): Promise<boolean> {
  try {
    return await system.put(replica, 'failover', ATTEMPT_LIMIT_MS);
  } catch {
    return false;
  }
}
