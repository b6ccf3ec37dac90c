/**
 * Opening the acceptor's log: it is read from its end towards its beginning, as far as slots are
 * wanted, and as the chain is to be walked. What the walked part of the chain lists must be there,
 * exactly as it was last written. A chain record lies behind every slot that it lists, so that on
 * the way back each slot comes after all that speaks of it.
 *
 * A damaged record of a slot that the state has applied, durably, is no loss: the slot is chosen, and
 * the ballot of the vote stands in the chain. The caller cuts the log above it.
 *
 * The way ends above the trim floor: the first chain record there follows the one that the floor
 * names, and what the chain lists of slots below is gone.
 */
import type { EpochProposal, Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import { AcceptorLog, type RecoveredLog } from './acceptor-log.ts';
import { type ChainRecord, decodeChainRecord, NO_PREVIOUS, PROMISE_SLOT } from './chain-record.ts';
import type { Database, Entry } from './database.ts';
import type { EpochStart } from './epoch-starts.ts';
import {
  decodeAccepted,
  decodePromise,
  epochOfKey,
  isChainKey,
  type LogIdentity,
  LogSeal,
  promiseKey,
  MAX_EPOCH,
  slotKey,
  slotOfKey,
} from './log-codec.ts';
import { readBase } from './installed-base.ts';
import { FloorKeeper } from './floor-keeper.ts';
import { ListedVotes } from './listed-votes.ts';
import { DEFAULT_LOG_MARGINS } from './log-margins.ts';
import { LogSweeper } from './log-sweeper.ts';
import { Promises } from './promises.ts';
import { scanRangeBackwards } from './range-scan.ts';
import { BrokenChainError, caught, DamagedRecordError, StorageError } from './storage-error.ts';
import { decodeFloor, floorKey, isGone, NO_FLOOR, type TrimFloor } from './trim-floor.ts';
import { NO_WITNESS, type Witness } from './witness.ts';

export type LogOpened = (
  error: Error | undefined,
  log?: AcceptorLog,
  recovered?: RecoveredLog,
) => void;

export interface LogOptions {
  /** The chain is walked for at least so many bytes of log, from its end. */
  readonly chainBytes?: number;
  /** By default there is none: the end of the log is taken as it is. */
  readonly witness?: Witness;
  /** Deleting what is below the floor failed. By default it is thrown: the process ends. */
  readonly onFailed?: (error: Error) => void;
}

const MAX_SLOT = Number.MAX_SAFE_INTEGER;

/**
 * Reads what the acceptor knew. `from` is a slot up to which the caller needs no proposals, such
 * as the state's `durablyApplied`. The error is a `BrokenChainError` where synced batches are
 * missing or the chain does not fit the slots, and a `DamagedRecordError` where one is damaged that
 * is wanted.
 * A log that ends below what its witness says opens: see `recovered.witnessed`.
 */
export function openAcceptorLog(
  database: Database,
  identity: LogIdentity,
  from: Slot,
  done: LogOpened,
  options: LogOptions = {},
): void {
  const opening = new LogOpening(database, identity, from, options);
  opening.start((error) => {
    if (error !== undefined) return done(error);
    const recovered = opening.recovered();
    if (recovered.sequence > recovered.witnessed) opening.witness.note(recovered.sequence);
    done(undefined, opening.log(), recovered);
  });
}

type Done = (error: Error | undefined) => void;

class LogOpening {
  readonly witness: Witness;
  readonly #database: Database;
  readonly #seal: LogSeal;
  /** The first that the log may hold anything of. */
  readonly #firstEpoch: Epoch;
  readonly #from: Slot;
  readonly #chainBytes: number;
  readonly #onFailed: (error: Error) => void;
  #floor: TrimFloor = NO_FLOOR;
  #base: Slot = 0;
  readonly #proposals: EpochProposal[] = [];
  readonly #listed = new ListedVotes();
  #last: { readonly record: ChainRecord; readonly checksum: Buffer } | undefined;
  /** The walked record that comes next after the one that is looked for. */
  #follower: ChainRecord | undefined;
  #highestSlot: Slot = 0;
  #damagedUpTo: Slot = 0;
  /** The latest one of which there is anything. */
  #epoch: Epoch;
  readonly #promised = new Promises();
  readonly #starts: EpochStart[] = [];

  constructor(database: Database, identity: LogIdentity, from: Slot, options: LogOptions) {
    this.#database = database;
    this.#seal = new LogSeal(identity);
    this.#firstEpoch = identity.epoch;
    this.#epoch = identity.epoch;
    this.#from = from;
    this.#onFailed = options.onFailed ?? throwIt;
    this.#chainBytes = options.chainBytes ?? DEFAULT_LOG_MARGINS.chainBytes;
    this.witness = options.witness ?? NO_WITNESS;
  }

  start(done: Done): void {
    const problem = caught(() => this.#readFloor());
    if (problem !== undefined) return done(problem);
    const range = { gte: this.#firstKey(0), lt: slotKey(MAX_EPOCH, MAX_SLOT) };
    const take = (entry: Entry): boolean => this.#take(entry);
    scanRangeBackwards(this.#database, range, take, (error) => {
      const problem = error ?? caught(() => this.#finish());
      if (problem !== undefined) done(problem);
      else this.#findStarts(this.#firstEpoch, done);
    });
  }

  /** The lowest slot that the log holds of each epoch. */
  #findStarts(epoch: Epoch, done: Done): void {
    if (epoch > this.#epoch) return done(undefined);
    if (epoch < this.#floor.epoch) return this.#findStarts(this.#floor.epoch, done);
    const gte = epoch === this.#floor.epoch ? this.#firstKey(1) : slotKey(epoch, 1);
    const range = { gte, lt: slotKey(epoch, MAX_SLOT), limit: 1 };
    this.#database.scan(range, (error, [first]) => {
      if (error !== undefined) return done(error);
      if (first !== undefined) this.#starts.push({ epoch, from: slotOfKey(first[0]) });
      this.#findStarts(epoch + 1, done);
    });
  }

  #readFloor(): undefined {
    const key = floorKey();
    const value = this.#database.get(key);
    if (value !== undefined) this.#floor = decodeFloor(this.#seal, key, value);
    this.#base = readBase(this.#database, this.#seal);
  }

  /** Below it everything is gone, or going; where nothing is, the slot `least` comes first. */
  #firstKey(least: Slot): Buffer {
    const { epoch, slot } = this.#floor;
    return slot === 0 ? slotKey(this.#firstEpoch, least) : slotKey(epoch, slot + 1);
  }

  log(): AcceptorLog {
    const database = this.#database;
    const onFailed = this.#onFailed;
    const sweeper = new LogSweeper({ database, onFailed });
    const seal = this.#seal;
    const floor = new FloorKeeper({ database, seal, sweeper }, this.#floor);
    const parts = { seal, witness: this.witness, floor };
    return new AcceptorLog(database, parts, {
      epoch: this.#epoch,
      sequence: this.#last?.record.sequence ?? 0,
      previous: this.#last?.checksum ?? NO_PREVIOUS,
      promised: this.#promised.in(this.#epoch),
      highestSlot: this.#highestSlot,
      totalBytes: this.#last?.record.totalBytes ?? 0,
      timeMs: this.#last?.record.timeMs ?? 0,
      starts: this.#starts,
      known: this.#last?.record.known ?? [],
    });
  }

  recovered(): RecoveredLog {
    const chosenUpTo = this.#last?.record.chosenUpTo ?? 0;
    return {
      epoch: this.#epoch,
      promised: this.#promised.in(this.#epoch),
      highestRound: this.#promised.highestRound,
      chosenUpTo,
      proposals: this.#proposals,
      floor: this.#floor.slot,
      base: this.#base,
      damagedUpTo: this.#damagedUpTo,
      sequence: this.#last?.record.sequence ?? 0,
      witnessed: this.witness.found ?? 0,
    };
  }

  /** From the end towards the beginning: whether there is more to look at. */
  #take([key, value]: Entry): boolean {
    if (isChainKey(key)) {
      if (this.#isWalking) this.#takeChainRecord(key, value);
      return true;
    }
    const slot = slotOfKey(key);
    if (this.#last === undefined) {
      throw new BrokenChainError(`there is slot ${slot}, but no chain record behind it`);
    }
    const epoch = epochOfKey(key);
    if (slot > this.#from) this.#takeProposal(decodeAccepted(this.#seal, key, value));
    else if (this.#listed.has(epoch, slot)) this.#takeApplied(epoch, slot, key, value);
    return this.#isWalking || slot > this.#from || this.#listed.size > 0;
  }

  get #isWalking(): boolean {
    const follower = this.#follower;
    if (follower === undefined || this.#last === undefined) return true;
    const walked = this.#last.record.totalBytes - follower.totalBytes;
    return walked < this.#chainBytes && follower.sequence !== this.#floor.sequence + 1;
  }

  #takeChainRecord(key: Uint8Array, value: Uint8Array): void {
    const decoded = decodeChainRecord(this.#seal, key, value);
    const { record, checksum } = decoded;
    this.#checkFollows(record, checksum);
    for (const { epoch, slot, ballot } of record.entries.toReversed()) {
      // An old slot that was accepted anew, and has gone since.
      if (slot !== PROMISE_SLOT && isGone(this.#floor, epoch, slot)) continue;
      this.#listed.lists(epoch, slot, ballot);
    }
    if (this.#last === undefined) {
      this.#last = { record, checksum: Buffer.from(checksum) };
      this.#highestSlot = slotOfKey(key);
      this.#epoch = epochOfKey(key);
      this.#checkFloor(record.floor);
    }
    this.#follower = record;
    if (record.sequence === this.#floor.sequence + 1) this.#checkEnd(record);
  }

  /** The first record above the floor follows the one that the floor names. */
  #checkEnd({ previous }: ChainRecord): void {
    if (this.#floor.slot === 0 || previous.equals(this.#floor.checksum)) return;
    throw new BrokenChainError('the first chain record does not follow the trim floor');
  }

  #checkFollows(record: ChainRecord, checksum: Buffer): void {
    const follower = this.#follower;
    if (follower === undefined) return;
    if (record.sequence !== follower.sequence - 1) this.#throwMissing(record.sequence + 1);
    if (follower.previous.equals(checksum)) return;
    throw new BrokenChainError(`chain record ${follower.sequence} does not follow the one before`);
  }

  #throwMissing(first: number): never {
    const last = (this.#follower?.sequence ?? 1) - 1;
    const missing = first === last ? `${first} is` : `${first} to ${last} are`;
    throw new BrokenChainError(`of the chain records, ${missing} missing`);
  }

  #takeApplied(epoch: Epoch, slot: Slot, key: Uint8Array, value: Uint8Array): void {
    const proposal = caught(() => decodeAccepted(this.#seal, key, value));
    if (!(proposal instanceof StorageError)) return this.#takeProposal(proposal);
    if (!(proposal instanceof DamagedRecordError)) throw proposal;
    this.#promised.note(epoch, this.#listed.findsDamaged(epoch, slot));
    this.#damagedUpTo = Math.max(this.#damagedUpTo, slot);
  }

  #takeProposal(proposal: EpochProposal): void {
    const { epoch, slot, ballot } = proposal;
    this.#listed.finds(epoch, slot, ballot);
    this.#promised.note(epoch, ballot);
    if (slot > this.#from) this.#proposals.push(proposal);
  }

  /** The beginning is reached, or nothing that is wanted lies further back. */
  #finish(): undefined {
    this.#proposals.reverse();
    const first = this.#floor.sequence + 1;
    if (this.#follower !== undefined && this.#isWalking) this.#throwMissing(first);
    if (this.#last === undefined) this.#checkFloor(0);
    for (let epoch = this.#firstEpoch; epoch <= this.#epoch; epoch += 1) this.#readPromise(epoch);
    this.#listed.checkAllFound();
  }

  /** What the last batch knew of the floor is what its record must say. */
  #checkFloor(told: Slot): void {
    const { slot } = this.#floor;
    if (told === slot) return;
    throw new BrokenChainError(`its trim floor is slot ${slot}, and was last said to be ${told}`);
  }

  #readPromise(epoch: Epoch): void {
    const key = promiseKey(epoch);
    const value = this.#database.get(key);
    const promised = value === undefined ? undefined : decodePromise(this.#seal, key, value);
    if (this.#last === undefined && promised !== undefined) {
      throw new BrokenChainError('there is the promise, but no chain record');
    }
    this.#listed.finds(epoch, PROMISE_SLOT, promised);
    this.#promised.note(epoch, promised);
  }
}

function throwIt(error: Error): never {
  throw error;
}
