/**
 * How much of the log is kept for peers that are behind. A slot stays while it lies within all of
 * the margins; what lies outside of any of them may go, if the state is durable without it.
 */
import type { Slot } from '../paxos/command.ts';
import type { TrimFloor } from './trim-floor.ts';

export interface LogMargins {
  /** The last so many slots that the state has applied, durably. */
  readonly slots: number;
  /** The last so many bytes that were written to the log. */
  readonly bytes: number;
  /** What is not older than the newest command by more than this, in cluster time. */
  readonly ageMs: number;
  /** The chain of writes stays for so many bytes of log, whatever the others say. */
  readonly chainBytes: number;
  /** What a peer needs that gets the state stays for so many bytes of log, whatever the others say. */
  readonly heldBytes: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LOG_MARGINS: LogMargins = {
  slots: 100_000,
  bytes: 256 * MIB,
  ageMs: 3_600_000,
  chainBytes: 64 * MIB,
  heldBytes: 4096 * MIB,
};

/**
 * Whether the log may be cut there. Where it may, it may be at every lower place. `slack`: the
 * margins are so much wider; 0.25 is a quarter more.
 */
export function mayBeCut(
  place: TrimFloor,
  log: {
    readonly margins: LogMargins;
    /** What is above is needed by a peer; infinite: nothing is. */
    readonly heldFrom: Slot;
    readonly upTo: Slot;
    readonly base: Slot;
    readonly totalBytes: number;
    readonly timeMs: number;
  },
  slack: number,
): boolean {
  const { base, heldFrom, margins, timeMs, totalBytes, upTo } = log;
  const bytes = totalBytes - place.totalBytes;
  if (bytes < wider(margins.chainBytes, slack)) return false;
  if (place.slot > heldFrom && bytes < margins.heldBytes) return false;
  return (
    place.slot < base ||
    upTo - place.slot >= wider(margins.slots, slack) ||
    bytes >= wider(margins.bytes, slack) ||
    timeMs - place.timeMs > wider(margins.ageMs, slack)
  );
}

function wider(margin: number, slack: number): number {
  return margin + Math.ceil(margin * slack);
}
