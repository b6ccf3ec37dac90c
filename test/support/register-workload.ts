/**
 * Clients that read, write and compare-and-set a few registers at a time, each call at a replica
 * drawn at random. After some calls on a set of registers they go on to fresh ones, so that each
 * register's history stays short enough to be checked, and is dense with overlaps.
 */
import { unreachable } from '../../src/kv/unreachable.ts';
import type { KvClient, Outcome } from './client.ts';
import type { Ending, History } from './history.ts';

export interface RegisterWorkloadOptions {
  readonly clients: readonly KvClient[];
  readonly history: History;
  /** Of the keys; a second workload on one cluster needs another. */
  readonly prefix: string;
}

interface Seen {
  readonly value: number;
  readonly revision: number;
}

const REGISTERS_AT_ONCE = 8;
const CALLS_EACH = 150;
const READS = 0.4;
const WRITES = 0.3;

export class RegisterWorkload {
  readonly #options: RegisterWorkloadOptions;
  readonly #lastSeen = new Map<string, Seen>();
  #calls = 0;
  #values = 0;
  #acknowledged = 0;

  constructor(options: RegisterWorkloadOptions) {
    this.#options = options;
  }

  /** Calls that ended `ok` so far. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** One client: works until `isOver`. A process whose call nobody knows the end of calls no more. */
  async run(isOver: () => boolean): Promise<void> {
    let process = this.#options.history.newProcess();
    while (!isOver()) {
      const outcome = await this.#call(process);
      if (outcome.type === 'ok') this.#acknowledged += 1;
      if (outcome.type === 'unknown') process = this.#options.history.newProcess();
    }
  }

  #call(process: number): Promise<Outcome> {
    const { clients, prefix } = this.#options;
    const client = clients[Math.floor(Math.random() * clients.length)];
    if (client === undefined) throw new Error('no clients');
    const generation = Math.floor(this.#calls++ / (REGISTERS_AT_ONCE * CALLS_EACH));
    const key = `${prefix}${generation}/${Math.floor(Math.random() * REGISTERS_AT_ONCE)}`;
    const choice = Math.random();
    const last = this.#lastSeen.get(key);
    if (choice < READS) return this.#read(process, client, key);
    if (choice < READS + WRITES || last === undefined) return this.#write(process, client, key);
    return this.#cas(process, client, key, last);
  }

  async #read(process: number, client: KvClient, key: string): Promise<Outcome> {
    const end = this.#options.history.invoke(process, key, { f: 'read', value: null });
    const outcome = await client.get(key);
    if (outcome.type === 'ok') {
      const seen = { value: Number(outcome.body), revision: outcome.revision };
      this.#lastSeen.set(key, seen);
      end({ type: 'ok', value: seen.value });
    } else if (outcome.type === 'refused') {
      end({ type: 'ok', value: null });
    } else {
      end({ type: 'info' });
    }
    return outcome.type === 'fail' ? { ...outcome, type: 'unknown' } : outcome;
  }

  async #write(process: number, client: KvClient, key: string): Promise<Outcome> {
    const value = ++this.#values;
    const end = this.#options.history.invoke(process, key, { f: 'write', value });
    const outcome = await client.put(key, String(value));
    if (outcome.type === 'refused') throw new Error(`a put without a condition: ${outcome.body}`);
    end(endingOf(outcome, value));
    return outcome;
  }

  /** Each value is written once, so "the revision is the one I saw" means "the value is". */
  async #cas(process: number, client: KvClient, key: string, from: Seen): Promise<Outcome> {
    const to = ++this.#values;
    const value = [from.value, to] as const;
    const end = this.#options.history.invoke(process, key, { f: 'cas', value });
    const outcome = await client.put(key, String(to), { ifMatch: from.revision });
    end(endingOf(outcome, value));
    if (outcome.type === 'ok') this.#lastSeen.set(key, { value: to, revision: outcome.revision });
    return outcome;
  }
}

function endingOf(outcome: Outcome, value: unknown): Ending {
  switch (outcome.type) {
    case 'ok':
      return { type: 'ok', value };
    case 'refused':
      return { type: 'fail' };
    case 'fail':
      return { type: 'fail', error: outcome.why };
    case 'unknown':
      return { type: 'info' };
    default:
      return unreachable(outcome);
  }
}
