/**
 * How long may it take? Every bound is made of the knobs that the seed drew; one timeout is
 * `leaderTimeoutTicks` by the slowest clock.
 *
 * T_bound, from healing to a chosen command that every healed replica has applied:
 *
 *   24 timeouts   a follower waits 8 (the longest back-off) and 1 (stickiness), asks for 1 whether
 *                 it may campaign, campaigns for 2: twice, since the first campaign may be a duel
 *   1 disk timeout, 1 pull that was lost before, 3 gossips that tell who is behind, 2 deadlines of
 *   requests, 1 back-off of the launcher, 2 rounds of bootstrap
 *   a snapshot    5 times 20 ms a slot for records that come one by one, twice the time in which
 *                 one that nobody pulls is let go, and all tries of asking somebody who is gone
 *   20 ms a slot  to read, pull, write and apply it, one at a time, on a calm network and disk
 */
import { ASK_MS } from '../replica/readmission.ts';
import type { Plan } from './plan.ts';
import { DEFAULT_LOG_MARGINS } from '../storage/log-margins.ts';
import { FETCH_TIMEOUT_MS } from './simulated-network.ts';

export const MOST_TIMEOUTS = 24;
const GOSSIPS = 3;
const BOOTSTRAP_MS = 400;
const LAUNCHES = 32;
const SLOT_MS = 20;
/** Of the heartbeats: to travel, to be written, to be answered. */
const CALM_ROUND_TRIP_MS = 10;

export class LivenessBounds {
  /** Until a follower gives its leader up, by the slowest clock. */
  readonly timeoutMs: number;
  readonly #plan: Plan;

  constructor(plan: Plan) {
    const { core, tickMs } = plan.limits;
    this.#plan = plan;
    this.timeoutMs = (core.leaderTimeoutTicks * tickMs) / (1 - plan.clockDrift);
  }

  /** T_bound. */
  recoveryMs(slots: number): number {
    const { deadlineMs, launcherMs, limits } = this.#plan;
    const { diskTimeoutMs, requestSweepMs, statusMs } = limits;
    const byClocks = diskTimeoutMs + GOSSIPS * statusMs + 2 * (deadlineMs + requestSweepMs);
    return (
      MOST_TIMEOUTS * this.timeoutMs +
      byClocks / (1 - this.#plan.clockDrift) +
      (FETCH_TIMEOUT_MS + BOOTSTRAP_MS + LAUNCHES * launcherMs) +
      this.#snapshotMs(slots) +
      SLOT_MS * slots
    );
  }

  /**
   * Until so many suspects are let in again, beside T_bound: each asks one replica after the other where
   * none says who leads, and has to ask all of them once more after each other one that was let in.
   */
  readmissionMs(suspects: number): number {
    const { clockDrift, replicas } = this.#plan;
    return (suspects * replicas * ASK_MS) / (1 - clockDrift);
  }

  /** Nothing where no log is trimmed. */
  #snapshotMs(slots: number): number {
    const { logMargins, snapshots } = this.#plan.limits;
    if (logMargins === DEFAULT_LOG_MARGINS) return 0;
    const { idleMs, retryMs, tries } = snapshots;
    return 5 * SLOT_MS * slots + 2 * (idleMs + tries * (retryMs + FETCH_TIMEOUT_MS));
  }

  /**
   * Whether a leader can stay in office at all: the quickest clock's timeout must outlast two
   * ticks more than a heartbeat of the slowest, or followers give up a leader that is well.
   */
  get canSettle(): boolean {
    const { clockDrift, limits } = this.#plan;
    const { core, tickMs } = limits;
    const patienceMs = (core.leaderTimeoutTicks * tickMs) / (1 + clockDrift);
    const silenceMs = ((core.heartbeatTicks + 2) * tickMs) / (1 - clockDrift);
    return patienceMs >= silenceMs + CALM_ROUND_TRIP_MS;
  }
}
