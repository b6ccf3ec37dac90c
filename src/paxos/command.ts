/**
 * What one slot orders. To Paxos the bytes of a batch are opaque (PMS 3); a `NOOP` fills a gap,
 * or is the first command that a leader proposes in its own ballot, and then tells the state
 * which ballot leads; a stop ends its epoch and carries the membership of the next (epochs.ts).
 *
 * `timeMs` is the cluster time of the slot: the last stamp in the log plus the leader's monotonic
 * time since, never a wall clock. A command that a new leader inherits keeps its stamp, so stamps
 * may step back from slot to slot; the time of the store is the highest stamp applied so far.
 */
import { unreachable } from './assert.ts';
import { type Ballot, isSame } from './ballot.ts';
import { type Epoch, isSameMembership, type Membership } from './membership.ts';

export type Slot = number;

/** Of a membership record, for each member: an id, an incarnation and two addresses. */
const MEMBER_BYTES = 256;

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

/** Chosen, it is the last command of its epoch: what stands above it there is void. */
export interface Stop {
  readonly type: 'stop';
  readonly timeMs: number;
  /** Of the next epoch. */
  readonly membership: Membership;
}

export type Command = Batch | Noop | Stop;

/** A ballot, a slot and a command (PMS 2.2). */
export interface Proposal {
  readonly slot: Slot;
  readonly ballot: Ballot;
  readonly command: Command;
}

/** A proposal with its epoch: slots are numbered on from epoch to epoch, ballots begin anew. */
export interface EpochProposal extends Proposal {
  readonly epoch: Epoch;
}

/** Whether two commands are the same, byte for byte: what "one ballot, one slot" is held to. */
export function isSameCommand(a: Command, b: Command): boolean {
  if (a === b) return true;
  if (a.timeMs !== b.timeMs) return false;
  switch (a.type) {
    case 'noop':
      return b.type === 'noop' && isSame(a.ballot, b.ballot);
    case 'stop':
      return b.type === 'stop' && isSameMembership(a.membership, b.membership);
    case 'batch':
      return b.type === 'batch' && isSameBytes(a.bytes, b.bytes);
    default:
      return unreachable(a);
  }
}

/** How many bytes it takes, near enough for a limit. */
export function commandBytes(command: Command): number {
  switch (command.type) {
    case 'noop':
      return 0;
    case 'stop':
      return command.membership.members.length * MEMBER_BYTES;
    case 'batch':
      return command.bytes.length;
    default:
      return unreachable(command);
  }
}

function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
