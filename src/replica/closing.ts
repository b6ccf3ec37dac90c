/**
 * A graceful end: leadership is handed to the peer that is furthest, what is under way gets its
 * answers, the state is written, and only then the replica stops.
 */
import type { Clock, Scheduler } from './ports.ts';
import type { Replica } from './replica.ts';
import { successorOf } from './successor.ts';

const LOOK_MS = 10;
/** Handing over is tried for so long; after that the others elect. */
const HAND_OVER_MS = 1_000;

export interface ClosingOptions {
  readonly replica: Replica;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly withinMs: number;
}

export class Closing {
  readonly #options: ClosingOptions;
  readonly #done: () => void;
  readonly #startedAtMs: number;
  #stopLooking: () => void = () => undefined;
  #isFlushing = false;

  constructor(options: ClosingOptions, done: () => void) {
    this.#options = options;
    this.#done = done;
    this.#startedAtMs = options.clock.nowMs();
  }

  start(): void {
    const { replica, scheduler } = this.#options;
    const successor = successorOf(replica.core, replica.peers);
    if (successor !== undefined) {
      replica.transfer.start({ to: successor, deadlineMs: HAND_OVER_MS, done: () => undefined });
    }
    this.#stopLooking = scheduler.every(LOOK_MS, () => this.#look());
  }

  #look(): void {
    const { clock, replica, withinMs } = this.#options;
    const elapsedMs = clock.nowMs() - this.#startedAtMs;
    if (elapsedMs >= withinMs || replica.isStopped) {
      this.#end();
      return;
    }
    const mayHandOver =
      successorOf(replica.core, replica.peers) !== undefined && elapsedMs < HAND_OVER_MS;
    if (mayHandOver) return;
    replica.beginClosing();
    const { reads, requests } = replica.waiting;
    if (reads + requests > 0 || this.#isFlushing) return;
    this.#isFlushing = true;
    replica.flush(() => this.#end());
  }

  #end(): void {
    this.#stopLooking();
    this.#options.replica.close();
    this.#done();
  }
}
