/**
 * A database in memory with a disk of its own, for simulations and tests: a durable part, and a
 * volatile part that a crash loses. It has no clock and no randomness: each completion goes
 * through the given scheduler, and each failure and survival is decided by the given functions.
 *
 * It is as bad as LevelDB may be: a write that was not synced can be lost although a later one
 * was synced and is kept, and a write that is under way at a crash, or that failed, may be
 * durable all the same. After one that failed no sync means anything (ATC'20): what was written
 * then may be lost.
 */
import type {
  Database,
  DatabaseView,
  DatabaseWrite,
  Entry,
  KeyRange,
  ScanDone,
  ScanRange,
  WriteDone,
  WriteOptions,
} from './database.ts';
import { asBuffer } from './bytes.ts';
import { SortedBytes } from './sorted-bytes.ts';

/** Deleting a range is a write. */
export type Operation = 'write' | 'get' | 'scan';

export interface MemoryDatabaseOptions {
  /** Runs a completion later: never within the call. By default in a microtask. */
  readonly schedule?: (complete: () => void) => void;
  /** Asked once for each operation, at its call. An error makes it fail. */
  readonly fail?: (operation: Operation) => Error | undefined;
}

export interface CrashOptions {
  /**
   * Asked for each write that a crash may lose, in the order of the calls: one that was not
   * synced, failed or came after one that failed, or was under way. By default none survives.
   */
  readonly survives?: (write: MemoryWrite) => boolean;
}

export interface MemoryWrite {
  readonly writes: readonly DatabaseWrite[];
  readonly sync: boolean;
  readonly state: 'underWay' | 'done' | 'failed';
}

interface JournalEntry {
  readonly writes: readonly DatabaseWrite[];
  readonly sync: boolean;
  state: 'underWay' | 'done' | 'failed';
}

/** So many writes that were not synced are remembered for the next crash. */
const MAX_UNSYNCED = 64;

export class MemoryDatabase implements Database {
  readonly #schedule: (complete: () => void) => void;
  readonly #fail: (operation: Operation) => Error | undefined;
  /** What reads see. */
  #visible = new SortedBytes();
  /** What survives any crash, as far as `#journal` does not go on. */
  #durable = new SortedBytes();
  /** From the first write on that a crash may lose, in the order of the calls. */
  #journal: JournalEntry[] = [];
  /** Completions of an older life never run. */
  #life = 0;

  constructor(options: MemoryDatabaseOptions = {}) {
    this.#schedule = options.schedule ?? queueMicrotask;
    this.#fail = options.fail ?? (() => undefined);
  }

  write(writes: readonly DatabaseWrite[], options: WriteOptions, done: WriteDone): void {
    const error = this.#fail('write');
    const entry: JournalEntry = {
      writes: writes.map(copyOf),
      sync: options.sync,
      state: 'underWay',
    };
    this.#journal.push(entry);
    this.#complete(() => {
      if (error === undefined) {
        entry.state = 'done';
        this.#visible.apply(entry.writes);
        this.#settleJournal();
      } else {
        entry.state = 'failed';
      }
      done(error);
    });
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const error = this.#fail('get');
    if (error !== undefined) throw error;
    return this.#visible.get(key);
  }

  scan(range: ScanRange, done: ScanDone): void {
    this.#scan(this.#visible, range, done);
  }

  #scan(content: SortedBytes, range: ScanRange, done: ScanDone): void {
    const error = this.#fail('scan');
    if (error !== undefined) {
      this.#complete(() => done(error, [], false));
      return;
    }
    const { entries, more } = readRange(content, range);
    this.#complete(() => done(undefined, entries, more));
  }

  /** A crash may bring back any of the keys, and not others. */
  clear({ gte, lt }: KeyRange, done: WriteDone): void {
    const error = this.#fail('write');
    const entries = [...this.#visible.range(gte, lt, false)].map(([key]): JournalEntry => {
      return { writes: [{ key }], sync: false, state: 'underWay' };
    });
    this.#journal.push(...entries);
    this.#complete(() => {
      for (const entry of entries) {
        entry.state = error === undefined ? 'done' : 'failed';
        if (error === undefined) this.#visible.apply(entry.writes);
      }
      this.#settleJournal();
      done(error);
    });
  }

  reclaim(_range: KeyRange, done: WriteDone): void {
    const error = this.#fail('write');
    this.#complete(() => done(error));
  }

  openView(): DatabaseView {
    const content = this.#visible.copy();
    return {
      get: (key) => content.get(key),
      scan: (range, done) => this.#scan(content, range, done),
      close: () => undefined,
    };
  }

  /**
   * The power fails and comes back: what was not synced is gone, and no completion that was under
   * way is ever called. The database can be used again at once, by the next life of its replica.
   */
  crash(options: CrashOptions = {}): void {
    const survives = options.survives ?? (() => false);
    this.#life += 1;
    let hasFailed = false;
    for (const entry of this.#journal) {
      hasFailed ||= entry.state === 'failed';
      const synced = entry.sync && entry.state === 'done' && !hasFailed;
      if (synced || survives(entry)) this.#durable.apply(entry.writes);
    }
    this.#journal = [];
    this.#visible = this.#durable.copy();
  }

  /**
   * Damages what is durable: one bit of one stored value, both chosen by `choose`, which gives a
   * whole number below its argument. The key of that value; `undefined`: nothing is stored.
   */
  flipBit(choose: (below: number) => number): Uint8Array | undefined {
    const [key, value] = this.#durable.at(choose(Math.max(1, this.#durable.size))) ?? [];
    if (key === undefined || value === undefined || value.length === 0) return undefined;
    const damaged = value.slice();
    const bit = choose(8 * value.length);
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const isSeen = this.#visible.get(key) === value;
    const writes = [{ key, value: damaged }];
    this.#durable.apply(writes);
    if (isSeen) this.#visible.apply(writes);
    return key;
  }

  /** What would be left if the power failed now, nothing that it may lose having survived. */
  durableCopy(): SortedBytes {
    return this.#durable.copy();
  }

  /** An older copy, or none, takes the place of everything. To be called after a crash. */
  replace(copy = new SortedBytes()): void {
    this.#life += 1;
    this.#journal = [];
    this.#durable = copy.copy();
    this.#visible = copy.copy();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #complete(complete: () => void): void {
    const life = this.#life;
    this.#schedule(() => {
      if (life === this.#life) complete();
    });
  }

  /**
   * Writes that no crash can lose any more leave the journal; one that was not synced holds back
   * later ones of its keys. Of those, the oldest are durable by themselves after a while.
   */
  #settleJournal(): void {
    const first = this.#journal.findIndex(({ state, sync }) => !sync || state !== 'done');
    const settled = this.#journal.splice(0, first < 0 ? this.#journal.length : first);
    for (const { writes } of settled) this.#durable.apply(writes);
    let unsynced = this.#journal.filter(({ sync }) => !sync).length;
    if (unsynced === 0) return;
    const heldBack = new Set<string>();
    const left: JournalEntry[] = [];
    for (const [index, entry] of this.#journal.entries()) {
      if (entry.state === 'failed') {
        left.push(...this.#journal.slice(index));
        break;
      }
      const isOld = !entry.sync && unsynced > MAX_UNSYNCED;
      const keys = entry.writes.map(({ key }) => asBuffer(key).toString('latin1'));
      const isFree = !keys.some((key) => heldBack.has(key));
      if (entry.state === 'done' && (entry.sync || isOld) && isFree) {
        this.#durable.apply(entry.writes);
      } else {
        left.push(entry);
        for (const key of keys) heldBack.add(key);
      }
      if (!entry.sync) unsynced -= 1;
    }
    this.#journal = left;
  }
}

function readRange(
  sorted: SortedBytes,
  range: ScanRange,
): { entries: readonly Entry[]; more: boolean } {
  const maxBytes = range.maxBytes ?? Number.POSITIVE_INFINITY;
  const entries: Entry[] = [];
  let bytes = 0;
  for (const entry of sorted.range(range.gte, range.lt, range.reverse ?? false)) {
    if (entries.length >= range.limit || bytes >= maxBytes) return { entries, more: true };
    entries.push(entry);
    bytes += entry[0].length + entry[1].length;
  }
  return { entries, more: false };
}

function copyOf(write: DatabaseWrite): DatabaseWrite {
  const key = write.key.slice();
  return write.value === undefined ? { key } : { key, value: new Uint8Array(write.value) };
}
