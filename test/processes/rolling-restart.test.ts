/** SIGTERM: leadership is handed over first, what is under way is answered, and clients notice little. */
import { expect, it, onTestFinished } from 'vitest';

import { caughtUp, clientsOf, sharedCluster } from '../support/cluster.ts';
import type { KvClient } from '../support/client.ts';
import { waitFor } from '../../scripts/bench/wait.ts';

const CLIENTS = 16;
const WRITES_BETWEEN = 300;
const PROGRESS_LIMIT_MS = 10_000;
/** For one operation with its retries, and between the end of one leader and the next write. */
const OPERATION_LIMIT_MS = 2_000;
const STOP_LIMIT_MS = 10_000;
const LARGEST_GAP_LIMIT_MS = 1_000;

const clusterOf = sharedCluster();

it('a rolling restart costs a client that tries again not one operation', async () => {
  const cluster = clusterOf();
  const load = new RetryingLoad(clientsOf(cluster));
  await load.progress(WRITES_BETWEEN);
  const order = [await cluster.leader(), ...(await cluster.followers())];
  for (const replica of order) {
    const started = performance.now();
    expect(await replica.stop()).toBe(0);
    expect(performance.now() - started).toBeLessThan(STOP_LIMIT_MS);
    await load.progress(WRITES_BETWEEN);
    replica.start();
    await cluster.ready();
    await load.progress(WRITES_BETWEEN);
  }
  await load.stop();
  await caughtUp(cluster);
  expect(load.failures).toEqual([]);
  expect(load.largestGapMs()).toBeLessThan(LARGEST_GAP_LIMIT_MS);
  console.log(
    `${load.answeredAtMs.length} writes, ${load.retries} of them tried again; ` +
      `longest time without an answer: ${load.largestGapMs().toFixed(0)} ms`,
  );
});

it('the leader hands over before it ends, and says so', async () => {
  const cluster = clusterOf();
  const old = await cluster.leader();
  const ended = old.stop();
  const next = await waitFor(
    async () => {
      const leader = await cluster.leader();
      return leader === old ? undefined : leader;
    },
    { what: 'new leader', limitMs: OPERATION_LIMIT_MS },
  );
  expect(next).not.toBe(old);
  expect(await ended).toBe(0);
});

class RetryingLoad {
  readonly failures: string[] = [];
  readonly answeredAtMs: number[] = [];
  retries = 0;
  readonly #clients: readonly KvClient[];
  readonly #works: Promise<void>[];
  #over = false;

  constructor(clients: readonly KvClient[]) {
    this.#clients = clients;
    this.#works = Array.from({ length: CLIENTS }, (_, at) => this.#run(at));
    onTestFinished(() => this.stop());
  }

  async progress(more: number): Promise<void> {
    const wanted = this.answeredAtMs.length + more;
    const ask = (): true | undefined => this.answeredAtMs.length >= wanted || undefined;
    await waitFor(ask, { what: `${more} more writes`, limitMs: PROGRESS_LIMIT_MS });
  }

  async stop(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#works);
  }

  largestGapMs(): number {
    const gaps = this.answeredAtMs.map((at, n) => at - (this.answeredAtMs[n - 1] ?? at));
    return Math.max(...gaps);
  }

  async #run(number: number): Promise<void> {
    for (let n = 0; !this.#over; n += 1) await this.#write(`rolling/${number}`, String(n));
  }

  /** Writing the same value again is safe: nobody else writes this key. */
  async #write(key: string, value: string): Promise<void> {
    const deadline = performance.now() + OPERATION_LIMIT_MS;
    for (let attempt = 0; ; attempt += 1) {
      const client = this.#clients[(attempt + key.length) % this.#clients.length];
      const outcome = await client?.put(key, value);
      if (outcome?.type === 'ok') {
        this.answeredAtMs.push(performance.now());
        return;
      }
      this.retries += 1;
      if (performance.now() > deadline) {
        this.failures.push(`${key}: ${JSON.stringify(outcome)}`);
        return;
      }
    }
  }
}
