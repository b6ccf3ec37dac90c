/**
 * Cluster time: the highest stamp in the log plus the leader's monotonic time since it took office
 * at that stamp; never a wall clock. Nobody else advances it, so it stands still while there is no
 * leader.
 */
import type { CoreState, Turn } from './core-state.ts';

/** A stamp in the log, or in a proposal that a leader inherits. */
export function noteStamp(core: CoreState, stampMs: number): void {
  core.stampMs = Math.max(core.stampMs, stampMs);
}

/** A new leader goes on from the highest stamp that it knows. */
export function startClusterTime(turn: Turn): void {
  turn.core.tookOffice = { stampMs: turn.core.stampMs, atMs: turn.nowMs };
}

/** At a leader: what the next stamp would be now. */
export function peekClusterTimeMs({ stampMs, tookOffice }: CoreState, nowMs: number): number {
  const sinceMs = Math.max(0, Math.floor(nowMs - tookOffice.atMs));
  return Math.max(stampMs, tookOffice.stampMs + sinceMs);
}

/** At a leader: the stamp for the next command, in whole milliseconds; it never goes back. */
export function clusterTimeMs(turn: Turn): number {
  const { core } = turn;
  noteStamp(core, peekClusterTimeMs(core, turn.nowMs));
  return core.stampMs;
}
