/**
 * A leader of whose proposals none is chosen, and whose disk has nothing to do, asks its disk: it
 * writes a batch without a record. Where followers have fallen behind, and what they pull from the
 * leader does not come, a hung disk shows nowhere else, and the leader would lead on for ever. The
 * write that hangs is seen like those of the log (housekeeping.ts), and the leader steps down.
 */
import type { Slot } from '../paxos/command.ts';
import type { CoreState } from '../paxos/core-state.ts';

export interface DiskProbeOptions {
  readonly loop: {
    readonly core: Pick<CoreState, 'role'> & { readonly learner: { readonly chosenUpTo: Slot } };
    readonly commit: { probe(): void };
  };
  /** So long nothing is chosen before the disk is asked, and again each time. */
  readonly afterMs: number;
}

export class DiskProbe {
  readonly #options: DiskProbeOptions;
  #chosenUpTo = 0;
  #sinceMs = Number.NEGATIVE_INFINITY;

  constructor(options: DiskProbeOptions) {
    this.#options = options;
  }

  /** Only from within a turn of the loop. */
  tick(nowMs: number): void {
    const { afterMs, loop } = this.#options;
    const { learner, role } = loop.core;
    const isWaiting = role.name === 'leader' && role.inFlight.size > 0;
    if (!isWaiting || learner.chosenUpTo !== this.#chosenUpTo) {
      this.#chosenUpTo = learner.chosenUpTo;
      this.#sinceMs = nowMs;
    } else if (nowMs - this.#sinceMs >= afterMs) {
      this.#sinceMs = nowMs;
      loop.commit.probe();
    }
  }
}
