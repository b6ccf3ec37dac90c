/** Writes as fast as it can over many connections, half of it to one key, until it is told to end. */
import { parentPort, workerData } from 'node:worker_threads';
import { Pool } from 'undici';
import { z } from 'zod';
import { FLOOD_END, type FloodReport } from './flood.ts';

const KEYS = 1_000;
const VALUE = 'v'.repeat(1_024);
const LIMIT_MS = 10_000;
const NOT_NOW: ReadonlySet<number> = new Set([429, 503]);

const plan = z
  .object({ urls: z.array(z.string()), connections: z.number(), prefix: z.string() })
  .parse(workerData);
const answers = new Map<string, number>();
let withoutRetryAfter = 0;
const over = { isIt: false };

parentPort?.on('message', (message: unknown) => {
  if (message === FLOOD_END) over.isIt = true;
});

async function write(pool: Pool, n: number): Promise<string> {
  const key = n % 2 === 0 ? 'hot' : `${n % KEYS}`;
  const path = `/v1/kv/${plan.prefix}${key}`;
  try {
    const signal = AbortSignal.timeout(LIMIT_MS);
    const answer = await pool.request({ method: 'PUT', path, body: VALUE, signal });
    await answer.body.dump();
    const isLacking = answer.headers['retry-after'] === undefined;
    if (NOT_NOW.has(answer.statusCode) && isLacking) withoutRetryAfter += 1;
    return String(answer.statusCode);
  } catch {
    return 'broken';
  }
}

async function flow(pool: Pool, from: number): Promise<void> {
  for (let n = from; !over.isIt; n += 1) {
    const answer = await write(pool, n);
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
  }
}

const pools = plan.urls.map(
  (url) => new Pool(url, { connections: plan.connections, pipelining: 1 }),
);
await Promise.all(
  pools.flatMap((pool) => Array.from({ length: plan.connections }, (_, n) => flow(pool, n))),
);
await Promise.all(pools.map((pool) => pool.destroy()));
const report: FloodReport = { answers: Object.fromEntries(answers), withoutRetryAfter };
parentPort?.postMessage(report);
parentPort?.close();
