/** What is chosen, whatever the epoch. */
import type { Command, Slot } from '../../paxos/command.ts';

export interface WholeLog {
  readonly chosen: ReadonlyMap<Slot, Command>;
  /** Every slot up to here is chosen. */
  readonly chosenUpTo: Slot;
  isChosen(slot: Slot, command: Command): boolean;
}
