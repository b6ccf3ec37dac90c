/**
 * The monotonic clock of one replica's machine: it may run slower or faster than true time, and
 * jump forward, as after a suspension. It never goes back, and outlives the process.
 */
import type { Clock } from '../replica/ports.ts';

export class ReplicaClock implements Clock {
  readonly #time: Clock;
  #rate = 1;
  /** At this true time it showed `#shownMs`. */
  #sinceMs = 0;
  #shownMs = 0;

  /** `time` is true time. */
  constructor(time: Clock) {
    this.#time = time;
  }

  nowMs(): number {
    return this.#shownMs + (this.#time.nowMs() - this.#sinceMs) * this.#rate;
  }

  get rate(): number {
    return this.#rate;
  }

  /** From now on it shows `rate` ms for each true one. */
  setRate(rate: number): void {
    this.#rest();
    this.#rate = rate;
  }

  jump(byMs: number): void {
    this.#rest();
    this.#shownMs += byMs;
  }

  /** How much true time passes while this clock goes on by `ms`. */
  trueMs(ms: number): number {
    return ms / this.#rate;
  }

  #rest(): void {
    this.#shownMs = this.nowMs();
    this.#sinceMs = this.#time.nowMs();
  }
}
