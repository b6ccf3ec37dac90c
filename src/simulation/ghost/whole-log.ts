/** What is chosen, whatever the epoch. */
import type { ReplicaId } from '../../paxos/ballot.ts';
import type { Command, EpochProposal, Slot } from '../../paxos/command.ts';

export interface WholeLog {
  readonly chosen: ReadonlyMap<Slot, Command>;
  /** Every slot up to here is chosen. */
  readonly chosenUpTo: Slot;
  isChosen(slot: Slot, command: Command): boolean;
  /** I21: what is read of a disk was once proposed. */
  found(id: ReplicaId, proposal: EpochProposal): void;
}
