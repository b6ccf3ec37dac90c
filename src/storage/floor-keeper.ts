/**
 * Raises the trim floor of a log: it looks for the place, takes the floor along with a batch, and
 * has what lies below deleted once that batch is durable, and not before.
 */
import { assert } from '../paxos/assert.ts';
import type { Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import type { Database, DatabaseWrite } from './database.ts';
import type { LogSeal } from './log-codec.ts';
import { type LogMargins, mayBeCut } from './log-margins.ts';
import type { LogSweeper } from './log-sweeper.ts';
import { encodeFloor, findFloor, floorKey, type FloorFound, type TrimFloor } from './trim-floor.ts';

/** Of each margin: so much more must lie above the floor before it is raised. */
const SLACK = 0.25;

export interface FloorWish {
  readonly margins: LogMargins;
  /** What is above is needed by a peer; infinite: nothing is. */
  readonly heldFrom: Slot;
  /** The state is durable up to here, and no record up to here is on its way. */
  readonly upTo: Slot;
  /** The state was installed at this slot: what is below is of no use to anybody; 0: it was not. */
  readonly base: Slot;
}

/** What the log holds of an epoch, as far as it may be cut there. */
export interface LogPiece {
  readonly epoch: Epoch;
  readonly upTo: Slot;
}

/** Where the log stands. */
export interface LogExtent {
  /** The latest epoch first. */
  readonly pieces: readonly LogPiece[];
  readonly totalBytes: number;
  readonly timeMs: number;
}

export class FloorKeeper {
  readonly #database: Database;
  readonly #seal: LogSeal;
  readonly #sweeper: LogSweeper;
  #floor: TrimFloor;
  /** Goes with the next batch. */
  #next: TrimFloor | undefined;
  /** Goes with the batch that is under way. */
  #underWay: TrimFloor | undefined;

  constructor(
    parts: { readonly database: Database; readonly seal: LogSeal; readonly sweeper: LogSweeper },
    floor: TrimFloor,
  ) {
    this.#database = parts.database;
    this.#seal = parts.seal;
    this.#sweeper = parts.sweeper;
    this.#floor = floor;
    this.#sweeper.sweep(floor);
  }

  /** Durable. */
  get slot(): Slot {
    return this.#floor.slot;
  }

  /** The highest place that the wish allows, where it lies far enough above the floor. */
  find(wish: FloorWish & LogExtent, done: FloorFound): void {
    if (this.#next !== undefined || !mayBeCut(this.#floor, wish, SLACK)) return done(undefined);
    this.#findIn(wish.pieces, wish, done);
  }

  /** In the latest epoch that has such a place: with it goes all that the earlier ones hold. */
  #findIn(pieces: readonly LogPiece[], wish: FloorWish & LogExtent, done: FloorFound): void {
    const [piece, ...earlier] = pieces;
    if (piece === undefined || piece.epoch < this.#floor.epoch) return done(undefined);
    const { epoch } = piece;
    const search = {
      database: this.#database,
      seal: this.#seal,
      epoch,
      above: this.slot,
      upTo: Math.min(wish.upTo, piece.upTo),
      isFit: (place: TrimFloor): boolean => mayBeCut(place, wish, 0),
    };
    findFloor(search, (error, floor) => {
      if (error !== undefined || floor !== undefined) done(error, floor);
      else this.#findIn(earlier, wish, done);
    });
  }

  raise(floor: TrimFloor): void {
    assert(floor.slot > this.#floor.slot, 'a trim floor only rises');
    this.#next = floor;
  }

  /** The floor as of a batch: where it is a new one, its record goes along. */
  takeAlong(writes: DatabaseWrite[]): TrimFloor {
    this.#underWay = this.#next;
    if (this.#next === undefined) return this.#floor;
    const key = floorKey();
    writes.push({ key, value: encodeFloor(this.#seal, key, this.#next) });
    return this.#next;
  }

  /** The batch that was asked last is durable. */
  durable(): void {
    if (this.#underWay === undefined) return;
    this.#floor = this.#underWay;
    this.#next = undefined;
    this.#sweeper.sweep(this.#floor);
  }
}
