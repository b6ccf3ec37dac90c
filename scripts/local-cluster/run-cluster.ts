/** Runs the launcher as a process of its own, for the demo; ends it when asked to. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CLUSTER = fileURLToPath(new URL('../cluster.js', import.meta.url));

export interface RunningCluster {
  stop(): Promise<void>;
}

/** Resolves when every replica is ready; rejects with the launcher's own words. */
export function runCluster(args: readonly string[]): Promise<RunningCluster> {
  const child = spawn(process.execPath, [CLUSTER, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: process.env,
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  process.once('exit', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`the launcher ended with status ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (/^\s*Ready\./.test(line)) resolve({ stop });
    });
  });
}
