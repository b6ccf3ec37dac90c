/**
 * Answers that clients have not yet taken. One that is not taken within `sendMs`, and the oldest
 * ones when all together pass `unsentBytes`, are cut off with their connection: a client that never
 * reads must not hold the memory of the others. (A connection on which nothing moves at all is
 * closed earlier, by `idleSocketMs`.)
 */
import type { ServerResponse } from 'node:http';
import type { Clock } from './http-context.ts';
import type { HttpLimits } from './limits.ts';

interface Unsent {
  readonly bytes: number;
  readonly untilMs: number;
}

export class UnsentAnswers {
  readonly #limits: HttpLimits;
  readonly #clock: Clock;
  /** In the order in which they were written. */
  readonly #answers = new Map<ServerResponse, Unsent>();
  #bytes = 0;

  constructor(limits: HttpLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Called after the answer was ended: most are with the kernel by then, and cost nothing here. */
  watch(response: ServerResponse, bytes: number): void {
    if (response.writableFinished || response.destroyed || isWithKernel(response)) return;
    response.once('close', () => this.release(response));
    this.hold(response, bytes);
  }

  /** Of an answer that goes on, once it is taken (`release`); one piece at a time. */
  hold(response: ServerResponse, bytes: number): void {
    this.#answers.set(response, { bytes, untilMs: this.#clock.nowMs() + this.#limits.sendMs });
    this.#bytes += bytes;
    for (const oldest of this.#answers.keys()) {
      if (this.#bytes <= this.#limits.unsentBytes) break;
      this.#cut(oldest);
    }
  }

  /** To be called about once a second. */
  sweep(): void {
    const nowMs = this.#clock.nowMs();
    for (const [response, unsent] of this.#answers) {
      if (unsent.untilMs > nowMs) return;
      this.#cut(response);
    }
  }

  #cut(response: ServerResponse): void {
    this.release(response);
    response.destroy();
  }

  release(response: ServerResponse): void {
    const unsent = this.#answers.get(response);
    if (unsent === undefined) return;
    this.#answers.delete(response);
    this.#bytes -= unsent.bytes;
  }
}

function isWithKernel(response: ServerResponse): boolean {
  return response.socket !== null && response.socket.writableLength === 0;
}
