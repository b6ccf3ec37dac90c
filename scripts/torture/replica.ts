/** One replica of a run: its process, what is meant to be with it, and how each of its lives ended. */
import { existsSync, readFileSync } from 'node:fs';
import type { ReplicaPlan } from '../bench/replica-config.ts';
import { startChild, type Child } from '../bench/child.ts';
import { waitFor } from '../bench/wait.ts';
import { Shim } from './shim/shim.ts';
import type { SmallDisk } from './small-disk.ts';

export interface TortureReplicaOptions {
  readonly plan: ReplicaPlan;
  readonly configFile: string;
  readonly command: readonly string[];
  readonly logFile: string;
  /** Of the preloaded shim; `undefined`: the replica runs without. */
  readonly shimFolder: string | undefined;
  /** A disk of its own, on which its data is. */
  readonly disk?: SmallDisk | undefined;
}

export interface Ended {
  /** The exit code, or the signal that ended it. */
  readonly how: number | NodeJS.Signals;
  /** Whether a fault, or the run itself, ended it. */
  readonly meant: boolean;
  /** Whether files that it had open were damaged under it. */
  readonly wasDamaged: boolean;
  /** Of `performance.now()`. */
  readonly atMs: number;
  readonly ranMs: number;
}

/** As a launcher waits before it starts a replica again. */
const BACK_OFF_MS = 500;
const PROBE_MS = 1_000;

export class TortureReplica {
  readonly plan: ReplicaPlan;
  readonly configFile: string;
  readonly logFile: string;
  readonly shim: Shim | undefined;
  readonly disk: SmallDisk | undefined;
  /** Whether it is meant to be one of the cluster. The run starts members alone. */
  isMember = false;
  /** Each life that is over. */
  readonly ends: Ended[] = [];
  readonly #command: readonly string[];
  #child: Child | undefined;
  #over: Promise<void> = Promise.resolve();
  #meant: 'up' | 'down' = 'down';
  #isPaused = false;
  #staysDown = false;
  #isDamaged = false;

  constructor(options: TortureReplicaOptions) {
    this.plan = options.plan;
    this.configFile = options.configFile;
    this.logFile = options.logFile;
    this.#command = options.command;
    const { shimFolder, plan } = options;
    this.disk = options.disk;
    this.shim = shimFolder === undefined ? undefined : new Shim(shimFolder, plan.directory);
  }

  get id(): number {
    return this.plan.id;
  }

  get clientUrl(): string {
    return this.plan.clientUrl;
  }

  /** Of the life that runs, or of the last one. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  isRunning(): boolean {
    return this.#child?.isRunning() ?? false;
  }

  /** While this is set, a replica that ended by itself is not started again. */
  staysDownIfItEnds(is: boolean): void {
    this.#staysDown = is;
  }

  /** The files of the life that runs are damaged under it. */
  markDamaged(): void {
    this.#isDamaged = this.isRunning();
  }

  /** Nothing where it runs already. */
  start(): void {
    this.#meant = 'up';
    this.isMember = true;
    if (this.isRunning()) return;
    this.#isDamaged = false;
    const [program = '', ...args] = this.#command;
    const startedAt = performance.now();
    const environment = { ...withoutSettings(process.env), ...this.shim?.environment() };
    const child = startChild(program, args, { logFile: this.logFile, environment });
    this.#child = child;
    this.#over = child.ended.then((how) => this.#onEnd(how, startedAt));
  }

  /** SIGKILL, also where it is paused; it stays down. Resolves when nothing of it runs. */
  async kill(): Promise<void> {
    this.#meant = 'down';
    this.#isPaused = false;
    this.#child?.signal('SIGKILL');
    await this.#over;
  }

  /**
   * SIGTERM, and it goes on where it is paused; it stays down. Resolves with how it ended: 0 where that
   * was as it should be, `undefined` where it did not run.
   */
  async stop(): Promise<number | NodeJS.Signals | undefined> {
    this.#meant = 'down';
    if (!this.isRunning()) return undefined;
    this.#child?.signal('SIGTERM');
    this.resume();
    const how = await this.#child?.ended;
    await this.#over;
    return how;
  }

  /** It is no member any longer, and its process is killed. */
  async leave(): Promise<void> {
    await this.kill();
    this.isMember = false;
  }

  pause(): void {
    if (!this.isRunning()) return;
    this.#isPaused = true;
    this.#child?.signal('SIGSTOP');
  }

  resume(): void {
    this.#isPaused = false;
    this.#child?.signal('SIGCONT');
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.signal(name);
  }

  /** Another process of the same program, in the same place, with a configuration of its own. */
  startBeside(configFile: string, logFile: string): Child {
    const own = this.#command.map((word) => (word === this.configFile ? configFile : word));
    const [program = '', ...args] = own;
    return startChild(program, args, { logFile, environment: withoutSettings(process.env) });
  }

  /** Waits for a 200 of `/readyz`. */
  async becomeReady(limitMs: number): Promise<void> {
    const ask = async (): Promise<true | undefined> => (await this.isReady()) || undefined;
    const what = `readiness of replica ${this.id}`;
    await waitFor(ask, { what, limitMs, everyMs: 50 });
  }

  /** Whether it answers `/readyz` with a 200 now. */
  async isReady(): Promise<boolean> {
    if (!this.isRunning()) return false;
    try {
      const signal = AbortSignal.timeout(PROBE_MS);
      const answer = await fetch(`${this.clientUrl}/readyz`, { signal });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false;
    }
  }

  wholeLog(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
  }

  #onEnd(how: number | NodeJS.Signals, startedAt: number): void {
    const atMs = performance.now();
    const meant = this.#meant === 'down';
    const wasDamaged = this.#isDamaged;
    this.ends.push({ how, meant, wasDamaged, atMs, ranMs: atMs - startedAt });
    this.#isPaused = false;
    if (meant || this.#staysDown) return;
    setTimeout(() => {
      if (this.#meant === 'up' && !this.#staysDown) this.start();
    }, BACK_OFF_MS).unref();
  }
}

/** A replica's settings stand in its file; a `SYNOD_*` variable of the caller's would outdo them. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !name.startsWith('SYNOD_'));
  return Object.fromEntries(kept);
}
