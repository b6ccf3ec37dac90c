/**
 * Deletes what lies below the trim floor, in the background and piece by piece; the floor must be
 * durable by then. A crash may leave some of it, or bring some of it back: the next life begins at
 * the first key that is there. Earlier epochs go whole, whatever they hold (trim-floor.ts).
 */
import type { Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import type { Database } from './database.ts';
import { epochOfKey, slotKey, slotOfKey } from './log-codec.ts';

/** Slots in one deletion. */
const PIECE_SLOTS = 256;

/** All keys before that of the slot after it, in the order of the keys. */
interface Place {
  readonly epoch: Epoch;
  readonly slot: Slot;
}

const NOTHING: Place = { epoch: 0, slot: -1 };

export interface SweeperOptions {
  readonly database: Database;
  /** The database must not be used after this. */
  readonly onFailed: (error: Error) => void;
}

export class LogSweeper {
  readonly #options: SweeperOptions;
  #sweptUpTo = NOTHING;
  #reclaimedUpTo = NOTHING;
  #floor = NOTHING;
  #isSweeping = false;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  /** Below it nothing is read or written any more; slot 0: there is none. Returns at once. */
  sweep(floor: Place): void {
    if (floor.slot === 0) return;
    if (isBefore(this.#floor, floor)) this.#floor = floor;
    if (!this.#isSweeping) this.#next();
  }

  #next(): void {
    this.#isSweeping = isBefore(this.#sweptUpTo, this.#floor);
    if (!this.#isSweeping) return this.#reclaim();
    const { database, onFailed } = this.#options;
    const upTo = this.#floor;
    const first = { gte: keyAfter(this.#sweptUpTo), lt: keyAfter(upTo), limit: 1 };
    database.scan(first, (error, [entry]) => {
      if (error !== undefined) return onFailed(error);
      if (entry !== undefined) return this.#clearFrom(entry[0], upTo);
      this.#sweptUpTo = upTo;
      this.#next();
    });
  }

  /** What is gone from all that lay below the floor takes no space either. */
  #reclaim(): void {
    if (!isBefore(this.#reclaimedUpTo, this.#sweptUpTo)) return;
    const { database, onFailed } = this.#options;
    const range = { gte: keyAfter(this.#reclaimedUpTo), lt: keyAfter(this.#sweptUpTo) };
    this.#reclaimedUpTo = this.#sweptUpTo;
    this.#isSweeping = true;
    database.reclaim(range, (error) => {
      if (error !== undefined) return onFailed(error);
      this.#next();
    });
  }

  #clearFrom(key: Uint8Array, upTo: Place): void {
    const { database, onFailed } = this.#options;
    const epoch = epochOfKey(key);
    const slot = slotOfKey(key);
    const piece = { epoch, slot: slot + PIECE_SLOTS - 1 };
    const last = isBefore(piece, upTo) ? piece : upTo;
    database.clear({ gte: slotKey(epoch, slot), lt: keyAfter(last) }, (error) => {
      if (error !== undefined) return onFailed(error);
      this.#sweptUpTo = last;
      this.#next();
    });
  }
}

function keyAfter({ epoch, slot }: Place): Buffer {
  return slotKey(epoch, slot + 1);
}

function isBefore(a: Place, b: Place): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.slot < b.slot);
}
