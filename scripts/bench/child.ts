/**
 * Child processes that never outlive this one: each is ended by its own pid when this process ends,
 * however it ends, short of SIGKILL. What a child prints goes to a file.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface ChildOptions {
  readonly logFile: string;
  /** This process's own, unless given. */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface Child {
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when the process has ended, with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  isRunning(): boolean;
  signal(name: NodeJS.Signals): void;
}

const running = new Set<ChildProcess>();
let guarded = false;

export function startChild(command: string, args: readonly string[], options: ChildOptions): Child {
  guard();
  const log = openSync(options.logFile, 'a');
  const child = spawn(command, args, {
    stdio: ['ignore', log, log],
    env: options.environment ?? process.env,
  });
  closeSync(log);
  running.add(child);
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('error', (error) => {
      running.delete(child);
      console.error(`${command}: ${error.message}`);
      resolve(127);
    });
    child.once('exit', (code, signal) => {
      running.delete(child);
      resolve(code ?? signal ?? 0);
    });
  });
  return {
    pid: child.pid ?? 0,
    logFile: options.logFile,
    ended,
    isRunning: () => running.has(child),
    signal: (name) => {
      if (running.has(child)) child.kill(name);
    },
  };
}

function guard(): void {
  if (guarded) return;
  guarded = true;
  process.once('exit', killAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      killAll();
      process.exit(1);
    });
  }
}

function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
