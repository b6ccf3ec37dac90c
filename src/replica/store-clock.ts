/** Cluster time, as a replica may show it: it decides nothing. */
import { peekClusterTimeMs } from '../paxos/cluster-time.ts';
import type { CoreState } from '../paxos/core-state.ts';
import type { Clock } from './ports.ts';

export class StoreClock {
  readonly #clock: Clock;
  /** By the clock: when the last slot was applied. */
  #appliedAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#appliedAtMs = clock.nowMs();
  }

  applied(): void {
    this.#appliedAtMs = this.#clock.nowMs();
  }

  /** At the leader as it is; about that at any other, from the last stamp on. It stands still without a leader. */
  timeMs(core: CoreState, store: { readonly timeMs: number }): number {
    const nowMs = this.#clock.nowMs();
    if (core.role.name === 'leader') return peekClusterTimeMs(core, nowMs);
    const sinceMs = core.election.leader === undefined ? 0 : nowMs - this.#appliedAtMs;
    return store.timeMs + Math.max(0, sinceMs);
  }
}
