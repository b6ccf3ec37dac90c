/**
 * One replica's process and what is meant to be with it. A replica that ends by itself is started
 * again after a back-off; one that a fault killed stays down until it is started.
 *
 *     start --> running --pause--> paused --resume--> running
 *     running, paused --kill--> killed --start--> running
 *     running --ended by itself--> waiting --back-off--> running
 *     any --stop--> ended
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ReplicaState } from './control.ts';
import { appendLog, fileOf, type ReplicaAddress } from './data-folder.ts';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const MIN_BACK_OFF_MS = 1000;
const MAX_BACK_OFF_MS = 30_000;
/** A replica that ran for so long had recovered: the next back-off is the shortest again. */
const STEADY_MS = 60_000;
/** What a replica is given for a graceful end, a little more than its own deadline. */
const STOP_MS = 12_000;

export interface ReplicaEvents {
  onLogLine(id: number, line: string): void;
  onEvent(id: number, text: string): void;
}

export class ReplicaProcess {
  readonly address: ReplicaAddress;
  /** More of its environment, from its next start on. */
  environment: Readonly<Record<string, string>> = {};
  readonly #folder: string;
  readonly #events: ReplicaEvents;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #state: ReplicaState['state'] = 'ended';
  #backOffMs = MIN_BACK_OFF_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: string, address: ReplicaAddress, events: ReplicaEvents) {
    this.#folder = folder;
    this.address = address;
    this.#events = events;
  }

  get state(): ReplicaState {
    const { id, clientUrl } = this.address;
    const pid = this.#child?.pid;
    const state = this.#state;
    return pid === undefined ? { id, state, clientUrl } : { id, state, pid, clientUrl };
  }

  start(): void {
    clearTimeout(this.#timer);
    if (this.#child !== undefined) return;
    const { id } = this.address;
    const startedAt = performance.now();
    // A group of its own, so that Ctrl-C reaches the launcher alone; a channel, so that the replica
    // ends when the launcher does, however that ends.
    const child = spawn(
      process.execPath,
      ['--disable-proto=delete', MAIN, '--config', fileOf(this.#folder, id, 'json')],
      {
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: { ...childEnvironment(), ...this.environment },
      },
    );
    this.#child = child;
    this.#state = 'running';
    const { pid } = child;
    if (pid !== undefined) {
      this.#note(() => writeFileSync(fileOf(this.#folder, id, 'pid'), `${pid}\n`));
    }
    this.#readLines(child);
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#events.onEvent(id, error.message);
        if (child.pid !== undefined) return;
        this.#onEnd(0, 'it could not be started');
        resolve();
      });
      child.once('close', (code, signal) => {
        this.#onEnd(performance.now() - startedAt, signal ?? `status ${code}`);
        resolve();
      });
    });
  }

  /** SIGKILL; it stays down. Resolves when the process is gone. */
  async kill(): Promise<number | undefined> {
    clearTimeout(this.#timer);
    const pid = this.#child?.pid;
    this.#state = 'killed';
    this.#child?.kill('SIGKILL');
    await this.#ended;
    return pid;
  }

  pause(): boolean {
    if (this.#state !== 'running' || this.#child?.kill('SIGSTOP') !== true) return false;
    this.#state = 'paused';
    return true;
  }

  resume(): boolean {
    if (this.#state !== 'paused' || this.#child?.kill('SIGCONT') !== true) return false;
    this.#state = 'running';
    return true;
  }

  /** SIGTERM, then SIGKILL if it takes too long. Resolves when the process is gone. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#state = 'ended';
    this.#child?.kill('SIGCONT');
    this.#child?.kill('SIGTERM');
    const timer = setTimeout(() => this.killNow(), STOP_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Does not wait. */
  killNow(): void {
    this.#child?.kill('SIGKILL');
  }

  #onEnd(ranMs: number, how: string): void {
    const { id } = this.address;
    this.#child = undefined;
    rmSync(fileOf(this.#folder, id, 'pid'), { force: true });
    if (this.#state === 'killed' || this.#state === 'ended') {
      this.#events.onEvent(id, `ended (${how})`);
      return;
    }
    if (ranMs > STEADY_MS) this.#backOffMs = MIN_BACK_OFF_MS;
    const waitMs = this.#backOffMs;
    this.#backOffMs = Math.min(2 * waitMs, MAX_BACK_OFF_MS);
    this.#state = 'waiting';
    this.#events.onEvent(id, `ended by itself (${how}); started again in ${waitMs / 1000} s`);
    this.#timer = setTimeout(() => this.start(), waitMs);
  }

  /** A full disk is the replicas' matter; the launcher goes on without its notes. */
  #note(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#events.onEvent(this.address.id, `is not noted: ${String(error)}`);
    }
  }

  #readLines(child: ChildProcess): void {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => {
        this.#events.onLogLine(this.address.id, line);
        this.#note(() => appendLog(this.#folder, this.address.id, line));
      });
    }
  }
}

/** What configures one replica must not leak into all of them; timing, limits and level may. */
function childEnvironment(): NodeJS.ProcessEnv {
  const shared = /^SYNOD_(TIMING|LIMITS)_|^SYNOD_LOG_LEVEL$/;
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('SYNOD_') || shared.test(name)),
  );
}
