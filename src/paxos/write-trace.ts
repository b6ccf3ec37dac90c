/**
 * The story of one write, as the leader saw it: a client asks for it, and a follower that forwarded the
 * write gets it along with the answer. Times are whole microseconds since the command was at the
 * leader, by the leader's monotonic clock.
 */
import type { Ballot, ReplicaId } from './ballot.ts';
import type { Slot } from './command.ts';
import type { Epoch } from './membership.ts';

export interface WriteTrace {
  readonly slot: Slot;
  readonly epoch: Epoch;
  /** Its leader is the one who tells the story. */
  readonly ballot: Ballot;
  /** That share the slot, and so its one synced write and round trip. */
  readonly commands: number;
  readonly proposedUs: number;
  /** The leader's own write of the slot; absent while it is not durable. */
  readonly sync?: { readonly startedUs: number; readonly durableUs: number };
  /** In the order in which the leader heard of it. */
  readonly accepted: readonly AcceptedTrace[];
  /** A quorum had accepted it. Absent: not as yet, or another way was taken. */
  readonly chosenUs?: number;
  readonly appliedUs?: number;
  /** By its own clock: what whoever forwarded it adds. */
  readonly forwarded?: ForwardedTrace;
}

export interface AcceptedTrace {
  readonly id: ReplicaId;
  readonly atUs: number;
  /**
   * Of this time the acceptor had it, from the `accept` up to its own durable write, by its own clock.
   * Absent: it did not say.
   */
  readonly heldUs?: number;
}

export interface ForwardedTrace {
  readonly by: ReplicaId;
  /** Before it was sent to the leader. */
  readonly waitedUs: number;
  /** From then until the answer came. */
  readonly roundTripUs: number;
}
