/**
 * Records what the clients of one workload saw, in the order in which it happened, as the checkers
 * read it; each event goes to the run's folder at once. One clock and one numbering of processes for
 * all workloads of a run.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { formatEvent, type HistoryEvent } from '../../src/verify/history.ts';

export interface Call {
  readonly process: number;
  readonly f: string;
  readonly key: string;
  readonly value: unknown;
  /** The id of the replica that is asked first. */
  readonly replica?: number;
}

export type Ending =
  /** It took effect. `value`: what came back, where that tells something; else that of the call. */
  | { readonly type: 'ok'; readonly value?: unknown }
  /** It did not, and never will. Without `error`: what it asked for did not hold. */
  | { readonly type: 'fail'; readonly error?: string }
  | { readonly type: 'info'; readonly error: string };

const COUNTED = { ok: 'ok', fail: 'failed', info: 'unknown' } as const;

/** Of a whole run. */
export class RunClock {
  readonly #nowMs: () => number;
  readonly #startedMs: number;
  #processes = 0;

  /** Monotonic. */
  constructor(nowMs = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#startedMs = nowMs();
  }

  /** Whole µs since the run began. */
  nowUs(): number {
    return Math.round((this.#nowMs() - this.#startedMs) * 1000);
  }

  newProcess(): number {
    return this.#processes++;
  }
}

export class Recorder {
  readonly events: HistoryEvent[] = [];
  /** Of calls that have ended. */
  readonly counts = { ok: 0, failed: 0, unknown: 0 };
  readonly #clock: RunClock;
  readonly #file: WriteStream;

  constructor(clock: RunClock, path: string) {
    this.#clock = clock;
    this.#file = createWriteStream(path);
  }

  newProcess(): number {
    return this.#clock.newProcess();
  }

  /** To be called before the first byte can leave. Returns what ends the call. */
  invoke(call: Call): (ending: Ending) => void {
    this.#add({ ...call, type: 'invoke', time: this.#clock.nowUs() });
    return (ending) => {
      const value = ending.type === 'ok' && 'value' in ending ? ending.value : call.value;
      const error = ending.type === 'ok' ? undefined : ending.error;
      const event = { ...call, type: ending.type, value, time: this.#clock.nowUs() };
      this.#add(error === undefined ? event : { ...event, error });
      this.counts[COUNTED[ending.type]] += 1;
    };
  }

  /** Resolves when all of it is in the file. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#file.end(resolve));
  }

  #add(event: HistoryEvent): void {
    this.events.push(event);
    this.#file.write(`${formatEvent(event)}\n`);
  }
}
