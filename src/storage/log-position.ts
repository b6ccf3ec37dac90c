/** What an acceptor's log is made of as it is opened. */
import type { Ballot } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import type { EpochStart } from './epoch-starts.ts';
import type { FloorKeeper } from './floor-keeper.ts';
import type { KnownSequence } from './chain-record.ts';
import type { LogSeal } from './log-codec.ts';
import type { Witness } from './witness.ts';

/** Where a log stands when it is opened. */
export interface LogPosition {
  readonly epoch: Epoch;
  readonly sequence: number;
  readonly previous: Buffer;
  readonly promised: Ballot;
  readonly highestSlot: Slot;
  readonly totalBytes: number;
  readonly timeMs: number;
  readonly starts: readonly EpochStart[];
  readonly known: readonly KnownSequence[];
}

export interface LogParts {
  readonly seal: LogSeal;
  readonly witness: Witness;
  readonly floor: FloorKeeper;
}
