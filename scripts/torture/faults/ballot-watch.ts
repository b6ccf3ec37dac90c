/**
 * Counts who led, and how high ballots went, while a fault lasts: by what replicas say at their
 * client ports, which no cut between them touches.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterStatus } from '../../bench/replica-cluster.ts';
import type { TortureCluster } from '../cluster.ts';

export interface BallotReport {
  readonly lastedMs: number;
  /** When a leader was last seen, before the end; `undefined`: there was none. */
  readonly leaderlessMs: number | undefined;
  /** How many ballots with a leader were seen. */
  readonly offices: number;
  /** How many rounds the highest promise went up. */
  readonly rounds: number;
}

const SAMPLE_MS = 100;

export class BallotCount {
  readonly #offices = new Set<string>();
  #lastLeaderMs: number | undefined;
  #first: number | undefined;
  #highest = 0;

  add(statuses: readonly ClusterStatus[], atMs: number): void {
    if (statuses.length === 0) return;
    const highest = Math.max(...statuses.map(({ ballot }) => ballot?.round ?? 0));
    this.#first ??= highest;
    this.#highest = Math.max(this.#highest, highest);
    for (const { ballot, replica, role } of statuses) {
      if (role !== 'leader') continue;
      this.#offices.add(`${ballot?.round ?? 0}.${replica}`);
      this.#lastLeaderMs = atMs;
    }
  }

  report(lastedMs: number): BallotReport {
    const last = this.#lastLeaderMs;
    return {
      lastedMs,
      leaderlessMs: last === undefined ? undefined : lastedMs - last,
      offices: this.#offices.size,
      rounds: this.#highest - (this.#first ?? this.#highest),
    };
  }
}

/** Looks until `isOver`; what it saw. */
export async function watchBallots(
  cluster: TortureCluster,
  isOver: () => boolean,
): Promise<BallotReport> {
  const started = performance.now();
  const count = new BallotCount();
  while (!isOver()) {
    count.add([...(await cluster.statuses()).values()], performance.now() - started);
    await pause(SAMPLE_MS);
  }
  return count.report(performance.now() - started);
}
