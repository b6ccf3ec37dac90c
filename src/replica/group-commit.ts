/**
 * Group commit: one synced write at a time. What arrives while it is under way becomes the next
 * one, and everything that waited for a write leaves when it is durable, in the order in which it
 * was held back.
 */
import type { LogRecord } from '../paxos/effects.ts';
import type { Slot } from '../paxos/command.ts';

/** What the acceptor's log does with one batch: all of it durable, or an error. */
export interface LogAppender {
  append(
    batch: { readonly records: readonly LogRecord[]; readonly chosenUpTo: Slot },
    done: (error: Error | undefined) => void,
  ): void;
}

interface Held {
  readonly after: number;
  readonly release: () => void;
}

export class GroupCommit {
  readonly #log: LogAppender;
  #records: LogRecord[] = [];
  #held: Held[] = [];
  /** Writes are numbered as in the core. */
  #emitted = 0;
  #durable = 0;
  #startedAtMs: number | undefined;
  #lastStartedAtMs = 0;
  #isProbed = false;
  /** Slots whose latest record is not durable yet, with the number of its write. */
  readonly #unsettled = new Map<Slot, number>();

  constructor(log: LogAppender) {
    this.#log = log;
  }

  get isBusy(): boolean {
    return this.#startedAtMs !== undefined;
  }

  /** When the latest write began, whether or not it is still under way. */
  get lastStartedAtMs(): number {
    return this.#lastStartedAtMs;
  }

  /** Up to `upTo`, as far as the latest record of every slot is durable. */
  settledUpTo(upTo: Slot): Slot {
    let settled = upTo;
    for (const slot of this.#unsettled.keys()) settled = Math.min(settled, slot - 1);
    return settled;
  }

  /** How long the write under way has taken, in ms. */
  busyMs(nowMs: number): number {
    return this.#startedAtMs === undefined ? 0 : nowMs - this.#startedAtMs;
  }

  add(record: LogRecord): void {
    this.#emitted += 1;
    this.#records.push(record);
    if (record.type === 'accepted') this.#unsettled.set(record.slot, this.#emitted);
  }

  /** The next write is begun also where there is nothing to write. */
  probe(): void {
    this.#isProbed = true;
  }

  /** Calls `release` once write `after` is durable: at once where it is. */
  hold(after: number, release: () => void): void {
    if (after <= this.#durable) release();
    else this.#held.push({ after, release });
  }

  /** What waits for a write is a vote, or rests on one: none of it leaves any more. */
  dropHeld(): void {
    this.#held = [];
  }

  /** Begins the next write, where none is under way and there is something to write, or to probe. */
  start(
    at: { readonly nowMs: number; readonly chosenUpTo: Slot },
    done: (error: Error | undefined) => void,
  ): void {
    if (this.isBusy || (this.#records.length === 0 && !this.#isProbed)) return;
    this.#isProbed = false;
    const records = this.#records;
    const upTo = this.#emitted;
    this.#records = [];
    this.#startedAtMs = at.nowMs;
    this.#lastStartedAtMs = at.nowMs;
    this.#log.append({ records, chosenUpTo: at.chosenUpTo }, (error) => {
      if (error === undefined) this.#finish(upTo);
      done(error);
    });
  }

  #finish(upTo: number): void {
    this.#durable = upTo;
    this.#startedAtMs = undefined;
    for (const [slot, write] of this.#unsettled) if (write <= upTo) this.#unsettled.delete(slot);
    const held = this.#held;
    this.#held = held.filter(({ after }) => after > upTo);
    for (const { after, release } of held) if (after <= upTo) release();
  }
}
