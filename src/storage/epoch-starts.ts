/**
 * Where each epoch begins in a log. A chosen slot is in the latest epoch that holds it: what an
 * earlier one still holds of it is void.
 */
import type { Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import type { LogPiece } from './floor-keeper.ts';

/** The lowest slot that the log holds of an epoch. */
export interface EpochStart {
  readonly epoch: Epoch;
  readonly from: Slot;
}

export class EpochStarts {
  /** Ascending. */
  #starts: readonly EpochStart[];

  constructor(starts: readonly EpochStart[]) {
    this.#starts = starts;
  }

  /** Something is written to this slot, in the latest epoch. */
  note(epoch: Epoch, slot: Slot): void {
    const last = this.#starts.at(-1);
    if (last?.epoch === epoch && last.from <= slot) return;
    const earlier = this.#starts.filter((start) => start.epoch < epoch);
    this.#starts = [...earlier, { epoch, from: slot }];
  }

  /** In which epoch a chosen slot is to be found. */
  epochAt(slot: Slot, latest: Epoch): Epoch {
    return this.#starts.findLast(({ from }) => from <= slot)?.epoch ?? latest;
  }

  /** The next epoch of which there is anything. */
  after(epoch: Epoch): EpochStart | undefined {
    return this.#starts.find((start) => start.epoch > epoch);
  }

  /**
   * Of each epoch, the latest first, up to where the log may be cut. A batch that is still to come
   * may stand behind the highest slot, but behind no lower one.
   */
  pieces(latest: Epoch, highestSlot: Slot): readonly LogPiece[] {
    const pieces = this.#starts.map(({ epoch }, index): LogPiece => {
      const next = this.#starts[index + 1];
      if (next !== undefined) return { epoch, upTo: next.from - 1 };
      return { epoch, upTo: epoch < latest ? Infinity : highestSlot - 1 };
    });
    return pieces.toReversed();
  }
}
