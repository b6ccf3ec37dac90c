/**
 * Pulls the state of a peer into a staging database, one chunk at a time. What came is durable
 * before the next is asked for, so that a transfer goes on after a lost connection, or in a later
 * life. What is not as it should be is thrown away, and the transfer begins anew.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import type { Database } from '../storage/database.ts';
import { openStaging, type Staging } from '../storage/staging.ts';
import type { StateIdentity } from '../storage/state-meta.ts';
import { DamagedStateError } from '../storage/storage-error.ts';
import { unreachable } from '../paxos/assert.ts';
import type { Network, SnapshotAnswer, SnapshotPart } from '../transport/network.ts';
import type { SnapshotLimits } from './limits.ts';
import type { Clock } from './ports.ts';

/** Where a state is put that is none yet. */
export interface StagingArea {
  /** What an earlier transfer left; `fresh`: an empty one, whatever was left. */
  open(fresh: boolean, done: (error: Error | undefined, database?: Database) => void): void;
  /**
   * What was opened last is the state from now on, durably once it returns: all of it or nothing.
   * Nothing uses the old state any more. Throws where the disk fails.
   */
  adopt(): void;
}

/** How a transfer went on, for an operator and for tests. */
export type ReceiverFact =
  | 'begun'
  | 'resumed'
  | 'begunAnew'
  | 'refusedChunk'
  | 'damagedStaging'
  | 'complete';

export interface SnapshotReceiverOptions {
  /** What was begun in an earlier life goes on where it was, from whomever it is. */
  readonly from: ReplicaId;
  /** A peer of today. */
  readonly isMember: (id: ReplicaId) => boolean;
  /** Of use is only a higher slot. */
  readonly above: Slot;
  readonly epoch: Epoch;
  readonly identity: StateIdentity;
  readonly network: Network;
  readonly area: StagingArea;
  readonly clock: Clock;
  readonly limits: SnapshotLimits;
  readonly onFact: (fact: ReceiverFact, slot: Slot) => void;
  /** The staging database is a whole state at this slot, durably; it is not adopted yet. */
  readonly onComplete: (slot: Slot) => void;
  /** It could not be had from this peer. */
  readonly onFailed: () => void;
  readonly onFatal: (error: Error) => void;
}

export class SnapshotReceiver {
  readonly #options: SnapshotReceiverOptions;
  #staging: Staging | undefined;
  #from: ReplicaId;
  /** Without an answer, in a row; and how often it began anew. */
  #failures = 0;
  #beginnings = 0;
  #askAgainAtMs: number | undefined;
  #isEnded = false;

  constructor(options: SnapshotReceiverOptions) {
    this.#options = options;
    this.#from = options.from;
  }

  /** Who sends: as a rule the one that was asked for. */
  get from(): ReplicaId {
    return this.#from;
  }

  /** What is durable of it; zeros before the first answer. */
  get progress(): { readonly slot: Slot; readonly records: number; readonly bytes: number } {
    return this.#staging?.progress ?? { slot: 0, records: 0, bytes: 0 };
  }

  start(): void {
    this.#open(false, (staging) => {
      const { above, isMember, onFact } = this.#options;
      const { from, slot } = staging.progress;
      if (slot <= above || !isMember(from)) return this.#beginAnew('begun');
      this.#from = from;
      onFact('resumed', slot);
      this.#ask(staging);
    });
  }

  tick(): void {
    const { clock } = this.#options;
    if (this.#askAgainAtMs === undefined || clock.nowMs() < this.#askAgainAtMs) return;
    this.#askAgainAtMs = undefined;
    if (this.#staging !== undefined) this.#ask(this.#staging);
  }

  /** Nothing is reported any more. */
  stop(): void {
    this.#isEnded = true;
    this.#askAgainAtMs = undefined;
  }

  #open(fresh: boolean, done: (staging: Staging) => void): void {
    const { area, identity } = this.#options;
    area.open(fresh, (error, database) => {
      if (this.#isEnded) return;
      if (error !== undefined || database === undefined) {
        return this.#diskFailed(error ?? new Error('the staging database did not open'));
      }
      this.#staging = openStaging(database, identity);
      done(this.#staging);
    });
  }

  #beginAnew(fact: ReceiverFact): void {
    this.#beginnings += 1;
    if (this.#beginnings > this.#options.limits.tries) return this.#fail();
    this.#from = this.#options.from;
    this.#open(true, (staging) => {
      this.#options.onFact(fact, 0);
      this.#ask(staging);
    });
  }

  #ask(staging: Staging): void {
    const { above, epoch, limits, network } = this.#options;
    const { after, chunks, id } = staging.progress;
    const request = { epoch, above, id, index: chunks, after, maxBytes: limits.chunkBytes };
    network.fetchSnapshot(this.from, request, (answer) => {
      if (!this.#isEnded) this.#receive(staging, answer);
    });
  }

  #receive(staging: Staging, answer: SnapshotAnswer | undefined): void {
    if (answer === undefined) return this.#wait();
    this.#failures = 0;
    switch (answer.type) {
      case 'snapshotChunk':
        return this.#add(staging, answer);
      case 'snapshotGone':
        return this.#beginAnew('begunAnew');
      case 'snapshotBehind':
        return this.#fail();
      default:
        return unreachable(answer);
    }
  }

  #wait(): void {
    const { clock, limits } = this.#options;
    this.#failures += 1;
    const isElsewhere = this.#from !== this.#options.from;
    if (this.#failures >= limits.tries) {
      this.#failures = 0;
      return isElsewhere ? this.#beginAnew('begunAnew') : this.#fail();
    }
    this.#askAgainAtMs = clock.nowMs() + limits.retryMs;
  }

  #add(staging: Staging, answer: SnapshotPart): void {
    const { above, onFact } = this.#options;
    const { id, slot } = staging.progress;
    const isFirst = id === '' && answer.slot > above;
    if (isFirst) staging.begin({ from: this.from, id: answer.id, slot: answer.slot });
    else if (id !== answer.id || slot !== answer.slot) return this.#beginAnew('refusedChunk');
    staging.add(answer, (error, added) => {
      if (error !== undefined) return this.#diskFailed(error);
      if (this.#isEnded) return;
      if (added === 'refused') return this.#beginAnew('refusedChunk');
      if (added === 'more') return this.#ask(staging);
      onFact('complete', answer.slot);
      this.#finish(staging);
    });
  }

  #finish(staging: Staging): void {
    const { onComplete } = this.#options;
    staging.finish((error, isWhole) => {
      if (error !== undefined) return this.#diskFailed(error);
      if (this.#isEnded) return;
      if (!isWhole) return this.#beginAnew('damagedStaging');
      this.stop();
      onComplete(staging.progress.slot);
    });
  }

  /** What is staged is no state yet: where it is damaged it is thrown away. */
  #diskFailed(error: Error): void {
    if (!(error instanceof DamagedStateError)) this.#options.onFatal(error);
    else if (!this.#isEnded) this.#beginAnew('damagedStaging');
  }

  #fail(): void {
    if (this.#isEnded) return;
    this.stop();
    this.#options.onFailed();
  }
}
