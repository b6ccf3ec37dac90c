/** The parent's end of a seed process: one seed at a time, and what became of it in any case. */
import { type ChildProcess, fork } from 'node:child_process';
import { PlantingError } from './source-copy.ts';
import { processFailure, type SeedReport } from './verdict.ts';

const HEAP_MEGABYTES = 1024;
/** Without the processor time of a hang, on however busy a machine: something else is wrong. */
const WALL_FACTOR = 20;
/** So much of what a process says on its end is kept. */
const KEPT_CHARACTERS = 4_000;

export interface SeedRunnerOptions {
  readonly entry: string;
  /** A seed hangs that takes more processor time. */
  readonly seedMs: number;
}

const running = new Set<ChildProcess>();

/** For the end of the command: nothing that it began goes on. */
export function killAllProcesses(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** A process that is given seeds one after another, and is started anew when it is gone. */
export class SeedRunner {
  readonly #options: SeedRunnerOptions;
  #process: SeedProcess | undefined;

  constructor(options: SeedRunnerOptions) {
    this.#options = options;
  }

  /** Throws a `PlantingError` where the copy cannot be loaded. */
  async load(): Promise<void> {
    this.#process ??= await SeedProcess.start(this.#options);
  }

  async run(seed: number): Promise<SeedReport> {
    this.#process ??= await SeedProcess.start(this.#options);
    const report = await this.#process.run(seed);
    if (this.#process.isGone) this.#process = undefined;
    return report;
  }

  end(): void {
    this.#process?.end();
    this.#process = undefined;
  }
}

class SeedProcess {
  readonly #options: SeedRunnerOptions;
  readonly #child: ChildProcess;
  #said = '';
  #isHung = false;
  #hear: (message: unknown) => void = () => undefined;
  isGone = false;

  constructor(options: SeedRunnerOptions) {
    this.#options = options;
    const execArgv = [`--max-old-space-size=${HEAP_MEGABYTES}`];
    this.#child = fork(options.entry, [String(options.seedMs)], {
      execArgv,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    running.add(this.#child);
    this.#child.stderr?.on('data', (chunk) => {
      this.#said = (this.#said + String(chunk)).slice(-KEPT_CHARACTERS);
    });
    this.#child.on('message', (message) => this.#hear(message));
    this.#child.on('close', () => {
      running.delete(this.#child);
      this.isGone = true;
      this.#hear(undefined);
    });
  }

  static async start(options: SeedRunnerOptions): Promise<SeedProcess> {
    const started = new SeedProcess(options);
    const first = await started.#next();
    if (first === 'ready') return started;
    throw new PlantingError(`it cannot be loaded: ${started.#ending()}\n${started.#said}`);
  }

  async run(seed: number): Promise<SeedReport> {
    this.#child.send(seed);
    const message = await this.#next();
    if (isReport(message) && message.seed === seed) return message;
    return { seed, failure: processFailure(this.#ending()) };
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }

  /** Undefined: the process is gone. */
  #next(): Promise<unknown> {
    return new Promise((settle) => {
      const timer = setTimeout(() => {
        this.#isHung = true;
        this.#child.kill('SIGKILL');
      }, WALL_FACTOR * this.#options.seedMs);
      this.#hear = (message) => {
        clearTimeout(timer);
        settle(message);
      };
    });
  }

  #ending(): string {
    const { exitCode, signalCode } = this.#child;
    const isHung = this.#isHung || signalCode === 'SIGXCPU';
    if (isHung) return `hung: no end after ${this.#options.seedMs / 1000} s`;
    const isTooLarge = signalCode === 'SIGUSR2' || this.#said.includes('heap out of memory');
    if (isTooLarge) return 'out of memory';
    const last = this.#said.trim().split('\n').at(-1) ?? '';
    return `the process ended (${signalCode ?? exitCode ?? 'without a status'}) ${last}`.trim();
  }
}

function isReport(message: unknown): message is SeedReport {
  return typeof message === 'object' && message !== null && 'seed' in message;
}
