/**
 * Clients of leases: each has one granted, puts keys on it, keeps it alive and looks whether its keys
 * are there; it gives the lease back, or goes silent for longer than the lease lives.
 */
import { z } from 'zod';
import { WrongAnswer, type Answer, type Outcome } from '../client.ts';
import { endingOfRead, endingOfWrite, JSON_BODY, jsonOf, kvPath, TEXT_BODY } from './answers.ts';
import type { Worker } from './worker.ts';

const MIN_TTL_MS = 2_000;
const MAX_TTL_MS = 4_000;
const MAX_KEYS = 3;
const MAX_STEPS = 12;
const KEEPALIVES = 0.4;
const REVOKES = 0.5;
/** Of the time to live. */
const SILENCE = 1.3;

interface Lease {
  /** As the history calls it. */
  readonly name: string;
  readonly path: string;
  readonly ttlMs: number;
  /** That are surely on it, or were. */
  readonly keys: string[];
}

const leaseSchema = z.looseObject({ id: z.string() });

/** From a grant to the end of the lease. `name` is the history's, no other lease has it. */
export async function useLease(worker: Worker, name: string): Promise<void> {
  const { context } = worker;
  const { random } = context;
  const lease = await grant(worker, name);
  if (lease === undefined) return;
  const keys = random.between(1, MAX_KEYS);
  for (let number = 0; number < keys && !worker.isOver; number++) {
    await attach(worker, lease, `${name}/${number}`);
  }
  for (let steps = random.between(0, MAX_STEPS); steps > 0; steps--) {
    await worker.pause();
    if (worker.isOver) return;
    if (!random.chance(KEEPALIVES)) await look(worker, lease);
    else if ((await keepAlive(worker, lease)).type === 'refused') return look(worker, lease);
  }
  if (random.chance(REVOKES)) await revoke(worker, lease);
  else await context.pause(lease.ttlMs * SILENCE);
  if (!worker.isOver) await look(worker, lease);
  if (!worker.isOver) await keepAlive(worker, lease);
}

async function grant(worker: Worker, name: string): Promise<Lease | undefined> {
  const ttlMs = worker.context.random.between(MIN_TTL_MS, MAX_TTL_MS);
  const body = JSON.stringify({ ttl: `${ttlMs}ms` });
  const request = { method: 'POST', path: '/v1/leases', headers: JSON_BODY, body } as const;
  const call = { f: 'grant', key: name, value: { ttlMs } };
  const outcome = await worker.call(call, request, endingOfWrite);
  if (outcome.type !== 'ok') return undefined;
  return { name, path: `/v1/leases/${idOf(outcome)}`, ttlMs, keys: [] };
}

async function attach(worker: Worker, { name, path, keys }: Lease, key: string): Promise<void> {
  const id = path.slice(path.lastIndexOf('/') + 1);
  const request = { method: 'PUT', path: kvPath(key, `lease=${id}`), headers: TEXT_BODY } as const;
  const call = { f: 'attach', key: name, value: key };
  const outcome = await worker.call(call, { ...request, body: name }, endingOfWrite);
  if (outcome.type === 'ok') keys.push(key);
}

/** Whether one of its keys is there. */
async function look(worker: Worker, { name, keys }: Lease): Promise<void> {
  if (keys.length === 0) return;
  const key = worker.context.random.pick(keys);
  const request = { method: 'GET', path: kvPath(key) } as const;
  await worker.call({ f: 'present', key: name, value: key }, request, (outcome) => {
    const ending = endingOfRead(outcome, ({ body }) => body);
    return ending.type === 'ok' ? { type: 'ok', value: ending.value !== null } : ending;
  });
}

function keepAlive(worker: Worker, { name, path }: Lease): Promise<Outcome> {
  const request = { method: 'POST', path: `${path}/keepalive` } as const;
  return worker.call({ f: 'keepalive', key: name, value: null }, request, endingOfWrite);
}

function revoke(worker: Worker, { name, path }: Lease): Promise<Outcome> {
  const request = { method: 'DELETE', path } as const;
  return worker.call({ f: 'revoke', key: name, value: null }, request, endingOfWrite);
}

function idOf({ body }: Answer): string {
  const lease = leaseSchema.safeParse(jsonOf(body));
  if (!lease.success) throw new WrongAnswer(`a lease was granted with ${body}`);
  return lease.data.id;
}
