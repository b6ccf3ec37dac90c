/**
 * Replicas whose launcher was killed end by themselves, except one that was paused: it cannot
 * notice. The next launcher waits for them, and kills those that are still there when time is up.
 * Only a process that runs this folder's own configuration file counts as one of ours.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileOf } from './data-folder.ts';
import { waitFor } from './probe.ts';

const ORPHAN_MS = 12_000;

export async function endOrphans(
  folder: string,
  ids: readonly number[],
  tell: (text: string) => void,
): Promise<void> {
  const orphans = ids.flatMap((id) => {
    const pid = orphanOf(folder, id);
    return pid === undefined ? [] : [{ id, pid }];
  });
  if (orphans.length === 0) return;
  const names = orphans.map(({ id, pid }) => `${id} (process ${pid})`).join(', ');
  tell(`an earlier launcher was killed; waiting for its replicas to end: ${names}`);
  for (const { pid } of orphans) signal(pid, 'SIGCONT');
  await waitFor(ORPHAN_MS, async () => orphans.every(({ id }) => !orphanOf(folder, id)));
  for (const { id } of orphans) {
    const pid = orphanOf(folder, id);
    if (pid !== undefined) signal(pid, 'SIGKILL');
    rmSync(fileOf(folder, id, 'pid'), { force: true });
  }
  await waitFor(ORPHAN_MS, async () => orphans.every(({ pid }) => commandOf(pid) === ''));
}

function orphanOf(folder: string, id: number): number | undefined {
  const file = fileOf(folder, id, 'pid');
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8').trim();
  const pid = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
  if (pid === undefined) return undefined;
  return commandOf(pid).includes(fileOf(folder, id, 'json')) ? pid : undefined;
}

/** A process's command line; empty where there is none, or it has ended and waits to be reaped. */
export function commandOf(pid: number): string {
  try {
    if (existsSync('/proc/self/cmdline')) return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended meanwhile.
  }
}
