/** What the bench measures: a cluster of Synod or of etcd, one process a replica. */
import { readFileSync } from 'node:fs';

import type { Child } from './child.ts';

export interface SystemReplica {
  readonly id: number;
  readonly clientUrl: string;
  readonly child: Child;
}

export interface System {
  readonly name: 'synod' | 'etcd';
  replicas(): readonly SystemReplica[];
  leader(): Promise<SystemReplica>;
  /** Starts a replica that has ended, over the data that it left; resolves when it is started. */
  restart(id: number): Promise<void>;
  /** Resolves when each replica says that it is ready. */
  ready(limitMs: number): Promise<void>;
  /** True where the write was acknowledged. Gives up after `limitMs`. */
  put(replica: SystemReplica, key: string, limitMs: number): Promise<boolean>;
  stop(): Promise<void>;
}

const STOP_LIMIT_MS = 10_000;

/** Ends processes with SIGTERM, and with SIGKILL those that are still there at the limit. */
export async function stopAll(children: readonly Child[]): Promise<void> {
  for (const child of children) {
    child.signal('SIGCONT');
    child.signal('SIGTERM');
  }
  const timer = setTimeout(() => {
    for (const child of children) child.signal('SIGKILL');
  }, STOP_LIMIT_MS);
  await Promise.all(children.map((child) => child.ended));
  clearTimeout(timer);
}

/** Memory of a process that is in RAM now, in MiB; NaN where the system has no /proc. */
export function residentMiB(pid: number): number {
  return memoryMiB(pid, /VmRSS:\s+([0-9]+) kB/);
}

/** The same without files that are mapped, whose pages the system takes back when it needs them. */
export function ownMiB(pid: number): number {
  return memoryMiB(pid, /RssAnon:\s+([0-9]+) kB/);
}

function memoryMiB(pid: number, line: RegExp): number {
  try {
    const found = line.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(found?.[1] ?? Number.NaN) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** Processor time that a process has used, in seconds; NaN where the system has no /proc. */
export function processorSeconds(pid: number): number {
  const TICKS_PER_S = 100;
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
  } catch {
    return Number.NaN;
  }
}
