/**
 * The acceptor's log: what this replica promised and accepted. A record of it is a vote, so:
 *
 * - one batch is one synced, atomic database write, and one is under way at a time;
 * - what is read is verified: a damaged record is an error, never "nothing accepted";
 * - a chain record goes with each batch (chain-record.ts); the chain is walked on opening;
 * - slots up to the trim floor are gone (trim-floor.ts), and are never written or read again (I19);
 * - batches are numbered, and a witness outside the database is told of each that is durable
 *   (witness.ts), as the peers are: a log that ends below that number has forgotten votes.
 *
 * `openAcceptorLog` (log-recovery.ts) makes one.
 */
import { assert } from '../paxos/assert.ts';
import { type Ballot, isAtLeast, type ReplicaId, ZERO_BALLOT } from '../paxos/ballot.ts';
import type { EpochProposal, Slot } from '../paxos/command.ts';
import type { LogRecord } from '../paxos/effects.ts';
import type { Epoch, Incarnation } from '../paxos/membership.ts';
import {
  type ChainEntry,
  chainRecordBytes,
  encodeChainRecord,
  type KnownSequence,
  PROMISE_SLOT,
} from './chain-record.ts';
import type { Database, DatabaseWrite } from './database.ts';
import {
  CHECKSUM_BYTES,
  chainKey,
  decodeAccepted,
  encodeAccepted,
  encodePromise,
  type LogSeal,
  promiseKey,
  slotKey,
} from './log-codec.ts';
import { EpochStarts } from './epoch-starts.ts';
import { baseKey, encodeBase } from './installed-base.ts';
import type { LogParts, LogPosition } from './log-position.ts';
import type { FloorKeeper, FloorWish } from './floor-keeper.ts';
import { decodeWithoutHole } from './log-range.ts';
import { StorageError } from './storage-error.ts';
import type { FloorFound, TrimFloor } from './trim-floor.ts';
import type { Witness } from './witness.ts';

export interface LogBatch {
  /** In order: of two records of one slot, the later one counts. */
  readonly records: readonly LogRecord[];
  /** Goes with the chain record, at no extra cost. */
  readonly chosenUpTo: Slot;
}

export interface LogRange {
  readonly from: Slot;
  readonly maxSlots: number;
  /** Of keys and values; the first slot is read whatever its size. */
  readonly maxBytes: number;
}

export type ProposalsDone = (error: Error | undefined, proposals: readonly EpochProposal[]) => void;

/** What an acceptor knew when it stopped. */
export interface RecoveredLog {
  /** The latest of which the log holds anything. */
  readonly epoch: Epoch;
  /** In that epoch. */
  readonly promised: Ballot;
  /** In any epoch. */
  readonly highestRound: number;
  /** As the last batch said; 0 at first. */
  readonly chosenUpTo: Slot;
  /**
   * Of every epoch and every slot above `from` and above the floor that has one, ascending; void
   * ones too.
   */
  readonly proposals: readonly EpochProposal[];
  /** Slots up to it are gone, of every epoch; 0: none are. */
  readonly floor: Slot;
  /** Of the state of a peer that was installed last, or was about to be; 0: none was. */
  readonly base: Slot;
  /** Of a slot that the state has applied, and whose record is damaged, the highest; 0: none is. */
  readonly damagedUpTo: Slot;
  /** Of the last batch that is there; 0: there is none. */
  readonly sequence: number;
  /** Of the last batch that was durable, as the witness says; 0 where it says nothing. */
  readonly witnessed: number;
}

export class AcceptorLog {
  readonly #database: Database;
  readonly #seal: LogSeal;
  /** Of the latest record. */
  #epoch: Epoch;
  readonly #starts: EpochStarts;
  readonly #witness: Witness;
  readonly #floor: FloorKeeper;
  readonly #known: Map<ReplicaId, KnownSequence>;
  #highestSlot: Slot;
  #sequence: number;
  #durableSequence: number;
  #previous: Buffer;
  #promised: Ballot;
  #totalBytes: number;
  #timeMs: number;
  #state: 'ready' | 'writing' | 'failed' = 'ready';

  constructor(database: Database, parts: LogParts, position: LogPosition) {
    this.#database = database;
    this.#seal = parts.seal;
    this.#witness = parts.witness;
    this.#floor = parts.floor;
    this.#totalBytes = position.totalBytes;
    this.#timeMs = position.timeMs;
    this.#known = new Map(position.known.map((known) => [known.id, known]));
    this.#epoch = position.epoch;
    this.#highestSlot = position.highestSlot;
    this.#sequence = position.sequence;
    this.#durableSequence = position.sequence;
    this.#previous = position.previous;
    this.#promised = position.promised;
    this.#starts = new EpochStarts(position.starts);
  }

  /** The sequence of the last batch that was begun: one for each append, from 1. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Of the last batch that is durable: what a peer may be told. */
  get durableSequence(): number {
    return this.#durableSequence;
  }

  /** What the peers said of their logs: it is kept with the next batch, at no extra write. */
  get known(): readonly KnownSequence[] {
    return [...this.#known.values()];
  }

  /** 0 where nothing is known of this peer's log. */
  knownOf(peer: ReplicaId, incarnation: Incarnation): number {
    const known = this.#known.get(peer);
    return known?.incarnation === incarnation ? known.sequence : 0;
  }

  /** Of who is a member: what was known of another incarnation under its id is of no use then. */
  noteKnown(known: KnownSequence): void {
    const { id, incarnation, sequence } = known;
    if (sequence > this.knownOf(id, incarnation)) this.#known.set(id, known);
  }

  /** Of others nothing is kept: who left the cluster is no witness and needs none. */
  keepKnown(members: readonly ReplicaId[]): void {
    for (const id of this.#known.keys()) if (!members.includes(id)) this.#known.delete(id);
  }

  /** After `done` without an error, the batch is durable. After an error, nothing may follow. */
  append(batch: LogBatch, done: (error: Error | undefined) => void): void {
    assert(this.#state === 'ready', `an append while the log is ${this.#state}`);
    this.#state = 'writing';
    const writes: DatabaseWrite[] = [];
    const entries: ChainEntry[] = [];
    const floor = this.#floor.takeAlong(writes);
    for (const record of batch.records) this.#addRecord(record, floor.slot, writes, entries);
    this.#addChainRecord({ chosenUpTo: batch.chosenUpTo, floor: floor.slot }, writes, entries);
    this.#database.write(writes, { sync: true }, (error) => {
      this.#state = error === undefined ? 'ready' : 'failed';
      if (error === undefined) this.#noteDurable();
      done(error);
    });
  }

  /** Slots up to it are gone, or are being deleted; 0: none are. */
  get floor(): Slot {
    return this.#floor.slot;
  }

  /** Where the log may be cut; `undefined`: it is not worth it yet. Costs a few small reads. */
  findFloor(wish: FloorWish, done: FloorFound): void {
    const stand = { totalBytes: this.#totalBytes, timeMs: this.#timeMs };
    const pieces = this.#starts.pieces(this.#epoch, this.#highestSlot);
    const extent = { pieces, ...stand };
    this.#floor.find({ ...wish, ...extent }, done);
  }

  /** The floor is durable with the next batch; what lies below is deleted after that. */
  trim(floor: TrimFloor): void {
    const isEarlier = floor.epoch < this.#epoch;
    assert(isEarlier || floor.slot < this.#highestSlot, 'the log keeps its highest slot');
    this.#floor.raise(floor);
  }

  /** Durable before a state at this slot may be adopted. Nothing else may be on its way. */
  noteBase(slot: Slot, done: (error: Error | undefined) => void): void {
    assert(this.#state === 'ready', `an install while the log is ${this.#state}`);
    const key = baseKey();
    const value = encodeBase(this.#seal, key, slot);
    this.#database.write([{ key, value }], { sync: true }, done);
  }

  /** Before anything that rests on the batch leaves; the witness is never waited for. */
  #noteDurable(): void {
    this.#durableSequence = this.#sequence;
    this.#witness.note(this.#sequence);
    this.#floor.durable();
  }

  /** Synchronous. Throws a `DamagedRecordError` rather than answer `undefined` for a vote. */
  get(slot: Slot): EpochProposal | undefined {
    assert(slot > this.#floor.slot, 'I19: a slot below the floor is not read');
    const key = slotKey(this.#starts.epochAt(slot, this.#epoch), slot);
    const value = this.#database.get(key);
    return value === undefined ? undefined : decodeAccepted(this.#seal, key, value);
  }

  /**
   * In order and without a hole, from `from` on: it ends before the first slot that is missing. It
   * may end earlier, as it does where an epoch ends; the first slot is there if the log has it.
   */
  read(range: LogRange, done: ProposalsDone): void {
    const { from, maxSlots, maxBytes } = range;
    assert(from > this.#floor.slot, 'I19: a slot below the floor is not read');
    const epoch = this.#starts.epochAt(from, this.#epoch);
    const next = this.#starts.after(epoch);
    const gte = slotKey(epoch, from);
    const lt = slotKey(epoch, Math.min(from + maxSlots, next?.from ?? Infinity));
    // As a rule there is a chain record behind each slot.
    this.#database.scan({ gte, lt, limit: 2 * maxSlots, maxBytes }, (error, entries) => {
      if (error !== undefined) return done(error, []);
      const proposals = decodeWithoutHole(this.#seal, from, entries);
      if (proposals instanceof StorageError) return done(proposals, []);
      done(undefined, proposals);
    });
  }

  #addRecord(record: LogRecord, floor: Slot, writes: DatabaseWrite[], entries: ChainEntry[]): void {
    const { epoch, ballot } = record;
    if (epoch > this.#epoch) this.#begin(epoch);
    if (record.type === 'promised') {
      assert(isAtLeast(ballot, this.#promised), 'a promise is never taken back');
      this.#promised = ballot;
      const key = promiseKey(epoch);
      writes.push({ key, value: encodePromise(this.#seal, key, ballot) });
      entries.push({ epoch, slot: PROMISE_SLOT, ballot });
    } else {
      const { slot, command } = record;
      assert(slot > floor, 'I19: nothing is accepted in a slot below the floor');
      const key = slotKey(epoch, slot);
      writes.push({ key, value: encodeAccepted(this.#seal, key, ballot, command) });
      this.#highestSlot = Math.max(this.#highestSlot, slot);
      this.#timeMs = Math.max(this.#timeMs, command.timeMs);
      this.#starts.note(epoch, slot);
      entries.push({ epoch, slot, ballot });
    }
  }

  /** Promises begin anew, and keys go on behind all of the epoch before. */
  #begin(epoch: Epoch): void {
    this.#epoch = epoch;
    this.#promised = ZERO_BALLOT;
    this.#highestSlot = 0;
  }

  #addChainRecord(
    said: { readonly chosenUpTo: Slot; readonly floor: Slot },
    writes: DatabaseWrite[],
    entries: ChainEntry[],
  ): void {
    const { known } = this;
    this.#totalBytes += sizeOf(writes) + chainRecordBytes(entries.length, known.length);
    const sequence = this.#sequence + 1;
    const key = chainKey(this.#epoch, this.#highestSlot, sequence);
    const value = encodeChainRecord(this.#seal, key, {
      ...said,
      previous: this.#previous,
      totalBytes: this.#totalBytes,
      timeMs: this.#timeMs,
      entries,
      known,
    });
    writes.push({ key, value });
    this.#sequence = sequence;
    this.#previous = value.subarray(0, CHECKSUM_BYTES);
  }
}

function sizeOf(writes: readonly DatabaseWrite[]): number {
  let bytes = 0;
  for (const { key, value } of writes) bytes += key.length + (value?.length ?? 0);
  return bytes;
}
