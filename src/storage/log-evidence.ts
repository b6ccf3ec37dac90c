/**
 * What a log shows of votes where no replica works on it any more. Each record is verified by itself,
 * so that also a log which lost records tells what it still holds: that this replica once accepted
 * this command in this slot, in this ballot. What it does not hold it may have forgotten.
 */
import { type Ballot, isHigher, ZERO_BALLOT } from '../paxos/ballot.ts';
import { type Command, commandBytes, type Slot } from '../paxos/command.ts';
import type { Epoch, Membership } from '../paxos/membership.ts';
import { decodeChainRecord } from './chain-record.ts';
import type { Database, Entry } from './database.ts';
import {
  decodeAccepted,
  decodePromise,
  digestOfAccepted,
  isChainKey,
  type LogIdentity,
  LogSeal,
  promiseKey,
  MAX_EPOCH,
  slotKey,
  slotOfKey,
} from './log-codec.ts';
import { scanRange } from './range-scan.ts';
import { DamagedRecordError, StorageError } from './storage-error.ts';

/** A record of a slot, without its command: a log may hold more of these than memory takes. */
export interface Vote {
  readonly epoch: Epoch;
  readonly slot: Slot;
  readonly ballot: Ballot;
  /** Equal where the commands are, byte for byte. */
  readonly digest: string;
  readonly type: Command['type'];
  readonly bytes: number;
  /** Of a stop. */
  readonly membership: Membership | undefined;
}

export interface LogEvidence {
  readonly votes: readonly Vote[];
  /** As the furthest batch that can be read says. */
  readonly chosenUpTo: Slot;
  /** Of which there is anything, also where no votes of it are wanted; 0: of none. */
  readonly highestSlot: Slot;
  /** The latest of which there is anything. */
  readonly epoch: Epoch;
  /** In that epoch. */
  readonly promised: Ballot;
  /** Why it could not be read whole; `undefined`: it was. */
  readonly problem: string | undefined;
}

export interface EvidenceWish {
  /** Only votes of higher slots are wanted. */
  readonly above: Slot;
  readonly maxVotes: number;
}

const MAX_SLOT = Number.MAX_SAFE_INTEGER;

/** The error is a `StorageError` where there are more than `maxVotes`; damage is no error here. */
export function readLogEvidence(
  database: Database,
  identity: LogIdentity,
  wish: EvidenceWish,
  done: (error: Error | undefined, evidence?: LogEvidence) => void,
): void {
  const reader = new EvidenceReader(new LogSeal(identity), wish);
  const range = { gte: slotKey(0, 0), lt: slotKey(MAX_EPOCH, MAX_SLOT) };
  const take = (entry: Entry): boolean => reader.take(entry);
  scanRange(database, range, take, (error) => {
    if (reader.isTooMuch) done(tooMuch(wish.maxVotes));
    else done(undefined, reader.evidence(database, error));
  });
}

/** One that a vote tells of. Throws a `StorageError` where it is not there any more. */
export function readVotedCommand(database: Database, identity: LogIdentity, vote: Vote): Command {
  const key = slotKey(vote.epoch, vote.slot);
  const value = database.get(key);
  if (value === undefined) throw new DamagedRecordError(`slot ${vote.slot}`, 'it is missing');
  return decodeAccepted(new LogSeal(identity), key, value).command;
}

class EvidenceReader {
  readonly #seal: LogSeal;
  readonly #wish: EvidenceWish;
  readonly #votes: Vote[] = [];
  #chosenUpTo: Slot = 0;
  #highestSlot: Slot = 0;
  #epoch: Epoch = 0;
  #promised = ZERO_BALLOT;
  #damaged = 0;
  #firstProblem = '';

  constructor(seal: LogSeal, wish: EvidenceWish) {
    this.#seal = seal;
    this.#wish = wish;
  }

  get isTooMuch(): boolean {
    return this.#votes.length > this.#wish.maxVotes;
  }

  /** Whether there is more to look at. */
  take(entry: Entry): boolean {
    this.#guard(() => this.#read(entry));
    return !this.isTooMuch;
  }

  evidence(database: Database, error: Error | undefined): LogEvidence {
    this.#guard(() => this.#readPromise(database));
    const damaged = this.#damaged === 0 ? undefined : this.#describeDamage();
    const problem = error === undefined ? damaged : `it cannot be read whole: ${error.message}`;
    const [chosenUpTo, epoch, promised] = [this.#chosenUpTo, this.#epoch, this.#promised];
    const highestSlot = this.#highestSlot;
    return { votes: this.#votes, chosenUpTo, highestSlot, epoch, promised, problem };
  }

  #describeDamage(): string {
    const records = this.#damaged === 1 ? '1 record is' : `${this.#damaged} records are`;
    return `${records} damaged: ${this.#firstProblem}`;
  }

  #read([key, value]: Entry): void {
    this.#highestSlot = Math.max(this.#highestSlot, slotOfKey(key));
    if (isChainKey(key)) {
      const { record } = decodeChainRecord(this.#seal, key, value);
      this.#chosenUpTo = Math.max(this.#chosenUpTo, record.chosenUpTo);
      for (const { epoch } of record.entries) this.#epoch = Math.max(this.#epoch, epoch);
      return;
    }
    if (slotOfKey(key) <= this.#wish.above) return;
    const { epoch, slot, ballot, command } = decodeAccepted(this.#seal, key, value);
    this.#epoch = Math.max(this.#epoch, epoch);
    if (isHigher(ballot, this.#promised)) this.#promised = ballot;
    this.#votes.push({
      epoch,
      slot,
      ballot,
      digest: digestOfAccepted(value),
      type: command.type,
      bytes: commandBytes(command),
      membership: command.type === 'stop' ? command.membership : undefined,
    });
  }

  #readPromise(database: Database): void {
    const key = promiseKey(this.#epoch);
    const value = database.get(key);
    if (value !== undefined) this.#promised = decodePromise(this.#seal, key, value);
  }

  #guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (this.#damaged === 0) this.#firstProblem = error.message;
      this.#damaged += 1;
    }
  }
}

function tooMuch(maxVotes: number): StorageError {
  return new StorageError(
    `more than ${maxVotes} slots of a log stand above the best state: that is more than a recovery takes over`,
  );
}
