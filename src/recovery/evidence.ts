/** What the surviving directories say of the log, as the verdicts need it. */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { Epoch, Incarnation, Membership } from '../paxos/membership.ts';
import type { Vote } from '../storage/log-evidence.ts';

export interface Survivor {
  readonly id: ReplicaId;
  readonly incarnation: Incarnation;
  /** Of what it accepted it may hold only a part. */
  readonly mayHaveForgotten: boolean;
  /** What it holds of a slot above the one and up to the other is what was chosen there. */
  readonly holdsChosenAbove: Slot;
  readonly holdsChosenUpTo: Slot;
  /** It knows that these were chosen; of some it may hold nothing, or something else. */
  readonly knowsChosenUpTo: Slot;
  readonly votes: readonly Vote[];
}

export interface Evidence {
  /** Up to here the best state has applied. */
  readonly appliedUpTo: Slot;
  /** Of the slot after it. */
  readonly epoch: Epoch;
  /** Those that are known to have decided their epochs. */
  readonly memberships: ReadonlyMap<Epoch, Membership>;
  readonly survivors: readonly Survivor[];
}

/** A survivor's record of the slot. */
export interface Held {
  readonly by: Survivor;
  readonly vote: Vote;
}
