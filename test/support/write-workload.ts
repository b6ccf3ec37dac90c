/**
 * Clients that write fresh keys and keep what was acknowledged, with its revision: afterwards every
 * one of these must be there, in exactly that revision.
 */
import type { KvClient } from './client.ts';

export interface Acknowledged {
  readonly key: string;
  readonly value: string;
  readonly revision: number;
  /** On the clock of `performance.now()`. */
  readonly invokedAtMs: number;
  readonly answeredAtMs: number;
}

const READERS = 32;
/** More are not looked for: each may take as long as a request may. */
const MAX_LOSSES = 50;

export class WriteWorkload {
  readonly acknowledged: Acknowledged[] = [];
  readonly #clients: readonly KvClient[];
  readonly #prefix: string;
  #writes = 0;

  constructor(clients: readonly KvClient[], prefix: string) {
    this.#clients = clients;
    this.#prefix = prefix;
  }

  /** One client: goes from replica to replica, and works until `isOver`. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const number = this.#writes++;
      const client = this.#clients[number % this.#clients.length];
      if (client === undefined) throw new Error('no clients');
      const key = `${this.#prefix}${number}`;
      const value = `value of ${key}`;
      const invokedAtMs = performance.now();
      const outcome = await client.put(key, value);
      if (outcome.type !== 'ok') continue;
      const { revision } = outcome;
      const answeredAtMs = performance.now();
      this.acknowledged.push({ key, value, revision, invokedAtMs, answeredAtMs });
    }
  }

  /** The first write that began after a moment and was acknowledged. */
  firstAfter(momentMs: number): Acknowledged | undefined {
    return this.acknowledged.find((write) => write.invokedAtMs > momentMs);
  }
}

/** Acknowledged writes that `client` does not find as they were acknowledged, in words. */
export async function findLosses(
  client: KvClient,
  acknowledged: readonly Acknowledged[],
  query = '',
): Promise<readonly string[]> {
  const losses: string[] = [];
  const left = [...acknowledged];
  const reader = async (): Promise<void> => {
    while (losses.length < MAX_LOSSES) {
      const write = left.pop();
      if (write === undefined) return;
      const seen = await client.get(write.key, query);
      const kept =
        seen.type === 'ok' && seen.body === write.value && seen.revision === write.revision;
      if (!kept) losses.push(`${write.key} in revision ${write.revision}: ${JSON.stringify(seen)}`);
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return losses;
}

/** Revisions that were given to more than one write. */
export function repeatedRevisions(acknowledged: readonly Acknowledged[]): readonly number[] {
  const seen = new Set<number>();
  const repeated: number[] = [];
  for (const { revision } of acknowledged) {
    if (seen.has(revision)) repeated.push(revision);
    seen.add(revision);
  }
  return repeated;
}
