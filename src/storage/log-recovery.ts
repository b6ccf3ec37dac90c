/**
 * Opening the acceptor's log: the chain is walked from its oldest kept record to its last, and
 * what it lists must be there, exactly as it was last written.
 */
import { type Ballot, formatBallot, isHigher, isSame, ZERO_BALLOT } from '../paxos/ballot.ts';
import type { Proposal, Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import { AcceptorLog, type RecoveredLog } from './acceptor-log.ts';
import { type ChainRecord, decodeChainRecord, NO_PREVIOUS, PROMISE_SLOT } from './chain-record.ts';
import { ChainWindow } from './chain-window.ts';
import type { Database } from './database.ts';
import {
  chainKey,
  decodeAccepted,
  decodePromise,
  type LogIdentity,
  LogSeal,
  promiseKey,
  slotKey,
} from './log-codec.ts';
import { scanRange } from './range-scan.ts';
import { BrokenChainError, StorageError } from './storage-error.ts';

export type LogOpened = (
  error: Error | undefined,
  log?: AcceptorLog,
  recovered?: RecoveredLog,
) => void;

export interface LogOptions {
  /** Chain records are kept for at least so many bytes of log. */
  readonly chainBytes?: number;
}

const DEFAULT_CHAIN_BYTES = 64 * 1024 * 1024;
const MAX_SLOT = Number.MAX_SAFE_INTEGER;

/**
 * Reads what the acceptor knew. `from` is a slot up to which the caller needs no proposals, such
 * as the state's `durablyApplied`. The error is a `BrokenChainError` where synced batches are
 * missing or the chain does not fit the slots, and a `DamagedRecordError` where one is damaged.
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
    done(undefined, opening.log(), opening.recovered());
  });
}

type Done = (error: Error | undefined) => void;

class LogOpening {
  readonly #database: Database;
  readonly #seal: LogSeal;
  readonly #epoch: Epoch;
  readonly #from: Slot;
  readonly #keepBytes: number;
  readonly #proposals: Proposal[] = [];
  /** Under each slot the ballot that the chain listed last; under slot 0 the promise. */
  readonly #listed = new Map<Slot, Ballot>();
  #window: ChainWindow;
  #last: ChainRecord | undefined;
  #checksum = NO_PREVIOUS;
  #promised = ZERO_BALLOT;

  constructor(database: Database, identity: LogIdentity, from: Slot, options: LogOptions) {
    this.#database = database;
    this.#seal = new LogSeal(identity);
    this.#epoch = identity.epoch;
    this.#from = from;
    this.#keepBytes = options.chainBytes ?? DEFAULT_CHAIN_BYTES;
    this.#window = new ChainWindow(this.#keepBytes, 1);
  }

  start(done: Done): void {
    this.#findOldestKept((error, oldestKept) => {
      if (error !== undefined) return done(error);
      this.#walkChain(oldestKept, (error) => {
        if (error !== undefined) return done(error);
        const problem = this.#readPromise();
        if (problem !== undefined) return done(problem);
        this.#readSlots(done);
      });
    });
  }

  log(): AcceptorLog {
    return new AcceptorLog(this.#database, this.#seal, {
      epoch: this.#epoch,
      sequence: this.#last?.sequence ?? 0,
      previous: this.#checksum,
      promised: this.#promised,
      window: this.#window,
    });
  }

  recovered(): RecoveredLog {
    const chosenUpTo = this.#last?.chosenUpTo ?? 0;
    return { promised: this.#promised, chosenUpTo, proposals: this.#proposals };
  }

  /** The last record knows where the kept ones begin; a hole at that end would not show else. */
  #findOldestKept(done: (error: Error | undefined, oldestKept: number) => void): void {
    const range = { gte: chainKey(0), lt: chainKey(MAX_SLOT), limit: 1, reverse: true };
    this.#database.scan(range, (error, [last]) => {
      if (error !== undefined) return done(error, 0);
      if (last === undefined) return done(undefined, 1);
      const decoded = caught(() => decodeChainRecord(this.#seal, ...last));
      if (decoded instanceof StorageError) return done(decoded, 0);
      done(undefined, decoded.record.oldestKept);
    });
  }

  #walkChain(oldestKept: number, done: Done): void {
    this.#window = new ChainWindow(this.#keepBytes, oldestKept);
    let expected = oldestKept;
    const range = { gte: chainKey(oldestKept), lt: chainKey(MAX_SLOT) };
    scanRange(
      this.#database,
      range,
      ([key, value]) => {
        const { record, checksum } = decodeChainRecord(this.#seal, key, value);
        this.#takeChainRecord(record, expected, checksum);
        expected += 1;
        return true;
      },
      done,
    );
  }

  #takeChainRecord(record: ChainRecord, expected: number, checksum: Buffer): void {
    if (record.sequence !== expected) {
      const last = record.sequence - 1;
      const missing = expected === last ? `${expected} is` : `${expected} to ${last} are`;
      throw new BrokenChainError(`of the chain records, ${missing} missing`);
    }
    const isFirst = this.#last === undefined;
    const isKnown = !isFirst || record.sequence === 1;
    if (isKnown && !record.previous.equals(this.#checksum)) {
      throw new BrokenChainError(`chain record ${record.sequence} does not follow the one before`);
    }
    for (const { epoch, slot, ballot } of record.entries) {
      if (epoch === this.#epoch) this.#listed.set(slot, ballot);
    }
    this.#window.add(record.logBytes);
    this.#last = record;
    this.#checksum = Buffer.from(checksum);
  }

  #readPromise(): Error | undefined {
    const key = promiseKey(this.#epoch);
    const value = this.#database.get(key);
    const listed = this.#listed.get(PROMISE_SLOT);
    this.#listed.delete(PROMISE_SLOT);
    if (value !== undefined) {
      const promised = caught(() => decodePromise(this.#seal, key, value));
      if (promised instanceof StorageError) return promised;
      this.#promised = promised;
    }
    return caught(() => this.#checkListed('the promise', listed, value && this.#promised));
  }

  #readSlots(done: Done): void {
    let lowest = this.#from + 1;
    for (const slot of this.#listed.keys()) lowest = Math.min(lowest, slot);
    const range = { gte: slotKey(this.#epoch, lowest), lt: slotKey(this.#epoch, MAX_SLOT) };
    scanRange(
      this.#database,
      range,
      ([key, value]) => {
        this.#takeProposal(decodeAccepted(this.#seal, key, value));
        return true;
      },
      (error) => done(error ?? caught(() => this.#checkNoneMissing())),
    );
  }

  #takeProposal(proposal: Proposal): void {
    const { slot, ballot } = proposal;
    this.#checkListed(`slot ${slot}`, this.#listed.get(slot), ballot);
    this.#listed.delete(slot);
    if (isHigher(ballot, this.#promised)) this.#promised = ballot;
    if (slot > this.#from) this.#proposals.push(proposal);
  }

  #checkNoneMissing(): undefined {
    for (const [slot, ballot] of this.#listed) this.#checkListed(`slot ${slot}`, ballot, undefined);
  }

  /** What the chain listed last for a record is what must be there. */
  #checkListed(record: string, listed: Ballot | undefined, found: Ballot | undefined): undefined {
    if (listed === undefined) {
      if (this.#last !== undefined || found === undefined) return;
      throw new BrokenChainError(`there is ${record}, but no chain record`);
    }
    if (found === undefined) {
      throw new BrokenChainError(`${record}, of ballot ${formatBallot(listed)}, is missing`);
    }
    if (isSame(listed, found)) return;
    const ballots = `of ballot ${formatBallot(found)}, not ${formatBallot(listed)}`;
    throw new BrokenChainError(`${record} is ${ballots}, as it was last written`);
  }
}

/** A `StorageError` as a value; anything else is our bug, and goes on. */
function caught<T>(read: () => T): T | StorageError {
  try {
    return read();
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}
