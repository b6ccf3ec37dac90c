/** What the client port holds at this moment, against its bounds: overload is refused, not queued. */
import type { HttpLimits } from './limits.ts';

export class Load {
  readonly #limits: HttpLimits;
  #requests = 0;
  #bodyBytes = 0;

  constructor(limits: HttpLimits) {
    this.#limits = limits;
  }

  get requests(): number {
    return this.#requests;
  }

  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  get isFull(): boolean {
    return this.#requests >= this.#limits.inFlightRequests;
  }

  enter(): void {
    this.#requests += 1;
  }

  /** A request was answered, or is gone; `bodyBytes` is what it held. */
  leave(bodyBytes: number): void {
    this.#requests -= 1;
    this.#bodyBytes -= bodyBytes;
  }

  /** Whether there was room for so many more bytes of a body. They are held where there was. */
  hold(bytes: number): boolean {
    if (this.#bodyBytes + bytes > this.#limits.heldBodyBytes) return false;
    this.#bodyBytes += bytes;
    return true;
  }
}
