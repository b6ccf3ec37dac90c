/**
 * Clients of locks: each acquires one, at once or in the queue, writes under its fence, renews, and
 * gives it back; or goes silent for longer than the lock's time, and then writes as if nothing were.
 */
import { z } from 'zod';
import { WrongAnswer, type Answer, type Outcome, type Request } from '../client.ts';
import { endingOfWrite, JSON_BODY, jsonOf, kvPath, TEXT_BODY } from './answers.ts';
import { drawPlace, type Pace } from './pace.ts';
import type { Worker } from './worker.ts';

const LOCKS = 4;
const MIN_TTL_MS = 1_000;
const MAX_TTL_MS = 3_000;
const WAITS = 0.75;
const MAX_WAIT_MS = 2_000;
/** Beside its wait, for an acquisition to be answered. */
const ANSWER_MS = 3_000;
const MAX_STEPS = 5;
const RENEWALS = 0.3;
const RELEASES = 0.7;
const SILENCES = 0.5;
/** Of the time to live. */
const SILENCE = 1.3;

interface Held {
  readonly name: string;
  readonly fence: number;
  readonly ttlMs: number;
}

const heldSchema = z.looseObject({ fence: z.number() });

/** From one acquisition to the end of what it gave. */
export async function useLock(worker: Worker, name: string, pace: Pace): Promise<void> {
  const { context } = worker;
  const { random } = context;
  const held = await acquire(worker, `${name}/lock-${drawPlace(random, LOCKS, pace)}`);
  if (held === undefined) return;
  for (let steps = random.between(0, MAX_STEPS); steps > 0; steps--) {
    await worker.pause();
    if (worker.isOver) return;
    const outcome = await step(worker, held);
    if (outcome.type === 'refused') return;
  }
  await worker.pause();
  if (worker.isOver) return;
  if (random.chance(RELEASES)) {
    await call(worker, 'release', held, { method: 'DELETE', path: lockPath(held.name) });
  } else if (random.chance(SILENCES)) {
    await context.pause(held.ttlMs * SILENCE);
    if (!worker.isOver) await write(worker, held);
  }
}

async function acquire(worker: Worker, name: string): Promise<Held | undefined> {
  const { random } = worker.context;
  const ttlMs = random.between(MIN_TTL_MS, MAX_TTL_MS);
  const waitMs = random.chance(WAITS) ? random.between(1, MAX_WAIT_MS) : 0;
  const wait = waitMs === 0 ? {} : { wait: `${waitMs}ms` };
  const body = JSON.stringify({ ttl: `${ttlMs}ms`, ...wait });
  const call = { f: 'acquire', key: name, value: { ttlMs, waitMs } };
  const limitMs = waitMs + ANSWER_MS;
  const request = {
    method: 'POST',
    headers: JSON_BODY,
    body,
    limitMs,
    path: lockPath(name),
  } as const;
  const outcome = await worker.call(call, request, (got) =>
    got.type === 'ok' ? { type: 'ok', value: { fence: fenceOf(got) } } : endingOfWrite(got),
  );
  return outcome.type === 'ok' ? { name, fence: fenceOf(outcome), ttlMs } : undefined;
}

function step(worker: Worker, held: Held): Promise<Outcome> {
  if (!worker.context.random.chance(RENEWALS)) return write(worker, held);
  const request = { method: 'POST', path: `${lockPath(held.name)}/keepalive` } as const;
  return call(worker, 'renew', held, request);
}

function write(worker: Worker, held: Held): Promise<Outcome> {
  const path = kvPath(`${held.name}/value`);
  const body = String(held.fence);
  return call(worker, 'write', held, { method: 'PUT', path, headers: TEXT_BODY, body });
}

/** Of who bears the fence. */
function call(worker: Worker, f: string, held: Held, request: Request): Promise<Outcome> {
  const { name, fence } = held;
  const headers = { ...request.headers, fence: `${encodeURIComponent(name)}=${fence}` };
  const what = { f, key: name, value: { fence } };
  return worker.call(what, { ...request, headers }, endingOfWrite);
}

function fenceOf({ body }: Answer): number {
  const held = heldSchema.safeParse(jsonOf(body));
  if (!held.success) throw new WrongAnswer(`a lock was given with ${body}`);
  return held.data.fence;
}

function lockPath(name: string): string {
  return `/v1/locks/${encodeURIComponent(name)}`;
}
