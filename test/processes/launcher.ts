/** The launcher and the scripts around it, run as a user runs them, each test in a folder of its own. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { addressesOf } from '../../scripts/local-cluster/data-folder.ts';
import { commandOf } from '../../scripts/local-cluster/orphans.ts';
import { portsInUse } from '../../scripts/local-cluster/ports.ts';
import { portRange } from '../../scripts/bench/ports.ts';
import { waitFor } from '../../scripts/bench/wait.ts';

interface Place {
  readonly folder: string;
  readonly whenOver?: WhenOver;
}

const READY_LIMIT_MS = 60_000;
const PORTS_OF_A_CLUSTER = 100;

export interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** Runs one of the built scripts to its end. */
export function runScript(name: string, ...args: readonly string[]): Promise<Ended> {
  return runProgram(process.execPath, [`dist/scripts/${name}.js`, ...args]);
}

export function runProgram(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { env }, (_error, stdout, stderr) => {
      resolve({ status: child.exitCode, output: stdout + stderr });
    });
  });
}

/** Removed with the test, or when else it is over; outside of this project. */
export function makeFolder(whenOver: WhenOver = onTestFinished): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'synod-launcher-'));
  whenOver(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return path.join(folder, 'data');
}

/** What is to be done at the end of what it was made for. */
type WhenOver = (end: () => Promise<void> | void) => void;

/** A port from which on nine replicas find all of theirs free. */
export async function freeBasePort(): Promise<number> {
  const { first, count } = portRange();
  const clusters = Math.floor(count / PORTS_OF_A_CLUSTER);
  for (;;) {
    const port = first + Math.floor(Math.random() * clusters) * PORTS_OF_A_CLUSTER;
    if ((await portsInUse(addressesOf({ replicas: 9, port }))).length === 0) return port;
  }
}

/** A cluster that is started once, for all tests of a file or a suite. */
export function sharedLauncher(): () => { readonly folder: string; readonly port: number } {
  let shared: { readonly folder: string; readonly port: number } | undefined;
  const ends: (() => Promise<void> | void)[] = [];
  const whenOver: WhenOver = (end) => void ends.unshift(end);
  beforeAll(async () => {
    const folder = makeFolder(whenOver);
    const port = await freeBasePort();
    await new LauncherProcess({ folder, whenOver }, '--port', String(port)).ready();
    shared = { folder, port };
  });
  afterAll(async () => {
    for (const end of ends) await end();
  });
  return () => {
    if (shared === undefined) throw new Error('the cluster is there in tests only');
    return shared;
  };
}

/** `npm run cluster`, without npm. It is ended with the test, and so are its replicas. */
export class LauncherProcess {
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #output = '';

  constructor(place: string | Place, ...args: readonly string[]) {
    const { folder, whenOver = onTestFinished } =
      typeof place === 'string' ? { folder: place } : place;
    this.folder = folder;
    this.#child = spawn(
      process.execPath,
      ['--disable-proto=delete', 'dist/scripts/cluster.js', '--data', folder, ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve));
    whenOver(async () => {
      this.#child.kill('SIGTERM');
      const timer = setTimeout(() => this.#child.kill('SIGTERM'), 20_000);
      await this.#ended;
      clearTimeout(timer);
    });
  }

  get output(): string {
    return this.#output;
  }

  async ready(): Promise<this> {
    await waitFor(
      () => this.#child.exitCode !== null || /^ *Ready\./m.test(this.#output) || undefined,
      {
        what: 'launcher that says Ready',
        limitMs: READY_LIMIT_MS,
      },
    );
    if (this.#child.exitCode !== null) throw new Error(`the launcher ended: ${this.#output}`);
    return this;
  }

  async printed(text: string): Promise<void> {
    const found = () => this.#output.includes(text) || undefined;
    await waitFor(found, { what: `line of the launcher: ${text}`, limitMs: READY_LIMIT_MS });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async end(name: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(name);
    return this.#ended;
  }

  ended(): Promise<number | null> {
    return this.#ended;
  }

  /** The process of a replica, by its pid file; `undefined` while none runs. */
  pidOf(id: number): number | undefined {
    const file = path.join(this.folder, `replica-${id}.pid`);
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  }
}

/** Not a process that has ended and waits for its parent to notice. */
export function isAlive(pid: number): boolean {
  return commandOf(pid) !== '';
}
