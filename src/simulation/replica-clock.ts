/**
 * The clocks of one replica's machine. The monotonic one may run slower or faster than true time,
 * jump forward, and stand still with its machine; it never goes back, and outlives the process. The
 * wall clock runs as true time does, also while the machine stands still, and may be set.
 */
import type { Clock } from '../replica/ports.ts';

export class ReplicaClock implements Clock {
  readonly #time: Clock;
  readonly #onChange: (what: string) => void;
  #rate = 1;
  /** At this true time it showed `#shownMs`; from then on it goes. */
  #sinceMs = 0;
  #shownMs = 0;
  #wallAheadMs = 0;

  /** `time` is true time. `onChange`: the monotonic clock goes otherwise from now on. */
  constructor(time: Clock, onChange: (what: string) => void = () => undefined) {
    this.#time = time;
    this.#onChange = onChange;
  }

  nowMs(): number {
    return this.#shownMs + Math.max(0, this.#time.nowMs() - this.#sinceMs) * this.#rate;
  }

  wallMs(): number {
    return this.#time.nowMs() + this.#wallAheadMs;
  }

  get rate(): number {
    return this.#rate;
  }

  /** From now on it shows `rate` ms for each true one. */
  setRate(rate: number): void {
    this.#rest();
    this.#rate = rate;
    this.#onChange(`runs at ${rate.toFixed(3)}`);
  }

  jump(byMs: number): void {
    this.#rest();
    this.#shownMs += byMs;
    this.#onChange(`jumps by ${Math.round(byMs)} ms`);
  }

  /** For so much true time it shows the same. */
  standStill(forMs: number): void {
    this.#rest();
    this.#sinceMs = Math.max(this.#sinceMs, this.#time.nowMs() + forMs);
    this.#onChange(`stands still for ${Math.round(forMs)} ms`);
  }

  /** At once, however long it was to stand still. */
  goOn(): void {
    if (this.#sinceMs <= this.#time.nowMs()) return;
    this.#sinceMs = this.#time.nowMs();
    this.#onChange('goes on');
  }

  /** The wall clock is set, by so much. */
  setWall(byMs: number): void {
    this.#wallAheadMs += byMs;
    this.#onChange(`is set by ${Math.round(byMs)} ms, that of the wall`);
  }

  /** How much true time passes while this clock goes on by `ms`. */
  trueMs(ms: number): number {
    return ms / this.#rate + Math.max(0, this.#sinceMs - this.#time.nowMs());
  }

  #rest(): void {
    this.#shownMs = this.nowMs();
    this.#sinceMs = Math.max(this.#sinceMs, this.#time.nowMs());
  }
}
