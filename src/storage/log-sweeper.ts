/**
 * Deletes what lies below the trim floor, in the background and piece by piece; the floor must be
 * durable by then. A crash may leave some of it, or bring some of it back: the next life begins at
 * the first key that is there.
 */
import type { Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import type { Database } from './database.ts';
import { slotKey, slotOfKey } from './log-codec.ts';

/** Slots in one deletion. */
const PIECE_SLOTS = 256;

export interface SweeperOptions {
  readonly database: Database;
  readonly epoch: Epoch;
  /** The database must not be used after this. */
  readonly onFailed: (error: Error) => void;
}

export class LogSweeper {
  readonly #options: SweeperOptions;
  #sweptUpTo: Slot = -1;
  #reclaimedUpTo: Slot = -1;
  #floor: Slot = 0;
  #isSweeping = false;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  /** Below it nothing is read or written any more; 0: there is none. Returns at once. */
  sweep(floor: Slot): void {
    if (floor === 0) return;
    this.#floor = Math.max(floor, this.#floor);
    if (!this.#isSweeping) this.#next();
  }

  #next(): void {
    this.#isSweeping = this.#sweptUpTo < this.#floor;
    if (!this.#isSweeping) return this.#reclaim();
    const { database, epoch, onFailed } = this.#options;
    const upTo = this.#floor;
    const lt = slotKey(epoch, upTo + 1);
    const first = { gte: slotKey(epoch, this.#sweptUpTo + 1), lt, limit: 1 };
    database.scan(first, (error, [entry]) => {
      if (error !== undefined) return onFailed(error);
      if (entry !== undefined) return this.#clearFrom(slotOfKey(entry[0]), upTo);
      this.#sweptUpTo = upTo;
      this.#next();
    });
  }

  /** What is gone from all that lay below the floor takes no space either. */
  #reclaim(): void {
    if (this.#reclaimedUpTo >= this.#sweptUpTo) return;
    const { database, epoch, onFailed } = this.#options;
    const range = {
      gte: slotKey(epoch, this.#reclaimedUpTo + 1),
      lt: slotKey(epoch, this.#sweptUpTo + 1),
    };
    this.#reclaimedUpTo = this.#sweptUpTo;
    this.#isSweeping = true;
    database.reclaim(range, (error) => {
      if (error !== undefined) return onFailed(error);
      this.#next();
    });
  }

  #clearFrom(slot: Slot, upTo: Slot): void {
    const { database, epoch, onFailed } = this.#options;
    const last = Math.min(slot + PIECE_SLOTS - 1, upTo);
    const piece = { gte: slotKey(epoch, slot), lt: slotKey(epoch, last + 1) };
    database.clear(piece, (error) => {
      if (error !== undefined) return onFailed(error);
      this.#sweptUpTo = last;
      this.#next();
    });
  }
}
