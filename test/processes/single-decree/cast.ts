/** Real processes, one for each proposer, acceptor and learner, and what they report. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Casting, Command, Report } from '../../../scripts/lesson/envelope.ts';
import type { Party, Role } from '../../../src/paxos/single-decree/messages.ts';

const PROGRAM = resolve(import.meta.dirname, '../../../dist/scripts/lesson/process.js');
const WAIT_MS = 30_000;

interface Actor {
  readonly party: Party;
  readonly child: ChildProcess;
  readonly url: string;
  readonly reports: Report[];
}

export interface Size {
  readonly proposers: number;
  readonly acceptors: number;
  readonly learners: number;
  /** In percent. */
  readonly drop: number;
}

export class Cast {
  readonly #size: Size;
  readonly #directory: string;
  #actors: Actor[] = [];
  #waiting: (() => void)[] = [];
  #isEnding = false;
  #failure: string | undefined;

  private constructor(size: Size, directory: string) {
    this.#size = size;
    this.#directory = directory;
  }

  static async start(size: Size): Promise<Cast> {
    const cast = new Cast(size, await mkdtemp(join(tmpdir(), 'synod-lesson-')));
    const parties = (['proposer', 'acceptor', 'learner'] as const).flatMap((role) =>
      cast.#all(role),
    );
    cast.#actors = await Promise.all(parties.map((party) => cast.#spawn(party)));
    cast.#introduce();
    return cast;
  }

  tell(role: Role, id: number, command: Command): void {
    this.#actor({ role, id }).child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  /** What every proposer that proposed and every learner learned in an instance, by name. */
  async learned(instance: number, parties: readonly Party[]): Promise<readonly string[]> {
    const values = await Promise.all(
      parties.map((party) => {
        return this.#reported(party, (report) => {
          return report.type === 'learned' && report.instance === instance
            ? report.value
            : undefined;
        });
      }),
    );
    return values;
  }

  parties(...roles: readonly Role[]): readonly Party[] {
    return roles.flatMap((role) => this.#all(role));
  }

  /** How many connections came, over all processes, and how many of them were cut off. */
  async count(): Promise<{ connections: number; dropped: number }> {
    const counts = this.#actors.map(({ party }) => {
      this.tell(party.role, party.id, { type: 'count' });
      return this.#reported(party, (report) => (report.type === 'counted' ? report : undefined));
    });
    const total = { connections: 0, dropped: 0 };
    for (const { connections, dropped } of await Promise.all(counts)) {
      total.connections += connections;
      total.dropped += dropped;
    }
    return total;
  }

  /** kill -9, and a new process on another port, with the old one's records or without. */
  async restart(party: Party, records: 'kept' | 'lost'): Promise<void> {
    const old = this.#actor(party);
    old.child.removeAllListeners('exit');
    const gone = once(old.child, 'exit');
    old.child.kill('SIGKILL');
    await gone;
    if (records === 'lost') await this.#forget(party);
    const fresh = await this.#spawn(party);
    this.#actors = this.#actors.map((actor) => (actor === old ? fresh : actor));
    this.#introduce();
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await Promise.all(
      this.#actors.map(async ({ child }) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        child.stdin?.end();
        await gone;
      }),
    );
    await rm(this.#directory, { recursive: true });
  }

  async #forget({ role, id }: Party): Promise<void> {
    const files = await readdir(this.#directory);
    const its = files.filter((name) => name.startsWith(`${role}-${id}-`));
    for (const name of its) await rm(join(this.#directory, name));
  }

  #all(role: Role): readonly Party[] {
    const counts = { ...this.#size };
    const length = counts[`${role}s`];
    return Array.from({ length }, (_, index) => ({ role, id: index + 1 }));
  }

  #actor({ role, id }: Party): Actor {
    const found = this.#actors.find(({ party }) => party.role === role && party.id === id);
    if (found === undefined) throw new Error(`no ${role} ${id}`);
    return found;
  }

  #introduce(): void {
    const peers = this.#actors.map(({ party, url }) => ({ party, url }));
    for (const { party } of this.#actors) this.tell(party.role, party.id, { type: 'peers', peers });
  }

  async #spawn(party: Party): Promise<Actor> {
    const casting: Casting = {
      party,
      acceptors: this.#all('acceptor').map(({ id }) => id),
      learners: this.#all('learner').map(({ id }) => id),
      directory: this.#directory,
      drop: this.#size.drop,
      seed: party.id * 100 + party.role.length,
    };
    const stdio = ['pipe', 'pipe', 'inherit'] as const;
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(casting)], {
      stdio: [...stdio],
    });
    const reports: Report[] = [];
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      const report: Report = JSON.parse(line);
      reports.push(report);
      this.#wake();
    });
    child.on('exit', (code) => {
      if (!this.#isEnding) this.#failure = `${party.role} ${party.id} ended with ${code}`;
      this.#wake();
    });
    const url = await this.#next(reports, (report) => {
      return report.type === 'listening' ? report.url : undefined;
    });
    return { party, child, url, reports };
  }

  #reported<T>(party: Party, read: (report: Report) => T | undefined): Promise<T> {
    return this.#next(this.#actor(party).reports, read);
  }

  /** Waits for a report, with a limit. */
  async #next<T>(reports: readonly Report[], read: (report: Report) => T | undefined): Promise<T> {
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      for (const report of reports) {
        const found = read(report);
        if (found !== undefined) return found;
      }
      if (this.#failure !== undefined) throw new Error(this.#failure);
      const remaining = deadline - Date.now();
      if (remaining <= 0) throw new Error(`not reported within ${WAIT_MS} ms`);
      await this.#woken(remaining);
    }
  }

  #woken(limitMs: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, limitMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        done();
      });
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
