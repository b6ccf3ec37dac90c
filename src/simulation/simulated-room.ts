/** How much room a simulated disk has: enough, or for a while nearly none. */
import type { DiskLevel } from '../paxos/messages.ts';
import type { DiskSpace } from '../replica/ports.ts';
import type { VirtualTime } from './virtual-time.ts';

export class SimulatedRoom implements DiskSpace {
  readonly #time: VirtualTime;
  readonly #onFull: () => void;
  #fullUntilMs = Number.NEGATIVE_INFINITY;

  constructor(time: VirtualTime, onFull: () => void) {
    this.#time = time;
    this.#onFull = onFull;
  }

  get level(): DiskLevel {
    return this.#time.nowMs() < this.#fullUntilMs ? 'full' : 'ok';
  }

  /** Infinite: until it is cleared. */
  fill(forMs: number): void {
    this.#onFull();
    this.#fullUntilMs = this.#time.nowMs() + forMs;
  }

  clear(): void {
    this.#fullUntilMs = Number.NEGATIVE_INFINITY;
  }
}
