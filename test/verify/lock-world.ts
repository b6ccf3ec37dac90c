/** What clients of a true lock record, who take their time. */
import type { EventType, HistoryEvent } from '../../src/verify/history.ts';
import { isRecord } from '../../src/verify/json.ts';
import { randomFrom } from './stories.ts';
import { pick, type Chance } from './workloads.ts';

interface Client {
  /** Under which it believes that it holds the lock. */
  fence: number | undefined;
  open: { f: string; value: Record<string, unknown>; answer: Answer | undefined } | undefined;
}

interface Answer {
  readonly type: EventType;
  readonly value: unknown;
}

const EVENTS = 120;
const CLIENTS = 3;
const TTL_MS = 400;
const STEP_MS = 40;

export function lockWorld(seed: number): readonly HistoryEvent[] {
  return new LockWorld(seed).run();
}

class LockWorld {
  readonly #random: Chance;
  readonly #events: HistoryEvent[] = [];
  readonly #clients: readonly Client[];
  #nowMs = 0;
  #revision = 0;
  #holder: { fence: number; untilMs: number } | undefined;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    this.#clients = Array.from({ length: CLIENTS }, () => ({ fence: undefined, open: undefined }));
  }

  run(): readonly HistoryEvent[] {
    while (this.#events.length < EVENTS) {
      this.#nowMs += this.#random(STEP_MS);
      if (this.#holder !== undefined && this.#holder.untilMs <= this.#nowMs) {
        this.#holder = undefined;
      }
      const process = this.#random(CLIENTS);
      const client = this.#clients[process];
      if (client !== undefined) this.#turn(client, process);
    }
    return this.#events;
  }

  #turn(client: Client, process: number): void {
    const { open } = client;
    if (open === undefined) this.#begin(client, process);
    else if (this.#random(3) === 0) open.answer ??= this.#answer(open.f, open.value);
    else {
      const { type, value } = (open.answer ??= this.#answer(open.f, open.value));
      const isLost = this.#random(10) === 0;
      client.open = undefined;
      this.#note(process, isLost ? 'info' : type, open.f, value);
      if (isLost || open.f === 'release') client.fence = undefined;
      else if (open.f === 'acquire' && type === 'ok' && isRecord(value))
        client.fence = Number(value['fence']);
    }
  }

  #begin(client: Client, process: number): void {
    const { fence } = client;
    const f =
      fence === undefined ? 'acquire' : pick(this.#random, ['renew', 'write', 'write', 'release']);
    const value: Record<string, unknown> = fence === undefined ? { ttlMs: TTL_MS } : { fence };
    client.open = { f, value, answer: undefined };
    this.#note(process, 'invoke', f, value);
  }

  #answer(f: string, value: Record<string, unknown>): Answer {
    const untilMs = this.#nowMs + TTL_MS;
    const isHeld = this.#holder !== undefined && this.#holder.fence === value['fence'];
    if (f === 'acquire') {
      if (this.#holder !== undefined) return { type: 'fail', value };
      this.#holder = { fence: ++this.#revision, untilMs };
      return { type: 'ok', value: { fence: this.#revision } };
    }
    if (!isHeld) return { type: 'fail', value };
    if (f === 'renew' && this.#holder !== undefined) this.#holder.untilMs = untilMs;
    if (f === 'release') this.#holder = undefined;
    return { type: 'ok', value };
  }

  #note(process: number, type: EventType, f: string, value: unknown): void {
    this.#events.push({ process, type, f, key: 'l', value, time: this.#nowMs * 1000 });
  }
}
