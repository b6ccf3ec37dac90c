/**
 * What one slot orders. To Paxos the bytes of a batch are opaque (PMS 3); a `NOOP` fills a gap,
 * or is the first command that a leader proposes in its own ballot, and then tells the state
 * which ballot leads.
 *
 * `timeMs` is the cluster time of the slot: the last stamp in the log plus the leader's monotonic
 * time since, never a wall clock. A command that a new leader inherits keeps its stamp, so stamps
 * may step back from slot to slot; the time of the store is the highest stamp applied so far.
 */
import type { Ballot } from './ballot.ts';

export type Slot = number;

export interface Batch {
  readonly type: 'batch';
  readonly timeMs: number;
  readonly bytes: Uint8Array;
}

export interface Noop {
  readonly type: 'noop';
  readonly timeMs: number;
  /** The ballot of the leader that first proposed it. */
  readonly ballot: Ballot;
}

export type Command = Batch | Noop;

/** A ballot, a slot and a command (PMS 2.2). */
export interface Proposal {
  readonly slot: Slot;
  readonly ballot: Ballot;
  readonly command: Command;
}

/** Whether two commands are the same, byte for byte: what "one ballot, one slot" is held to. */
export function isSameCommand(a: Command, b: Command): boolean {
  if (a === b) return true;
  if (a.timeMs !== b.timeMs) return false;
  if (a.type === 'noop') {
    return (
      b.type === 'noop' && a.ballot.round === b.ballot.round && a.ballot.leader === b.ballot.leader
    );
  }
  return b.type === 'batch' && isSameBytes(a.bytes, b.bytes);
}

function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
