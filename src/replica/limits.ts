/** Every limit and interval of the loop, with its unit. */
import { type CoreLimits, DEFAULT_CORE_LIMITS } from '../paxos/core-state.ts';

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
  /** Commands in one answer to a peer that catches up. */
  readonly catchUpBytes: number;
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
  catchUpBytes: 1024 * 1024,
};
