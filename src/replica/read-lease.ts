/**
 * The read lease of this replica, as its reads see it: the core knows who granted it and until when
 * (paxos/lease.ts); here it is looked at once more, right before each answer, by the clock of that
 * moment.
 *
 * The monotonic clock stands still while the machine does; the wall clock does not. Where that ran
 * ahead of the other by more than a lease allows for, the time that was granted is over although
 * the monotonic clock does not show it. A wall clock that is set forward looks the same, and ends a
 * lease for no reason; one that is set back while the machine stands still hides it.
 */
import { holdsLease, standstillMs } from '../paxos/lease.ts';
import type { StateStore } from '../storage/state-store.ts';
import type { Granted } from './api.ts';
import type { Loop } from './loop.ts';
import type { ReplicaLimits } from './limits.ts';
import type { Clock } from './ports.ts';

export interface ReadLeaseOptions {
  readonly loop: Pick<Loop, 'core' | 'input'>;
  readonly store: Pick<StateStore, 'appliedUpTo' | 'revision'>;
  readonly clock: Clock;
  readonly wallMs: () => number;
  readonly limits: Pick<ReplicaLimits, 'core'>;
}

export class ReadLease {
  readonly #options: ReadLeaseOptions;
  readonly #isOn: boolean;
  /** The least that the wall clock was ahead of the monotonic one since the last standstill. */
  #leastAheadMs = Number.POSITIVE_INFINITY;

  constructor(options: ReadLeaseOptions) {
    this.#options = options;
    this.#isOn = options.limits.core.leaseGrantMs > 0;
  }

  /** Whether an answer may rest on it now. */
  get isHeld(): boolean {
    const { clock, loop } = this.#options;
    if (!this.#isOn || !holdsLease(loop.core, clock.nowMs())) return false;
    return !this.#hasStoodStill(this.#aheadMs());
  }

  /** From a read at this very moment; `undefined`: it has to ask the others, or to wait. */
  grant(minRevision: number): Granted | undefined {
    const { loop, store } = this.#options;
    const { appliedUpTo, revision } = store;
    if (revision < minRevision || !this.isHeld) return undefined;
    if (appliedUpTo < loop.core.learner.chosenUpTo) return undefined;
    return { type: 'granted', level: 'lease', readIndex: appliedUpTo, revision, stalenessMs: 0 };
  }

  /** From within a turn. */
  tick(): void {
    if (!this.#isOn) return;
    const aheadMs = this.#aheadMs();
    const hasStoodStill = this.#hasStoodStill(aheadMs);
    this.#leastAheadMs = hasStoodStill ? aheadMs : Math.min(aheadMs, this.#leastAheadMs);
    if (hasStoodStill) this.#options.loop.input({ type: 'stoodStill' });
  }

  #aheadMs(): number {
    const { clock, wallMs } = this.#options;
    const nowMs = clock.nowMs();
    return wallMs() - nowMs;
  }

  #hasStoodStill(aheadMs: number): boolean {
    return aheadMs - this.#leastAheadMs > standstillMs(this.#options.limits.core);
  }
}
