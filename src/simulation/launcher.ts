/** What starts a process again that ended by itself: sooner at first, and later each time it fails. */
import type { VirtualTime } from './virtual-time.ts';

/** Of doublings of the wait. */
const MOST = 5;
/** A process that is let in again gets so long to close, as one of a server does. */
export const CLOSE_MS = 1_000;

export class Launcher {
  readonly #time: VirtualTime;
  readonly #waitMs: number;
  readonly #start: () => void;
  #failures = 0;

  constructor(time: VirtualTime, waitMs: number, start: () => void) {
    this.#time = time;
    this.#waitMs = waitMs;
    this.#start = start;
  }

  /** The process has ended. */
  failed(): void {
    this.#time.after(this.#waitMs * 2 ** Math.min(this.#failures, MOST), this.#start);
    this.#failures += 1;
  }

  worked(): void {
    this.#failures = 0;
  }
}
