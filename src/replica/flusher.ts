/**
 * When the state is written: off the answer's path, in large coalesced batches, one outstanding.
 * The state on disk never gets ahead of the durable log: else a replica could restart with slots
 * applied that its own log does not hold, and serve them to nobody.
 */
import type { Slot } from '../paxos/command.ts';
import type { Applier } from './applier.ts';
import type { Loop } from './loop.ts';
import type { Clock } from './ports.ts';

/** What the flusher needs of the state store. */
export interface FlushedStore {
  readonly appliedUpTo: Slot;
  readonly durablyApplied: Slot;
  readonly pendingBytes: number;
  readonly flushing: boolean;
  flush(done: (error: Error | undefined) => void): void;
}

export interface FlusherOptions {
  readonly loop: Loop;
  readonly store: FlushedStore;
  readonly applier: Applier;
  readonly limits: { readonly flushBytes: number; readonly flushMs: number };
  readonly clock: Clock;
}

export class Flusher {
  readonly #options: FlusherOptions;
  #flushedAtMs: number;
  readonly #onIdle: ((error: Error | undefined) => void)[] = [];

  constructor(options: FlusherOptions) {
    this.#options = options;
    this.#flushedAtMs = options.clock.nowMs();
  }

  /**
   * Once more, at the end, as far as it may be written; `done` is called in any case. A failed
   * write ends the process here too, and not as if all were well.
   */
  last(done: () => void): void {
    const { store } = this.#options;
    if (store.flushing || store.appliedUpTo === store.durablyApplied || !this.#isSettled()) done();
    else {
      store.flush((error) => {
        if (error !== undefined) this.#options.loop.fail(error);
        done();
      });
    }
  }

  /** Begins a flush where one is due and the log has what it would write. */
  run(): void {
    const { applier, loop, store } = this.#options;
    if (!this.#isDue()) return;
    if (!this.#isSettled()) {
      // Nothing more is applied until the log's next write is done: then they meet.
      applier.hold(true);
      return;
    }
    applier.hold(false);
    loop.post(() => applier.run());
    this.#flushedAtMs = this.#options.clock.nowMs();
    store.flush((error) => this.#finish(error));
  }

  #finish(error: Error | undefined): void {
    const { applier, loop } = this.#options;
    if (error !== undefined) loop.fail(error);
    else loop.post(() => applier.run());
    for (const run of this.#onIdle.splice(0)) run(error);
  }

  /** Calls `run` when neither log nor state is being written: at once where none is. */
  whenIdle(run: (error: Error | undefined) => void): void {
    const { loop, store } = this.#options;
    loop.whenIdle((error) => {
      if (error === undefined && store.flushing) this.#onIdle.push(run);
      else run(error);
    });
  }

  #isDue(): boolean {
    const { clock, limits, store } = this.#options;
    if (store.flushing || store.appliedUpTo === store.durablyApplied) return false;
    if (store.pendingBytes >= limits.flushBytes) return true;
    return clock.nowMs() - this.#flushedAtMs >= limits.flushMs;
  }

  #isSettled(): boolean {
    const { loop, store } = this.#options;
    return loop.commit.settledUpTo(store.appliedUpTo) >= store.appliedUpTo;
  }
}
