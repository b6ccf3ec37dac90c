/** What a person sees of a run while it goes on: a line for each fault, and one every few seconds. */
import type { Counts, FaultMark } from './run-record.ts';

export interface Now {
  readonly counts: readonly Counts[];
  readonly faults: readonly string[];
  readonly leader: number | null;
}

const EVERY_MS = 5_000;
const MS_PER_S = 1_000;
const S_PER_MINUTE = 60;

export class Progress {
  readonly #say: (line: string) => void;
  readonly #startedAt = performance.now();

  /** `prefix`: of each line, where several runs go on at once. */
  constructor(prefix: string, write: (line: string) => void) {
    this.#say = (line) => write(`${prefix}${this.#time()}  ${line}`);
  }

  say(line: string): void {
    this.#say(line);
  }

  mark({ type, fault, text }: FaultMark): void {
    const how = { begin: '+', end: '-', once: '!' }[type];
    this.#say(`${how} ${fault} ${text}`);
  }

  /** Returns what ends it. */
  follow(now: () => Now): () => void {
    const timer = setInterval(() => this.#say(describe(now())), EVERY_MS);
    return () => clearInterval(timer);
  }

  #time(): string {
    const seconds = Math.floor((performance.now() - this.#startedAt) / MS_PER_S);
    const minutes = Math.floor(seconds / S_PER_MINUTE);
    return `${twoDigits(minutes)}:${twoDigits(seconds % S_PER_MINUTE)}`;
  }
}

function describe({ counts, faults, leader }: Now): string {
  const { ok, failed, unknown } = sum(counts);
  const leads = leader === null ? 'nobody leads' : `${leader} leads`;
  const at = faults.length === 0 ? '' : `; ${faults.join('; ')}`;
  return `${ok} ok, ${failed} failed, ${unknown} unknown; ${leads}${at}`;
}

export function sum(counts: readonly Counts[]): Counts {
  return counts.reduce(
    (all, one) => ({
      ok: all.ok + one.ok,
      failed: all.failed + one.failed,
      unknown: all.unknown + one.unknown,
    }),
    { ok: 0, failed: 0, unknown: 0 },
  );
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
