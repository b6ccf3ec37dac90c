/** 64 clients at work on a cluster: half write fresh keys, half share registers. */
import { onTestFinished } from 'vitest';

import { waitFor } from '../../scripts/bench/wait.ts';
import type { KvClient } from './client.ts';
import { History } from './history.ts';
import { RegisterWorkload } from './register-workload.ts';
import { type Acknowledged, WriteWorkload } from './write-workload.ts';

const WRITERS = 32;
const REGISTER_CLIENTS = 32;
const PROGRESS_LIMIT_MS = 20_000;

export class ClientLoad {
  readonly writes: WriteWorkload;
  readonly registers: RegisterWorkload;
  readonly history = new History();
  readonly #clients: Promise<void>[] = [];
  #over = false;
  #failure: unknown;

  /** Starts at once, and ends with the test at the latest. The prefix keeps two loads on one cluster apart. */
  constructor(clients: readonly KvClient[], prefix: string) {
    this.writes = new WriteWorkload(clients, `${prefix}w/`);
    this.registers = new RegisterWorkload({
      clients,
      history: this.history,
      prefix: `${prefix}r/`,
    });
    const isOver = (): boolean => this.#over;
    const works = [
      ...Array.from({ length: WRITERS }, () => this.writes.run(isOver)),
      ...Array.from({ length: REGISTER_CLIENTS }, () => this.registers.run(isOver)),
    ];
    for (const work of works) this.#clients.push(this.#watch(work));
    onTestFinished(() => this.#end());
  }

  /** Resolves when so many more writes and register operations are acknowledged than now. */
  async progress(more: number): Promise<void> {
    const writes = this.writes.acknowledged.length + more;
    const registers = this.registers.acknowledged + more;
    await this.#wait(`${more} more acknowledged operations of each kind`, () =>
      this.writes.acknowledged.length >= writes && this.registers.acknowledged >= registers
        ? true
        : undefined,
    );
  }

  /** The first acknowledged write that began after a moment of `performance.now()`. */
  firstWriteAfter(momentMs: number): Promise<Acknowledged> {
    return this.#wait('acknowledged write', () => this.writes.firstAfter(momentMs));
  }

  /** Resolves when the last operation has ended. */
  async stop(): Promise<void> {
    await this.#end();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #end(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#clients);
  }

  #wait<T>(what: string, ask: () => T | undefined): Promise<T> {
    return waitFor(
      () => (this.#failure === undefined ? ask() : Promise.reject(asError(this.#failure))),
      { what, limitMs: PROGRESS_LIMIT_MS },
    );
  }

  async #watch(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#failure ??= error;
      this.#over = true;
    }
  }
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
