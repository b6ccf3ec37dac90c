/** How far a run is: one line that is written over on a terminal, elsewhere a line now and then. */
import { grouped } from './tally.ts';

const TERMINAL_EVERY_MS = 200;
const OTHERWISE_EVERY_MS = 10_000;

export interface Standing {
  readonly seeds: number;
  readonly events: number;
  readonly failed: number;
}

/** Whichever comes first. */
export interface Goal {
  readonly seeds: number | undefined;
  readonly minutes: number | undefined;
}

export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #goal: Goal;
  readonly #startedMs = performance.now();
  #shownMs = this.#startedMs;

  constructor(goal: Goal, stream: NodeJS.WriteStream = process.stderr) {
    this.#goal = goal;
    this.#stream = stream;
  }

  get seconds(): number {
    return (performance.now() - this.#startedMs) / 1_000;
  }

  show(standing: Standing): void {
    const nowMs = performance.now();
    const everyMs = this.#stream.isTTY ? TERMINAL_EVERY_MS : OTHERWISE_EVERY_MS;
    if (nowMs - this.#shownMs < everyMs) return;
    this.#shownMs = nowMs;
    const line = progressLine(standing, this.#goal, this.seconds);
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  }

  /** Before anything else is written. */
  clear(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[K');
  }
}

export function progressLine(standing: Standing, goal: Goal, seconds: number): string {
  const { events, failed, seeds } = standing;
  const of = goal.seeds === undefined ? '' : ` of ${grouped(goal.seeds)}`;
  const rate = grouped(Math.round(events / seconds));
  const failures = failed === 0 ? '' : `, ${failed} FAILED`;
  const left = secondsLeft(seeds, goal, seconds);
  return `${grouped(seeds)}${of} seeds${failures}, ${rate} events/s, ${duration(left)} left`;
}

function secondsLeft(seeds: number, goal: Goal, seconds: number): number {
  const byTime =
    goal.minutes === undefined ? Number.POSITIVE_INFINITY : goal.minutes * 60 - seconds;
  const bySeeds =
    goal.seeds === undefined
      ? Number.POSITIVE_INFINITY
      : ((goal.seeds - seeds) * seconds) / Math.max(1, seeds);
  return Math.max(0, Math.min(byTime, bySeeds));
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
