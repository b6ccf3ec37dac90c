/** Every limit and interval of the loop, with its unit. */
import { DEFAULT_LEASE_LIMITS, type LeaseLimits } from '../kv/lease.ts';
import { DEFAULT_ONCE_LIMITS, type OnceLimits } from '../kv/once.ts';
import { type CoreLimits, DEFAULT_CORE_LIMITS } from '../paxos/core-limits.ts';
import { DEFAULT_LOG_MARGINS, type LogMargins } from '../storage/log-margins.ts';

/** Of the state that is sent to a peer whose log ends below ours, and received. */
export interface SnapshotLimits {
  /** Of records in one chunk; a single longer record goes alone. */
  readonly chunkBytes: number;
  /** A sender reads no faster than this, for all of its receivers. */
  readonly bytesPerSecond: number;
  /** Snapshots that a replica holds open for its peers. */
  readonly sent: number;
  /** One that nobody asked for, for so long, is let go. */
  readonly idleMs: number;
  /** A receiver without an answer asks again after this, so many times in a row. */
  readonly retryMs: number;
  readonly tries: number;
}

/** Of reading the state on the disk through, to see whether it is what was written. */
export interface ScrubLimits {
  /** For so long nothing is served before it has ended. */
  readonly waitMs: number;
  /**
   * Between the end of one and the beginning of the next: 99 times as long as it took, but not less and
   * not more than this.
   */
  readonly leastPauseMs: number;
  readonly mostPauseMs: number;
  /** Once something is served, one piece is read in each tick. */
  readonly pieceBytes: number;
}

export interface ReplicaLimits {
  readonly core: CoreLimits;
  readonly tickMs: number;
  /** The encoded commands of one slot. A single longer command gets a slot of its own. */
  readonly slotBytes: number;
  /** Requests that wait for an answer, and the bytes of their commands. */
  readonly pendingRequests: number;
  readonly pendingBytes: number;
  readonly pendingReads: number;
  /** With a write, or a read of the log, under way for longer than this, it does not lead. */
  readonly diskTimeoutMs: number;
  /** After so long without a leader, requests are refused at once. */
  readonly noLeaderMs: number;
  readonly requestSweepMs: number;
  readonly statusMs: number;
  /** An unanswered read round is asked again after this. */
  readonly readRetryMs: number;
  /** The state is written when so many bytes wait, or the oldest has waited so long. */
  readonly flushBytes: number;
  readonly flushMs: number;
  /** Nothing more is applied while so many bytes wait to be written. */
  readonly unflushedBytes: number;
  /** Commands applied in one go, before others get their turn. */
  readonly applyCommands: number;
  readonly applyKeys: number;
  /** Keys that one command may change. */
  readonly changedKeys: number;
  /** Of answers that are kept for requests that may come again. */
  readonly once: OnceLimits;
  readonly leases: LeaseLimits;
  /** Writes whose stories are told at once, and slots that leaders ask for; others go without. */
  readonly tracedWrites: number;
  /** Messages that are told to those who look on. */
  readonly sampledMessagesPerSecond: number;
  /** That wait for one who looks on; whoever leaves more has missed something. */
  readonly untakenEvents: number;
  /** Watches that are told of a change, before others get their turn. */
  readonly watchesPerTurn: number;
  /** Commands in one answer to a peer that catches up. */
  readonly catchUpBytes: number;
  /** Between two looks at whether the log can be trimmed. */
  readonly trimMs: number;
  readonly logMargins: LogMargins;
  readonly snapshots: SnapshotLimits;
  readonly scrub: ScrubLimits;
}

export const DEFAULT_REPLICA_LIMITS: ReplicaLimits = {
  core: DEFAULT_CORE_LIMITS,
  tickMs: 10,
  slotBytes: 1024 * 1024,
  pendingRequests: 10_000,
  pendingBytes: 64 * 1024 * 1024,
  pendingReads: 10_000,
  diskTimeoutMs: 1_000,
  noLeaderMs: 1_000,
  requestSweepMs: 50,
  statusMs: 200,
  readRetryMs: 150,
  flushBytes: 384 * 1024,
  flushMs: 100,
  unflushedBytes: 32 * 1024 * 1024,
  applyCommands: 256,
  applyKeys: 2_000,
  changedKeys: 100_000,
  once: DEFAULT_ONCE_LIMITS,
  leases: DEFAULT_LEASE_LIMITS,
  tracedWrites: 64,
  sampledMessagesPerSecond: 100,
  untakenEvents: 1_024,
  watchesPerTurn: 64,
  catchUpBytes: 1024 * 1024,
  trimMs: 1_000,
  logMargins: DEFAULT_LOG_MARGINS,
  scrub: {
    waitMs: 500,
    leastPauseMs: 60_000,
    mostPauseMs: 60 * 60_000,
    pieceBytes: 256 * 1024,
  },
  snapshots: {
    chunkBytes: 256 * 1024,
    bytesPerSecond: 32 * 1024 * 1024,
    sent: 2,
    idleMs: 60_000,
    retryMs: 200,
    tries: 5,
  },
};
